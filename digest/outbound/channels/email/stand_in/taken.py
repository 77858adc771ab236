"""The mails that lie in the local mailbox, as files in ``folder/new``.

All were written by the service itself for a developer to look at, and are still treated as hostile:
bounded, decoded with replacements, escaped by the page that shows them.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import default
from functools import lru_cache
from pathlib import Path

from digest.outbound.channels.stand_in import LARGEST, OpenedMessage, TakenMessage, TakenMessages


def taken(folder: Path, limit: int) -> TakenMessages:
    """How many mails there are, and the newest."""
    found = sorted(_files(folder), reverse=True)
    newest = []
    for at, path in found[:limit]:
        try:
            newest.append(_row(path, at))
        except OSError:
            continue
    return TakenMessages(len(found), tuple(newest))


def opened(folder: Path, key: str) -> OpenedMessage | None:
    """The mail of that file name, or None; a name is looked up, never joined to a path."""
    for at, path in _files(folder):
        if path.name == key:
            return _open(path, at)
    return None


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Each mail's To and its plain part, oldest first."""
    for _, path in sorted(_files(folder)):
        mail = _parsed(path)
        yield str(mail["To"]), _body(mail, "plain")


def _files(folder: Path) -> Iterator[tuple[int, Path]]:
    try:
        paths = [path for path in (folder / "new").iterdir() if path.suffix == ".eml"]
    except OSError:
        return
    for path in paths:
        try:
            yield path.stat().st_mtime_ns, path
        except OSError:
            continue


@lru_cache(maxsize=4096)
def _row(path: Path, mtime_ns: int) -> TakenMessage:
    with path.open("rb") as file:
        head = BytesHeaderParser(policy=default).parse(file)
    return _described(path.name, head, mtime_ns)


def _open(path: Path, mtime_ns: int) -> OpenedMessage:
    mail = _parsed(path)
    return OpenedMessage(
        message=_described(path.name, mail, mtime_ns),
        sender=str(mail.get("From", "")),
        headers=tuple((name, str(value)) for name, value in mail.items()),
        text=_body(mail, "plain"),
        page=_body(mail, "html"),
        source=_raw(path).decode("utf-8", "replace"),
        size=path.stat().st_size,
    )


def _raw(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST)


def _parsed(path: Path) -> EmailMessage:
    return message_from_bytes(_raw(path), policy=default)


def _described(name: str, mail: EmailMessage, mtime_ns: int) -> TakenMessage:
    return TakenMessage(
        key=name,
        to=str(mail.get("To", "")),
        at=datetime.fromtimestamp(mtime_ns / 1e9, UTC),
        heading=str(mail.get("Subject", "")) or "(no subject)",
    )


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # a charset nobody knows
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
