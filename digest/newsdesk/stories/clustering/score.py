"""How well a grouping agrees with a labelled one.

B-cubed: A. Bagga and B. Baldwin, "Entity-based cross-document coreferencing using the vector space
model", 1998; each article counts once. Pairwise: over all pairs of articles.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Agreement:
    """Precision, recall and their harmonic mean, each 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """2PR / (P + R), and 0 where both are 0."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def bcubed(found: Sequence[Hashable], gold: Sequence[Hashable]) -> Agreement:
    """Mean over articles of the share of its cluster, and of its gold cluster, that it shares."""
    if not gold:
        return Agreement(1.0, 1.0)
    clusters, stories = Counter(found), Counter(gold)
    cells = Counter(zip(found, gold, strict=True))
    precision = sum(n * n / clusters[cluster] for (cluster, _), n in cells.items())
    recall = sum(n * n / stories[story] for (_, story), n in cells.items())
    return Agreement(precision / len(gold), recall / len(gold))


def pairwise(found: Sequence[Hashable], gold: Sequence[Hashable]) -> Agreement:
    """The share of found pairs that are gold pairs, and of gold pairs that were found."""
    together = _pairs(Counter(zip(found, gold, strict=True)))
    in_clusters, in_stories = _pairs(Counter(found)), _pairs(Counter(gold))
    return Agreement(
        together / in_clusters if in_clusters else 1.0,
        together / in_stories if in_stories else 1.0,
    )


def _pairs(sizes: Counter[Any]) -> int:
    return sum(n * (n - 1) // 2 for n in sizes.values())
