"""Run: returned mail that waits in a Maildir or an IMAP mailbox is brought into the inbox.

A mail leaves its mailbox only once it is stored; one that is stored twice counts once.
"""

import imaplib
import mailbox
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message
from email.parser import BytesHeaderParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import DataError

from digest.kit.clock import now
from digest.kit.errors import ExchangeFailed
from digest.kit.observe import log
from digest.outbound.channels.email.reports.bounce import LARGEST
from digest.outbound.returns.receive import receive

AT_ONCE = 500
_PATIENCE = 30
# What one mail can be to blame for; a database that is down is none of it.
_OF_ONE_MAIL = (OSError, KeyError, ValueError, RecursionError, MessageError, DataError)


class CannotPickUp(ExchangeFailed):
    """The mailbox cannot be opened; the text says what to mend."""


@dataclass(frozen=True, slots=True)
class PickedUp:
    """How many mails were taken from the mailbox."""

    mails: int


def pick_up() -> PickedUp:
    """From the mailboxes that the settings name; what one refuses is logged, the other tried."""
    taken = 0
    try:
        if settings.DIGEST_RETURNS_MAILDIR:
            taken += from_maildir(Path(settings.DIGEST_RETURNS_MAILDIR)).mails
    except CannotPickUp as error:
        log.error("returned mail not picked up", reason=str(error))
    try:
        if settings.DIGEST_RETURNS_IMAP_URL:
            taken += from_imap(settings.DIGEST_RETURNS_IMAP_URL).mails
    except CannotPickUp as error:
        log.error("returned mail not picked up", reason=str(error))
    return PickedUp(taken)


def from_maildir(path: Path, *, limit: int = AT_ONCE) -> PickedUp:
    """Take what lies in a Maildir. Raises :class:`CannotPickUp` when it is none."""
    if not (path / "new").is_dir() or not (path / "cur").is_dir():
        raise CannotPickUp(
            f"{path} is no Maildir: it must hold the folders new and cur. Let the mail server "
            "deliver there, or set DIGEST_RETURNS_MAILDIR to where it does."
        )
    box, taken = mailbox.Maildir(path, create=False), 0
    for name in list(box.keys()):
        if taken >= limit:
            break
        try:
            with box.get_file(name) as file:
                mail = file.read(LARGEST)
            _keep(mail)
            box.remove(name)
        except _OF_ONE_MAIL as error:
            log.warning("returned mail left in its mailbox", mail=name, reason=repr(error))
            continue
        taken += 1
    return PickedUp(taken)


def from_imap(url: str, *, limit: int = AT_ONCE) -> PickedUp:
    """Take what lies in an IMAP mailbox, ``imaps://user:password@host/Folder``.

    ``imap://`` secures itself by STARTTLS before it signs in. Raises :class:`CannotPickUp`.
    """
    taken = 0
    with _signed_in(url) as client:
        _, found = client.uid("SEARCH", "UNDELETED")
        for uid in (found[0] or b"").split():
            if taken >= limit:
                break
            status, parts = client.uid("FETCH", uid.decode(), f"(BODY.PEEK[]<0.{LARGEST}>)")
            mails = [part[1] for part in parts if isinstance(part, tuple)]
            if status != "OK" or not mails:
                log.warning("returned mail left in its mailbox", mail=uid.decode(), reason=status)
                continue
            if _is_kept(uid.decode(), mails[0]):
                client.uid("STORE", uid.decode(), "+FLAGS", "(\\Deleted)")
                taken += 1
        if taken:
            client.expunge()
    return PickedUp(taken)


@contextmanager
def _signed_in(url: str) -> Iterator[imaplib.IMAP4]:
    parts = urlsplit(url)
    if parts.scheme not in {"imap", "imaps"} or not (parts.hostname and parts.username):
        raise CannotPickUp(
            "DIGEST_RETURNS_IMAP_URL must look like imaps://user:password@host/INBOX."
        )
    folder = unquote(parts.path.lstrip("/")) or "INBOX"
    client: imaplib.IMAP4 | None = None
    try:
        if parts.scheme == "imaps":
            client = imaplib.IMAP4_SSL(
                parts.hostname,
                parts.port or 993,
                ssl_context=ssl.create_default_context(),
                timeout=_PATIENCE,
            )
        else:
            client = imaplib.IMAP4(parts.hostname, parts.port or 143, timeout=_PATIENCE)
            if not _is_loopback(parts.hostname):
                client.starttls(ssl.create_default_context())
        client.login(unquote(parts.username), unquote(parts.password or ""))
        status, _ = client.select(_quoted(folder))
        if status != "OK":
            raise CannotPickUp(f"The mailbox has no folder {folder}.")
        yield client
    except (imaplib.IMAP4.error, OSError) as error:
        raise CannotPickUp(f"{parts.hostname} by IMAP: {error}") from error
    finally:
        if client is not None:
            _leave(client)


def _leave(client: imaplib.IMAP4) -> None:
    try:
        client.logout()
    except (imaplib.IMAP4.error, OSError):
        pass


def _is_loopback(host: str) -> bool:
    return host in {"127.0.0.1", "::1", "localhost"}


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_kept(name: str, mail: bytes) -> bool:
    try:
        _keep(mail)
    except _OF_ONE_MAIL as error:
        log.warning("returned mail left in its mailbox", mail=name, reason=repr(error))
        return False
    return True


def _keep(mail: bytes) -> None:
    """Store it; the mailbox has kept the envelope in headers, if at all."""
    # The header alone: a body of a thousand nested parts is more than the parser's stack.
    headers = BytesHeaderParser().parsebytes(mail)
    receive(mail, [], null_sender=_from_nobody(headers), now=now())


def _from_nobody(message: Message) -> bool:
    """Whether the final host noted an empty envelope sender (RFC 5321, 4.4), or none at all."""
    path = message["Return-Path"]
    return path is None or str(path).strip() in {"<>", ""}
