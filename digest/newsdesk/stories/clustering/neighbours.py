"""Each live article's nearest others, and its vector smoothed by theirs.

Two reports of one event may share few words, yet share neighbours. An article's smoothed vector is
its own plus a share of its nearest neighbours', x' = x + Σ b·x_n. It is never built: with G the
cosines among articles and b the row of coefficients (the article itself at 1), the product of two
smoothed vectors is b G b'. So everything here is a matter of short rows and stored cosines.
"""

from dataclasses import dataclass
from math import log

import numpy as np

from digest.newsdesk.stories.clustering.features import Floats
from digest.newsdesk.stories.clustering.index import Serials
from digest.newsdesk.stories.clustering.kernels import affinities
from digest.newsdesk.stories.clustering.kernels.affinities import Doubles
from digest.newsdesk.stories.clustering.kernels.neighbour_lists import insert_neighbours
from digest.newsdesk.stories.clustering.tails import Tails
from digest.newsdesk.stories.clustering.window import LiveWindow

_LEAST_CHANCE = 0.005
_STEP = 1.04
_FADE_STEP = 1.15
_LASTING = 0.75
"""By how much the power must be off before it changes: what it swings about is no news."""


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How many neighbours lend how much. Times in seconds."""

    nearest: int = 10
    share: float = 0.75
    """What the neighbours together lend at most, beside the article's own 1."""
    doubt: float = 0.02
    """Sum of nearness at which they lend half of that."""
    early_share: float = 0.5
    """As :attr:`share`, for labels on arrival, when the mates of many are still to come."""
    early_doubt: float = 0.2
    power: int = 8
    """How much more the nearest lend than the next, where few reports have a mate: who is next then
    is a stranger."""
    power_among_many: int = 5
    """And where all have: the next are mates too, and say the same in other words."""
    moving: float = 0.25
    """Nearness, as a share of the nearest's, below which a newcomer does not change a row."""
    fade: float = 1.5 * 86_400
    """Time in which nearness falls to 1/e."""
    dense: float = 100.0
    """Articles a day from which on it falls faster where it is asked who lends, and whom to join on
    arrival, by the root of how many times as many came: where more is written, the next report of
    an event comes sooner. What a whole story has in common fades as ever, for some last days."""
    fade_least: float = 0.5 * 86_400
    """The least time in which it falls so."""
    stranger: float = 0.006
    """Nearness that counts as none: else two lonely articles with a word in common would join."""
    floor: float = 0.03
    """Cosines below this are not kept."""
    kept: int = 256
    """Cosines kept per article."""
    kept_of_many: int = 64
    """And where so many articles are live that memory counts."""


class Neighbourhood:
    """Cosines among live articles, kept both ways, and the coefficient rows made of them."""

    def __init__(self, window: LiveWindow, smoothing: Smoothing) -> None:
        self.smoothing = smoothing
        self._window = window
        self._reached = np.zeros(window.capacity, np.float32)
        self._power = float(smoothing.power)
        fields = affinities.Lending._fields
        numbers = [getattr(smoothing, name) for name in fields]
        self._lending = affinities.Lending._make(numbers)

    @property
    def lending_fade(self) -> float:
        """Time in which the nearness of those who lend falls to 1/e, as things are."""
        return self._lending.fade

    def hurry(self, of_late: int) -> None:
        """Let who lends be near in time as is usual where ``of_late`` articles come a day."""
        s = self.smoothing
        times = max(of_late / s.dense, 1.0)
        fade = s.fade * _FADE_STEP ** -round(0.5 * log(times) / log(_FADE_STEP))
        fade = max(fade, min(s.fade, s.fade_least))
        if fade != self.lending_fade:
            self._lending = self._lending._replace(fade=fade)
            self._window.stale[:] = True
            # How near the farthest of each list is was told by the other fade.
            self._window.edge[:] = 0.0

    def expect(self, levels: Doubles, share: float) -> None:
        """Take ``levels``, by place, for the nearness that an article's strangers reach, to within
        a step of 4 %, and ``share`` of the articles to have a mate.

        Rows made against another level are made again when they are looked at.
        """
        s = self.smoothing
        power = s.power - (s.power - s.power_among_many) * share * share
        if abs(power - self._power) > _LASTING:
            self._power = float(round(power))
            self._lending = self._lending._replace(power=int(self._power))
            self._window.stale[:] = True
        bar = self._bars(levels)
        window = self._window
        moved = bar != window.bar
        # What an article borrows depends on its own bar and on its nearest neighbour's.
        window.stale |= moved | moved[window.row[:, 1] & window.mask]
        window.bar[:] = bar

    def meet(self, serial: int, level: float) -> None:
        """Hold a new article's neighbours to ``level``, the nearness that its strangers reach."""
        above = max(level - self.smoothing.stranger, _LEAST_CHANCE)
        steps = round(log(above / _LEAST_CHANCE) / log(_STEP))
        self._window.bar[serial & self._window.mask] = _LEAST_CHANCE * _STEP**steps

    def _bars(self, levels: Doubles) -> Doubles:
        """The nearness that strangers reach, above what counts as none, in steps."""
        above = np.maximum(levels - self.smoothing.stranger, _LEAST_CHANCE)
        bars: Doubles = _LEAST_CHANCE * _STEP ** np.round(
            np.log(above / _LEAST_CHANCE) / log(_STEP)
        )
        return bars

    def add(self, serial: int, others: Serials, cosines: Floats) -> None:
        """Take in an article with its cosines to live ones, at most ``kept`` of them."""
        window = self._window
        is_whole = window.next - window.oldest == window.live
        since = window.oldest if is_whole else serial
        insert_neighbours(window.columns, serial, others, cosines, since, self._lending)

    def settle(self, serials: Serials) -> None:
        """Bring the rows of ``serials`` up to their neighbours."""
        affinities.settle(self._window.columns, serials, self._lending)

    def affinities(self, serial: int, others: Serials, ripe: float = float("-inf")) -> Doubles:
        """Smoothed cosine × decay between a live article and others; rows must be settled.

        Articles from before ``ripe``, a time, lean on their neighbours as much as they ever will.
        """
        fade = self.smoothing.fade
        return affinities.affinities(
            self._window.columns, serial, others, ripe, fade, self._buffer()
        )

    def cohesion(self, members: Serials) -> float:
        """The sum of affinities among members, both ways, and of each with itself at 1."""
        fade = self.smoothing.fade
        return affinities.cohesion(self._window.columns, members, fade, self._buffer())

    def links(
        self, loose: Serials, rank: Serials, ripe: float, weak: Doubles
    ) -> tuple[Serials, Serials, Doubles]:
        """Pairs of a loose article and one listed with it that ranks after it, and how near.

        ``rank`` is by place, and a loose article's is its position. Affinities below ``weak``, by
        place, are left out. Rows must be settled.
        """
        fade = self.smoothing.fade
        columns, buffer = self._window.columns, self._buffer()
        return affinities.links(columns, loose, rank, ripe, weak, fade, buffer)

    def stories(self, serial: int, tails: Tails, barred: Serials) -> tuple[list[int], list[float]]:
        """The stories of the article's neighbours, in order of nearness, but for those barred;
        and its mean affinity to the latest members of each. Settles all rows concerned.
        """
        window = self._window
        latest = affinities.Latest(tails.serial, tails.end, tails.size)
        columns, story, tail = window.columns, window.story, window.tail
        labels, means = affinities.approach(
            *(columns, serial, story, tail, latest, barred, self._lending),
            *(self.smoothing.fade, self._buffer()),
        )
        return labels.tolist(), means.tolist()

    def _buffer(self) -> Floats:
        if self._reached.size != self._window.capacity:
            self._reached = np.zeros(self._window.capacity, np.float32)
        return self._reached
