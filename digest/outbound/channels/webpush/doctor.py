"""Whether pushes can be signed, and whom the push services may write to. Nobody is asked."""

from typing import Any
from urllib.parse import urlsplit

from digest.kit.doctor.dns import Ask
from digest.kit.doctor.finding import Finding, error, ok, warning
from digest.outbound.channels.webpush import vapid
from digest.outbound.channels.webpush.channel import contact_of

_SUBJECT = "Web push"


def check(settings: Any, ask: Ask) -> list[Finding]:
    """All that can be known without sending."""
    return check_settings(settings)


def check_settings(settings: Any) -> list[Finding]:
    """Keys, contact, and the address of our own pages."""
    found = [*_keys(settings), *_contact(settings), *_pages(settings)]
    return found or [ok(_SUBJECT, "Keys, contact and push services are set.")]


def _keys(settings: Any) -> list[Finding]:
    try:
        for each in settings.DIGEST_WEBPUSH_KEYS:
            vapid.VapidKey(each)
    except vapid.BadVapidKey as bad:
        return [error(_SUBJECT, "A key cannot be used.", str(bad))]
    if settings.DIGEST_PRODUCTION and not settings.DIGEST_WEBPUSH_KEYS:
        return [
            warning(
                _SUBJECT,
                f"The key lies in DIGEST_HOME/{vapid.FILE}: other machines have another one, and"
                " without it no browser can be reached any more.",
                "Put it into DIGEST_WEBPUSH_KEYS on every machine, and into your backups.",
            )
        ]
    return []


def _contact(settings: Any) -> list[Finding]:
    contact = contact_of(settings)
    scheme, _, rest = contact.partition(":")
    host = urlsplit(contact).hostname or rest.rpartition("@")[2]
    odd = scheme not in {"mailto", "https"} or " " in contact or "<" in contact or not host
    inside = host == "localhost" or host.endswith((".local", ".example"))
    if not odd and not (inside and settings.DIGEST_PRODUCTION):
        return []
    judge = error if settings.DIGEST_PRODUCTION else warning
    return [
        judge(
            _SUBJECT,
            f"Push services cannot write to {contact}: Apple’s refuses every message then.",
            "Set DIGEST_WEBPUSH_CONTACT to mailto:somebody@your.domain or an https address.",
        )
    ]


def _pages(settings: Any) -> list[Finding]:
    parts = urlsplit(settings.DIGEST_BASE_URL)
    if parts.scheme == "https" or parts.hostname in {"127.0.0.1", "localhost", "::1"}:
        return []
    return [
        error(
            _SUBJECT,
            "Browsers offer notifications on https pages alone.",
            "Set DIGEST_BASE_URL to the https address of this service.",
        )
    ]
