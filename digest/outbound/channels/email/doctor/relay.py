"""The mail relay: a greeting, EHLO, and whether it takes TLS and a sign-in. No mail is sent."""

import smtplib
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from digest.kit.doctor.finding import Finding, error, ok, warning
from digest.outbound.channels.email.relay import Relay, relays_of

PATIENCE = 5.0
_SUBJECT = "relay"
_AT_ONCE = 16
_LOCAL = {"localhost", "127.0.0.1", "::1"}
# Asks when nobody has configured a relay: `digest up` then brings a mailbox of its own.
_DEFAULT = "smtp://127.0.0.1:1025"


def relay(settings: Any, *, patience: float = PATIENCE) -> list[Finding]:
    """Talk to the relay; each answer may take ``patience`` seconds."""
    if settings.DIGEST_SMTP_URL == _DEFAULT and not settings.DIGEST_PRODUCTION:
        return [ok(_SUBJECT, "DIGEST_SMTP_URL is not set: `digest up` keeps mail in a mailbox.")]
    try:
        relays = relays_of(settings.DIGEST_SMTP_URL)
    except ValueError as mistake:
        return [error(_SUBJECT, "DIGEST_SMTP_URL cannot be read.", str(mistake))]
    # All at once: relays that say nothing hold whoever asks no longer than one of them does.
    hello = settings.DIGEST_LIST_DOMAIN
    with ThreadPoolExecutor(max_workers=max(1, min(len(relays), _AT_ONCE))) as asking:
        found = asking.map(lambda where: _examined(where, hello, patience), relays)
        return [finding for findings in found for finding in findings]


def relay_setting(settings: Any) -> list[Finding]:
    """Whether DIGEST_SMTP_URL can be read; nobody is asked."""
    try:
        relays_of(settings.DIGEST_SMTP_URL)
    except ValueError as mistake:
        return [error(_SUBJECT, "DIGEST_SMTP_URL cannot be read.", str(mistake))]
    return []


def _examined(where: Relay, hello: str, patience: float) -> list[Finding]:
    name = f"{where.host}:{where.port}"
    if not where.scheme.startswith("smtp"):
        return [ok(_SUBJECT, f"{name} is an API: nothing was sent to it.")]
    try:
        client = _connect(where, hello, patience)
    except (OSError, smtplib.SMTPException) as failure:
        return [
            error(
                _SUBJECT,
                f"{name} cannot be reached: {_words(failure)}",
                "Check DIGEST_SMTP_URL, the firewall (many hosts block port 25) and the relay.",
            )
        ]
    try:
        return _talk(client, where, name)
    except (OSError, smtplib.SMTPException) as failure:
        return [
            error(
                _SUBJECT,
                f"{name} broke off: {_words(failure)}",
                "See the relay's log for why it turned this machine away.",
            )
        ]
    finally:
        client.close()


def _connect(where: Relay, hello: str, patience: float) -> smtplib.SMTP:
    if where.tls:
        return smtplib.SMTP_SSL(
            where.host,
            where.port,
            local_hostname=hello,
            timeout=patience,
            context=ssl.create_default_context(),
        )
    return smtplib.SMTP(where.host, where.port, local_hostname=hello, timeout=patience)


def _talk(client: smtplib.SMTP, where: Relay, name: str) -> list[Finding]:
    code, answer = client.ehlo()
    if code // 100 != 2:
        said = answer.decode("utf-8", "replace")
        return [error(_SUBJECT, f"{name} refuses EHLO: {code} {said}", "Ask whoever runs it.")]
    found = [ok(_SUBJECT, f"{name} answers.")]
    offers_tls = client.has_extn("starttls")
    if where.starttls and not offers_tls:
        remedy = "Use smtps://, or write starttls=0 if the way there is private."
        return [*found, error("relay TLS", f"{name} does not offer STARTTLS.", remedy)]
    if where.starttls:
        client.starttls(context=ssl.create_default_context())
        client.ehlo()
    if where.tls or where.starttls:
        found.append(ok("relay TLS", "The connection is encrypted."))
    elif where.host not in _LOCAL:
        offer = "although STARTTLS is offered" if offers_tls else "and STARTTLS is not offered"
        remedy = "Add ?starttls=1 to DIGEST_SMTP_URL." if offers_tls else "Use smtps:// if it can."
        found.append(warning("relay TLS", f"Mail travels in the clear, {offer}.", remedy))
    if not client.has_extn("pipelining"):
        remedy = "Use a relay with PIPELINING (RFC 2920), such as Postfix, for large sends."
        found.append(warning("relay speed", "PIPELINING is not offered: sends are slower.", remedy))
    if where.user:
        found.append(_sign_in(client, where))
    return found


def _sign_in(client: smtplib.SMTP, where: Relay) -> Finding:
    try:
        client.login(where.user, where.password)
    except smtplib.SMTPException as failure:
        remedy = (
            "Check user and password in DIGEST_SMTP_URL; escape special characters (%40 for @)."
        )
        return error("relay sign-in", f"Refused: {_words(failure)}", remedy)
    return ok("relay sign-in", f"{where.user} may send.")


def _words(failure: Exception) -> str:
    if isinstance(failure, smtplib.SMTPResponseException):
        said = failure.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        return f"{failure.smtp_code} {text}"
    if isinstance(failure, TimeoutError | socket.timeout):
        return "no answer in time"
    return str(failure) or type(failure).__name__
