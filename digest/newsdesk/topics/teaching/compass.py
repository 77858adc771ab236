"""What a topic learns from the places that a model of language gives its stories.

A model puts all texts near each other; what they have in common is taken off before anything is
learned, so that only what tells them apart is left.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.topics.teaching.features import Meaning

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Compass:
    """The direction in which a topic's stories lie from the ``centre`` of all."""

    made_by: str
    centre: Numbers
    toward: Numbers

    def reads(self, meaning: Meaning | None) -> bool:
        """Whether the place is one that it has learned to read."""
        return (
            meaning is not None
            and meaning.made_by == self.made_by
            and meaning.place.shape == self.centre.shape
        )

    def of(self, meaning: Meaning) -> float:
        """How far the story lies in the topic's direction."""
        return float(apart(meaning.place[None, :], self.centre)[0] @ self.toward)

    def as_json(self) -> dict[str, Any]:
        """Plain values, to be stored."""
        rounded = ([round(float(each), 5) for each in row] for row in (self.centre, self.toward))
        return dict(zip(("made_by", "centre", "toward"), (self.made_by, *rounded), strict=True))

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Compass":
        """What :meth:`as_json` made."""
        centre, toward = (np.array(stored[name], np.float64) for name in ("centre", "toward"))
        if centre.shape != toward.shape or centre.ndim != 1:
            raise ValueError("A compass has two rows of one length.")
        return cls(str(stored["made_by"]), centre, toward)


def model_of(meanings: Iterable[Meaning | None]) -> str:
    """The model of language that placed most of them; empty where fewer than half have a place."""
    given = list(meanings)
    if not given:
        return ""
    ((made_by, count),) = Counter(each.made_by if each else "" for each in given).most_common(1)
    return made_by if 2 * count >= len(given) else ""


def placed(meanings: Sequence[Meaning | None], made_by: str) -> tuple[Numbers, Numbers]:
    """The centre of all, and a row each of length 1 from there; zeros where there is no place."""
    mine = [each if each and each.made_by == made_by else None for each in meanings]
    known = np.array([each.place for each in mine if each], np.float64)
    centre: Numbers = known.mean(axis=0)
    rows = np.zeros((len(mine), known.shape[1]))
    rows[[each is not None for each in mine]] = apart(known, centre)
    return centre, rows


def apart(places: NDArray[Any], centre: Numbers) -> Numbers:
    """Rows of length 1 that lead from the centre to each place."""
    rows = places - centre
    long: Numbers = np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)
    unit: Numbers = rows / long
    return unit
