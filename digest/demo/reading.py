"""What lies in the local mailbox: mails as files, WhatsApp messages as lines of JSON.

Everything here was written by the service itself for a developer to look at, and is still treated
as hostile: bounded, decoded with replacements, escaped by the page that shows it.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import default
from functools import lru_cache
from pathlib import Path
from typing import Any

LARGEST = 5 * 1024 * 1024
SHOWN = 300


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail as the list shows it."""

    name: str
    sender: str
    to: str
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail, opened. ``headers`` keeps their order; ``source`` is the file as it arrived."""

    envelope: MailRow
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    size: int
    source: str


@dataclass(frozen=True, slots=True)
class ChatBubble:
    """A WhatsApp message as its reader would see it. ``kind`` is template or text."""

    to: str
    kind: str
    text: str
    at: datetime


def mails(folder: Path, limit: int = SHOWN) -> tuple[int, tuple[MailRow, ...]]:
    """How many mails lie in ``folder/new``, and the newest ``limit`` of them, newest first."""
    found = sorted(_files(folder / "new", ".eml"), reverse=True)
    envelopes = []
    for at, path in found[:limit]:
        with suppress(FileNotFoundError):  # somebody empties the folder meanwhile
            envelopes.append(_envelope(path, at))
    return len(found), tuple(envelopes)


def mail(folder: Path, name: str) -> Mail | None:
    """The mail of that file name, or None; a name is looked up, never joined to a path."""
    for at, path in _files(folder / "new", ".eml"):
        if path.name == name:
            return _open(path, at)
    return None


def bubbles(folder: Path, limit: int = SHOWN) -> tuple[ChatBubble, ...]:
    """The newest ``limit`` WhatsApp messages of the ``*.jsonl`` files in ``folder``."""
    found: list[ChatBubble] = []
    for _, path in _files(folder, ".jsonl"):
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        found += [_bubble(record, at) for record in _records(path)]
    return tuple(sorted(found, key=lambda each: each.at, reverse=True)[:limit])


def _files(folder: Path, suffix: str) -> Iterator[tuple[int, Path]]:
    try:
        paths = [path for path in folder.iterdir() if path.suffix == suffix]
    except OSError:
        return
    for path in paths:
        try:
            yield path.stat().st_mtime_ns, path
        except OSError:
            continue


@lru_cache(maxsize=4096)
def _envelope(path: Path, mtime_ns: int) -> MailRow:
    with path.open("rb") as file:
        head = BytesHeaderParser(policy=default).parse(file)
    return _described(path.name, head, mtime_ns)


def _open(path: Path, mtime_ns: int) -> Mail:
    with path.open("rb") as file:
        raw = file.read(LARGEST)
    message = message_from_bytes(raw, policy=default)
    return Mail(
        envelope=_described(path.name, message, mtime_ns),
        headers=tuple((name, str(value)) for name, value in message.items()),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        size=path.stat().st_size,
        source=raw.decode("utf-8", "replace"),
    )


def _described(name: str, message: EmailMessage, mtime_ns: int) -> MailRow:
    return MailRow(
        name=name,
        sender=str(message.get("From", "")),
        to=str(message.get("To", "")),
        subject=str(message.get("Subject", "")) or "(no subject)",
        at=datetime.fromtimestamp(mtime_ns / 1e9, UTC),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # a charset nobody knows
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            try:
                record = json.loads(line[:LARGEST])
            except ValueError:
                continue  # the last line may still be being written
            if isinstance(record, dict):
                yield record


def _bubble(record: dict[str, Any], fallback: datetime) -> ChatBubble:
    sent = record.get("request") or record.get("body") or record
    sent = sent if isinstance(sent, dict) else record
    kind = str(sent.get("type") or record.get("type") or "text")
    return ChatBubble(
        to=str(sent.get("to") or record.get("to") or ""),
        kind=kind,
        text=str(record.get("preview") or record.get("text_as_read") or _said(sent, kind)),
        at=_moment(record.get("at") or record.get("received_at"), fallback),
    )


def _said(sent: dict[str, Any], kind: str) -> str:
    if kind == "template" and isinstance(sent.get("template"), dict):
        template = sent["template"]
        slots = [
            str(parameter.get("text", ""))
            for component in template.get("components", ())
            if isinstance(component, dict)
            for parameter in component.get("parameters", ())
            if isinstance(parameter, dict)
        ]
        return "\n\n".join([f"*{template.get('name', 'template')}*", *slots])
    text = sent.get("text")
    return str(text.get("body", "")) if isinstance(text, dict) else str(text or "")


def _moment(value: object, fallback: datetime) -> datetime:
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        found = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        return fallback
    return found if found.tzinfo else found.replace(tzinfo=UTC)
