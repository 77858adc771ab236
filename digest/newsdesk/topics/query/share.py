"""How far a story is about a topic: the share of its articles that match, by their weight."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

COPY = 0.25
"""What a syndicated copy counts beside an original: a wire report is one voice, however often."""
LIGHTEST, HEAVIEST = 0.05, 20.0
"""Bounds of a feed's weight, so that no setting makes a story of nothing or of one voice alone."""


@dataclass(frozen=True, slots=True)
class Voice:
    """An article in its story: the weight of its heaviest feed, and whether it is a copy."""

    article: int
    weight: float = 1.0
    is_copy: bool = False


def share(voices: Sequence[Voice], matched: Collection[int]) -> float:
    """The weight of the articles in ``matched`` over the weight of all; 0 for no voices."""
    total = sum(map(_weight, voices))
    found = sum(_weight(voice) for voice in voices if voice.article in matched)
    return found / total if total else 0.0


def _weight(voice: Voice) -> float:
    weight = min(max(voice.weight, LIGHTEST), HEAVIEST)
    return weight * COPY if voice.is_copy else weight
