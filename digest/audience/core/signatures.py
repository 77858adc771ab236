"""What readers of personal digests share: the same wishes and the same history, one edition."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

REMEMBERED = timedelta(days=30)
"""How long what a reader had counts as had."""


@dataclass(frozen=True, slots=True)
class DigestWish:
    """What makes one reader's digest: topics by id, the locale our words are in, languages read.

    ``newsletters`` (by id) and ``alerts`` (every one of them) reach them beside it, so that it
    need not say the same again; ``muted`` are stories they want no more of.
    """

    topics: tuple[int, ...]
    locale: str = "en"
    languages: tuple[str, ...] = ("en",)
    newsletters: tuple[int, ...] = ()
    alerts: bool = False
    muted: tuple[int, ...] = ()


def base_of(wish: DigestWish) -> str:
    """SHA-256, hexadecimal, of a wish; the order of languages counts, that of ids does not."""
    told = [
        sorted(set(wish.topics)),
        wish.locale,
        list(wish.languages),
        sorted(set(wish.newsletters)),
        wish.alerts,
        sorted(set(wish.muted)),
    ]
    return _hash(json.dumps(told, separators=(",", ":")))


def earlier_than(base: str, had: Iterable[str]) -> tuple[str, ...]:
    """The class of history: the bases of other digests that a reader had, in order.

    Who has wished the same all along has none, and shares with all who wish it too.
    """
    return tuple(sorted({each for each in had if each} - {base}))


def signature_key(base: str, earlier: Sequence[str] = ()) -> str:
    """SHA-256, hexadecimal: readers of one key get one edition."""
    return _hash("|".join([base, *earlier]))


def title_of(topic_names: Sequence[str]) -> str:
    """A title for a personal digest: the topics by name, as many as fit a subject line."""
    if not topic_names:
        return "Your topics"
    first, *rest = topic_names
    if not rest:
        return first
    if len(rest) == 1 and len(first) + len(rest[0]) <= 70:
        return f"{first} and {rest[0]}"
    return f"{first} and {len(rest)} more"


def _hash(told: str) -> str:
    return hashlib.sha256(told.encode()).hexdigest()
