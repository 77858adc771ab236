"""An article as a sparse vector: what it is about, weighed by how rare its terms are."""

from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt

from digest.newsdesk.stories import background
from digest.newsdesk.stories.words import fold, is_unspaced, primary, terms

TEXT_LIMIT = 1200
"""Characters of the text that are read: news says what happened at the top."""

Vector = dict[str, float]


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article as the clusterer sees it. ``at`` is its own time, in seconds since 1970."""

    id: int
    at: float
    title: str
    text: str = ""
    language: str = "en"


def frequencies(arrival: Arrival) -> dict[str, float]:
    """Each term's weighted count: a title counts twice a text, a pair of words a quarter."""
    language = primary(arrival.language)
    found: dict[str, float] = {}
    for words, one, pair in (
        (terms(fold(arrival.title), language), 2.0, 0.5),
        (terms(fold(arrival.text[:TEXT_LIMIT]), language), 1.0, 0.25),
    ):
        for word in words:
            found[word] = found.get(word, 0.0) + one
        for left, right in pairwise(words):
            if not (is_unspaced(left) and is_unspaced(right)):
                term = f"{left} {right}"
                found[term] = found.get(term, 0.0) + pair
    return found


class DocumentFrequencies:
    """In how many recent articles each term occurs, over a background that fades.

    Two generations are counted, of ``generation`` articles each; the older is dropped when the
    younger is full. So the table stays small, follows the news, and is the same again when the
    articles since :meth:`horizon` are counted anew after a restart.
    """

    def __init__(
        self, generation: int = 50_000, counted: int = 0, prior_scale: float = 1.0
    ) -> None:
        self.generation = generation
        self.counted = counted
        self._number = counted // generation
        self._prior = background.prior(prior_scale)
        self._prior_documents = background.DOCUMENTS * prior_scale
        self._old: dict[str, int] = {}
        self._young: dict[str, int] = {}
        self._old_documents = self._young_documents = 0

    @staticmethod
    def horizon(counted: int, generation: int = 50_000) -> int:
        """The first of ``counted`` articles, from zero, that the table still remembers."""
        return max(0, (counted // generation - 1) * generation)

    def count(self, found: dict[str, float]) -> None:
        """Take an article's terms into the table."""
        if self.counted // self.generation != self._number:
            self._number = self.counted // self.generation
            self._old, self._old_documents = self._young, self._young_documents
            self._young, self._young_documents = {}, 0
        self.counted += 1
        self._young_documents += 1
        young = self._young
        for term in found:
            young[term] = young.get(term, 0) + 1

    def weigh(self, found: dict[str, float]) -> Vector:
        """The terms as a vector of length one: (1 + ln tf) × ln(1 + N / df)."""
        total = self._prior_documents + self._old_documents + self._young_documents
        old, young, prior = self._old, self._young, self._prior
        vector = {}
        square = 0.0
        for term, tf in found.items():
            df = young.get(term, 0) + old.get(term, 0) + prior.get(term, 0.0)
            weight = (1.0 + log(tf) if tf > 1.0 else tf) * log(1.0 + total / max(df, 1.0))
            vector[term] = weight
            square += weight * weight
        if not square:
            return {}
        scale = 1.0 / sqrt(square)
        return {term: weight * scale for term, weight in vector.items()}
