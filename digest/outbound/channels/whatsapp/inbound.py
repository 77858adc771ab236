"""What readers write to the newsroom's number, or tap, and what they ask for by it (pure).

``STOP`` and ``START`` in the readers' languages; with the name of a topic or newsletter behind it
they mean that alone: see :mod:`~digest.audience.core.spoken` and
:mod:`~digest.audience.core.naming`. Shapes of text, button and interactive messages: Meta's
reference of webhook messages.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from digest.audience.core import naming, spoken
from digest.audience.core.spoken import Spoken, Verb
from digest.audience.kinds import OnOffer
from digest.outbound.channels.report import Kind, mapping, text

_ALERTS = "alerts:on"
# "Stop, please" stops; a sentence that begins with the word is a letter to the newsroom.
_MOST_WORDS = 4


@dataclass(frozen=True, slots=True)
class InboundWish:
    """STOPPED, JOINED or DROPPED; what for, as keys; in which language it was said, if told."""

    kind: Kind
    wants: tuple[str, ...] = ()
    language: str = ""


def said(message: Mapping[str, Any]) -> str:
    """A message's words: written, or those of the button that was tapped."""
    interactive = mapping(message.get("interactive"))
    for part, name in (
        (mapping(message.get("text")), "body"),
        (mapping(message.get("button")), "payload"),
        (mapping(message.get("button")), "text"),
        (mapping(interactive.get("button_reply")), "id"),
        (mapping(interactive.get("button_reply")), "title"),
        (mapping(interactive.get("list_reply")), "id"),
        (mapping(interactive.get("list_reply")), "title"),
    ):
        words = text(part.get(name))
        # A button may carry an id of its own beside what its reader saw on it.
        if words and (name in {"body", "text", "title"} or any(spoken.readings(words))):
            return words
    return ""


def asked(words: str, on_offer: Iterable[OnOffer]) -> InboundWish | None:
    """What the words ask for; None when they ask for nothing that we know."""
    offered, many = tuple(on_offer), len(spoken.folded(words).split())
    for each in spoken.readings(words):
        found = _wish(each, offered, many)
        if found is not None:
            return found
    return None


def _wish(each: Spoken, offered: tuple[OnOffer, ...], many: int) -> InboundWish | None:
    if each.verb is Verb.START:
        named = naming.named(each.rest, offered) if each.rest else (_ALERTS,)
        return InboundWish(Kind.JOINED, named, each.language) if named else None
    if not each.rest:
        return InboundWish(Kind.STOPPED)
    # Who is not sure to mean one thing alone is not written to any more.
    named = naming.exactly(each.rest, offered) or naming.begun_by(each.rest, offered)
    if named:
        return InboundWish(Kind.DROPPED, named)
    return InboundWish(Kind.STOPPED) if each.leads and many <= _MOST_WORDS else None
