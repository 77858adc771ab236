"""What became of one message to one reader, in words that a reader may be told on the phone."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Tone(str, Enum):
    """How it ended: as far as is known it arrived, it did not, or it is still under way."""

    GOOD = "good"
    BAD = "bad"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Became:
    """``answer`` is what the other side said, or why she was left out."""

    tone: Tone
    words: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A subscription and its address as far as they decide who gets an edition."""

    created_at: datetime
    confirmed_at: datetime | None
    verified_at: datetime | None
    ended_at: datetime | None
    paused: bool
    paused_until: datetime | None
    suppressed_at: datetime | None


_BY_STATE = {
    "PENDING": (Tone.OPEN, "It waits for its turn."),
    "DEFERRED": (Tone.OPEN, "Not taken yet; it is tried again."),
    "SENDING": (Tone.OPEN, "It is on its way now."),
    "SENT": (Tone.GOOD, "Handed over and accepted. Nothing else was heard of it."),
    "UNKNOWN": (Tone.BAD, "Handed over twice without an answer: it may have arrived."),
    "FAILED": (Tone.BAD, "Refused for good."),
    "SKIPPED": (Tone.BAD, "Left out when its turn came."),
    "CANCELLED": (Tone.BAD, "The send was cancelled before its turn came."),
}
_BY_OUTCOME = {
    "DELIVERED": (Tone.GOOD, "Delivered, says the other side."),
    "SOFT_BOUNCE": (Tone.BAD, "Accepted, then sent back: not now."),
    "HARD_BOUNCE": (Tone.BAD, "Accepted, then sent back: there is no such mailbox."),
    "COMPLAINT": (Tone.BAD, "It arrived, and the reader reported it as spam."),
}


def became(state: str, outcome: str = "", answer: str = "") -> Became:
    """Of a delivery's state and outcome, by the names that the ledger gives them."""
    tone, words = _BY_OUTCOME[outcome] if outcome else _BY_STATE[state]
    return Became(tone, words, " ".join(answer.split()))


def why_not(stands: Standing, at: datetime) -> str | None:
    """Why an edition that was handed out ``at`` that moment had no message for this reader.

    None when it was not the reader's then: not yet subscribed, or gone already.
    """
    if stands.created_at > at or (stands.ended_at is not None and stands.ended_at <= at):
        return None
    if stands.suppressed_at is not None and stands.suppressed_at <= at:
        return "The address was barred from all mail."
    if stands.verified_at is None or stands.verified_at > at:
        return "The address was not confirmed yet."
    if stands.confirmed_at is None or stands.confirmed_at > at:
        return "The subscription was not confirmed yet."
    if stands.paused and (stands.paused_until is None or stands.paused_until > at):
        return "The reader had paused it."
    return "No reason is recorded here: look at that send."
