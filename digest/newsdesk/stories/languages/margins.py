"""How much nearer two texts in two languages are than their nearest strangers (pure).

A model's cosines have a scale of their own, and some texts are near to everything. What tells a
translation is the margin: the cosine less the mean of the nearest others of both, as sentences are
mined from the web (M. Artetxe and H. Schwenk, "Margin-based parallel corpus mining with
multilingual sentence embeddings", 2019). It is measured in standard deviations of the cosines
between the two languages, so that one threshold serves every model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories.languages.embedder import Vector

STRANGERS = 4
"""Nearest others that a pair is held against, on each side."""
LEAST = 6
"""Strangers that each side must have: among fewer the nearest are any."""
_OUT = -2.0
"""Below every cosine."""

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A text where it is looked for: whose story it tells, its language's primary tag, and when.

    ``asked``: whether its partner is sought; ``candidate``: whether it may be one. The others are
    strangers to tell by.
    """

    text: str
    story: int
    language: str
    at: float
    asked: bool = True
    candidate: bool = True


class _OneTongue:
    """The texts of one language as columns."""

    def __init__(self, texts: Sequence[PlacedText], vectors: Mapping[str, Vector]) -> None:
        self.vectors = np.stack([vectors[each.text] for each in texts])
        self.story: Numbers = np.array([each.story for each in texts], np.int64)
        self.at = np.array([each.at for each in texts])
        self.candidate = np.array([each.candidate for each in texts])
        self.asked: Numbers = np.flatnonzero([each.asked and each.candidate for each in texts])


def margins(
    texts: Sequence[PlacedText], vectors: Mapping[str, Vector], *, within: float
) -> dict[tuple[int, int], float]:
    """The margin of each story asked about and its nearest in each other language, by the two
    stories, the lower first; where each is nearest to the other.

    ``within``: seconds between them at most. Texts without a vector are left out.
    """
    by_language: dict[str, list[PlacedText]] = {}
    for each in texts:
        if each.text in vectors:
            by_language.setdefault(each.language, []).append(each)
    rooms = [_OneTongue(held, vectors) for held in by_language.values() if len(held) > LEAST]
    found: dict[tuple[int, int], float] = {}
    for here in rooms:
        for there in rooms:
            if here is not there and here.asked.size and there.candidate.any():
                found |= _between(here, there, within)
    return found


def _between(here: _OneTongue, there: _OneTongue, within: float) -> dict[tuple[int, int], float]:
    """As :func:`margins`, from those asked about in one language to another."""
    asked = here.asked
    forth: Floats = here.vectors[asked] @ there.vectors.T
    spread = max(float(forth.std()), 1e-6)
    allowed = there.candidate & (np.abs(here.at[asked][:, None] - there.at) <= within)
    nearest = np.where(allowed, forth, _OUT).argmax(1)
    back: Floats = there.vectors[nearest] @ here.vectors.T
    returning = here.candidate & (np.abs(there.at[nearest][:, None] - here.at) <= within)
    rows = np.arange(asked.size)
    one, other = here.story[asked], there.story[nearest]
    is_met = allowed[rows, nearest] & (one != other)
    is_met &= np.where(returning, back, _OUT).argmax(1) == asked
    cosine = forth[rows, nearest].copy()
    for row, room in ((forth, there), (back, here)):
        own = (room.story == one[:, None]) | (room.story == other[:, None])
        row[own] = _OUT
        is_met &= (~own).sum(1) >= LEAST
    margin = (cosine - (_foremost(forth) + _foremost(back)) / 2) / spread
    pairs = zip(one[is_met].tolist(), other[is_met].tolist(), margin[is_met].tolist(), strict=True)
    return {(min(a, b), max(a, b)): value for a, b, value in pairs}


def _foremost(cosines: Floats) -> Floats:
    """The mean of each row's greatest few."""
    best: Floats = np.partition(cosines, -STRANGERS, axis=1)[:, -STRANGERS:].mean(1)
    return best
