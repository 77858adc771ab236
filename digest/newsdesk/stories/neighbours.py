"""Each live article's nearest others, and its vector smoothed by theirs.

Two reports of one event may share few words, yet share neighbours. An article's smoothed vector is
its own plus a share of its nearest neighbours', x' = x + Σ b·x_n. It is never built: with G the
cosines among articles and b the row of coefficients (the article itself at 1), the product of two
smoothed vectors is b G b'. So everything here is a matter of short rows and stored cosines.
"""

from dataclasses import dataclass
from heapq import nlargest
from math import exp, sqrt


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How many neighbours lend how much. Times in seconds."""

    nearest: int = 10
    share: float = 0.5
    """What the neighbours together lend at most, beside the article's own 1."""
    doubt: float = 0.2
    """Sum of nearness at which they lend half of that."""
    power: int = 4
    """How much more the nearest lend than the next."""
    fade: float = 86_400.0
    """Time in which nearness falls to 1/e."""
    stranger: float = 0.02
    """Nearness that counts as none: else two lonely articles with a word in common would join."""
    floor: float = 0.03
    """Cosines below this are not kept."""
    kept: int = 160
    """Cosines kept per article, about."""
    faint: float = 0.05
    """Reach below this is left out where all pairs are wanted."""


class Neighbourhood:
    """Cosines among live articles, kept both ways, and the coefficient rows made of them."""

    def __init__(self, smoothing: Smoothing) -> None:
        self.smoothing = smoothing
        self._at: dict[int, float] = {}
        self._near: dict[int, dict[int, float]] = {}
        self._rows: dict[int, tuple[dict[int, float], float]] = {}
        self._last: dict[int, float] = {}

    def decay(self, one: int, other: int) -> float:
        """exp(−|Δt| / fade) between two live articles."""
        return exp(-abs(self._at[one] - self._at[other]) / self.smoothing.fade)

    def add(self, article: int, at: float, cosines: dict[int, float]) -> None:
        """Take in ``article`` with its cosines to live ones; weak ones are not kept."""
        floor, fade = self.smoothing.floor, self.smoothing.fade
        near = {other: g for other, g in cosines.items() if g >= floor}
        if len(near) > self.smoothing.kept:
            near = dict(nlargest(self.smoothing.kept, near.items(), key=lambda each: each[1]))
        self._at[article] = at
        self._near[article] = near
        for other, g in list(near.items()):
            theirs = self._near[other]
            theirs[article] = g
            if len(theirs) > 2 * self.smoothing.kept:
                self._thin(other)
            if g * exp(-abs(at - self._at[other]) / fade) > self._last.get(other, 0.0):
                self._rows.pop(other, None)

    def remove(self, article: int) -> None:
        """Forget ``article`` and lift it out of its neighbours' rows."""
        for other in self._near.pop(article):
            if self._near.get(other, {}).pop(article, None) is not None:
                row = self._rows.get(other)
                if row and article in row[0]:
                    del self._rows[other]
        del self._at[article]
        self._rows.pop(article, None)
        self._last.pop(article, None)

    def _thin(self, article: int) -> None:
        near = self._near[article]
        kept = dict(nlargest(self.smoothing.kept, near.items(), key=lambda each: each[1]))
        for other in near.keys() - kept.keys():
            self._near[other].pop(article, None)
        self._near[article] = kept

    def row(self, article: int) -> dict[int, float]:
        """The article's coefficients: itself at 1 / norm, and its nearest neighbours'."""
        return self._row(article)[0]

    def _row(self, article: int) -> tuple[dict[int, float], float]:
        known = self._rows.get(article)
        if known is None:
            known = self._rows[article] = self._compute(article)
        return known

    def _compute(self, article: int) -> tuple[dict[int, float], float]:
        s = self.smoothing
        at, times = self._at[article], self._at
        faded = [
            (near, other)
            for other, g in self._near[article].items()
            if (near := g * exp(-abs(at - times[other]) / s.fade) - s.stranger) > 0.0
        ]
        nearest = nlargest(s.nearest, faded)
        self._last[article] = s.stranger + (nearest[-1][0] if len(nearest) == s.nearest else 0.0)
        row = {article: 1.0}
        total = sum(each for each, _ in nearest)
        powers = sum(each**s.power for each, _ in nearest)
        if powers > 0:
            scale = s.share * total / (total + s.doubt) / powers
            for each, other in nearest:
                row[other] = scale * each**s.power
        norm = sqrt(self._product(row, row))
        return {other: b / norm for other, b in row.items()}, norm

    def _product(self, one: dict[int, float], two: dict[int, float]) -> float:
        total = 0.0
        for a, b in one.items():
            near = self._near[a]
            for c, d in two.items():
                if a == c:
                    total += b * d
                elif c in near:
                    total += b * d * near[c]
        return total

    def reach(self, article: int) -> dict[int, float]:
        """u = b G: with any article's row c, Σ c·u is the cosine of the two smoothed vectors."""
        reached: dict[int, float] = {}
        get = reached.get
        for a, b in self.row(article).items():
            reached[a] = get(a, 0.0) + b
            for c, g in self._near[a].items():
                reached[c] = get(c, 0.0) + b * g
        return reached

    def affinity(self, reached: dict[int, float], article: int, other: int) -> float:
        """Smoothed cosine × decay, given ``article``'s :meth:`reach`."""
        get = reached.get
        return sum(b * get(c, 0.0) for c, b in self.row(other).items()) * self.decay(article, other)

    def nearest(self, article: int) -> list[int]:
        """The live articles in the article's row, itself left out, in order of nearness."""
        return [other for other in self.row(article) if other != article]

    def affinities(self, articles: list[int], floor: float) -> dict[int, dict[int, float]]:
        """All pairs among ``articles`` whose affinity is at least ``floor``, both ways."""
        wanted = set(articles)
        holders: dict[int, list[tuple[int, float]]] = {}
        for article in articles:
            for other, b in self.row(article).items():
                holders.setdefault(other, []).append((article, b))
        rank = {article: position for position, article in enumerate(articles)}
        pairs: dict[int, dict[int, float]] = {article: {} for article in articles}
        for article in articles:
            mine = rank[article]
            sums: dict[int, float] = {}
            for c, u in self.reach(article).items():
                if u < self.smoothing.faint:
                    continue
                for other, b in holders.get(c, ()):
                    if rank[other] > mine:
                        sums[other] = sums.get(other, 0.0) + u * b
            for other, cosine in sums.items():
                if cosine >= floor and other in wanted:
                    value = cosine * self.decay(article, other)
                    if value >= floor:
                        pairs[article][other] = pairs[other][article] = value
        return pairs
