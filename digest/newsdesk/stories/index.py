"""The inverted index over live articles: which of them share terms with a new one, and how much."""

from digest.newsdesk.stories.features import Vector


class LiveIndex:
    """Vectors of length one by article, found by their terms.

    ``effort`` bounds the postings walked for one question, rarest terms first, so that the price
    of an arrival does not grow with the window.
    """

    def __init__(self, effort: int = 60_000) -> None:
        self.effort = effort
        self._vectors: dict[int, Vector] = {}
        self._postings: dict[str, dict[int, float]] = {}

    def __contains__(self, article: int) -> bool:
        return article in self._vectors

    def __len__(self) -> int:
        return len(self._vectors)

    def add(self, article: int, vector: Vector) -> None:
        """Make ``article`` findable."""
        self._vectors[article] = vector
        for term, weight in vector.items():
            self._postings.setdefault(term, {})[article] = weight

    def remove(self, article: int) -> None:
        """Forget ``article``."""
        for term in self._vectors.pop(article):
            postings = self._postings[term]
            del postings[article]
            if not postings:
                del self._postings[term]

    def shared(self, vector: Vector, article: int) -> int:
        """How many terms ``vector`` has in common with a live article."""
        return len(vector.keys() & self._vectors[article].keys())

    def cosines(self, vector: Vector) -> dict[int, float]:
        """The cosine of ``vector`` with every live article that shares a term with it."""
        found = [
            (len(postings), weight, postings)
            for term, weight in vector.items()
            if (postings := self._postings.get(term))
        ]
        if sum(length for length, _, _ in found) > self.effort:
            found = self._rarest(found)
        cosines: dict[int, float] = {}
        get = cosines.get
        for _, weight, postings in found:
            for article, other in postings.items():
                cosines[article] = get(article, 0.0) + weight * other
        return cosines

    def _rarest(
        self, found: list[tuple[int, float, dict[int, float]]]
    ) -> list[tuple[int, float, dict[int, float]]]:
        found.sort(key=lambda each: each[0])
        left = self.effort
        kept: list[tuple[int, float, dict[int, float]]] = []
        for each in found:
            left -= each[0]
            if left < 0 and kept:
                break
            kept.append(each)
        return kept
