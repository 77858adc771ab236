"""A mail on its way through a connection, and how its content goes over the wire."""

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class OutgoingMail:
    """One mail ready to go: CRLF lines, dots not stuffed. ``again``: its connection broke under it.

    ``dotless``: no line begins with a dot and the last one ends, so there is nothing to stuff.
    ``unfit``: the relays that cannot carry it, by their greetings.
    """

    job: Any
    sender: str
    recipient: str
    content: bytes
    dotless: bool = False
    again: bool = False
    unfit: frozenset[str] = frozenset()


def stuffed(content: bytes) -> bytes:
    """Dots doubled at line starts (RFC 5321, section 4.5.2), and a CRLF at the end."""
    if b"\n." in content:
        content = content.replace(b"\r\n.", b"\r\n..")
    if content.startswith(b"."):
        content = b"." + content
    return content if content.endswith(b"\r\n") else content + b"\r\n"
