"""How near strangers come by chance in this stream, at this hour, in this language.

A likeness is evidence only against what reports of *other* events reach. Three things are learnt
as articles arrive. The **tail**: cosines with random live articles a day older or more, which are
seldom of one event; counted up to their 99th percentile, an exponential above it (peaks over a
threshold: J. Pickands, "Statistical inference using extreme order statistics", 1975). The **rate**
of arrivals by the half hour: so many strangers, each with that tail and faded by its age, let one
expect how near the nearest comes. **Decoys**, articles two to four days older looked at as if they
were new, say how far that expectation is off.

What strangers reach alone, against what arrivals do reach, gives the share that are joiners and
the level above which few joins are false. It also gives the probability that a join is right.

Nothing here depends on labels: a wrong join teaches nothing. Memory is of the last blocks of
arrivals, so that it can be had again from the articles of those alone.
"""

from dataclasses import dataclass

import numpy as np

from digest.newsdesk.stories.clustering.features import Floats, Vector
from digest.newsdesk.stories.clustering.index import LiveIndex, Serials
from digest.newsdesk.stories.clustering.kernels import strangers
from digest.newsdesk.stories.clustering.kernels.strangers import Doubles, EvidenceBounds
from digest.newsdesk.stories.clustering.window import LiveWindow

DAY = 86_400.0
LEVELS: Doubles = np.arange(2, 90) / 100
_BINS = 200
_SLOT = 1_800.0
_RING = 512
_FAR = 0.6
MOST_LANGUAGES = 256
"""Languages that are told apart; of more, the last are taken for one."""
_REFRESH = 20
"""Arrivals after which the tails are estimated afresh."""


@dataclass(frozen=True, slots=True)
class ChanceSetting:
    """How chance is learnt. Times in seconds."""

    block: int = 500
    """Arrivals that are forgotten together."""
    blocks: int = 4
    """Blocks that are remembered, the present one included."""
    fade: float = 1.5 * DAY
    """Time in which a likeness falls to 1/e, and as far back as strangers are counted."""
    apart: float = DAY
    """How much older an article is that is taken for a stranger."""
    apart_arrivals: int = 2_000
    """Or after how many arrivals: where so many come within hours, they are of many events, and the
    first day must not pass before anything is known."""
    drawn: int = 64
    """Places looked at for strangers, for each arrival."""
    often: int = 2_000
    """Until so many arrivals every one is held against strangers,"""
    seldom: int = 4
    """and then one in so many: what is remembered has thousands of pairs without the others."""
    shift: float = 2 * DAY
    """How much older a decoy is."""
    usual_tail: float = 0.105
    """The strangers' 99th percentile, until enough of them were seen, and how many count for it."""
    usual_count: float = 150.0
    usual_slope: float = 0.1275
    """How much nearer one stranger in ten of those beyond it is, and how many count for that."""
    slope_count: float = 10_000.0
    common: float = 0.025
    """What strangers share on average in a language whose words tell little away: what they share
    beyond it, as texts written in syllables do, is taken off every likeness."""
    patience: float = 200.0
    """Arrivals' worth of expectation by which what decoys say is shrunk."""
    bound: float = 0.1
    """The share of false joins at which a likeness begins to be evidence, where few are joiners."""
    rise: float = 1.3
    """How far that rises with the square of the joiners' share."""
    band: tuple[float, float] = (0.12, 0.6)
    """Levels that are asked how many arrivals are joiners: below, strangers drown all."""
    first_level: float = 0.06
    first_share: float = 0.6
    last_level: float = 0.6
    """The level where no likeness is evidence enough."""
    quiet: float = 0.5
    """The share of the usual strangers below which it is quiet: where fewer are there to be
    strangers, fewer are there to be mates, and the joiners' share falls with them."""
    least: int = 5
    """Arrivals before anything is judged, in all and of a language: of one that has fewer it is not
    known how near strangers come, and the level of the main one holds."""

    def horizon(self, counted: int) -> int:
        """The first of ``counted`` arrivals, from zero, that is still remembered."""
        return max(0, (counted // self.block + 1 - self.blocks) * self.block)


class _Language:
    """What is known of one language: its strangers, its rate, and the tails that follow."""

    def __init__(self, setting: ChanceSetting, at: float) -> None:
        self.setting = setting
        self.bins = np.zeros((setting.blocks, _BINS))
        self.counts = np.zeros(_RING)
        self.slot = np.full(_RING, -1, np.int64)
        self.began = at
        self.arrived = np.zeros(setting.blocks)
        self.remembered = 0.0  # arrivals, of all blocks
        # Strangers that could be met, however unlike: their sum over the arrivals of each block.
        self.met = np.zeros(setting.blocks)
        # Certain until anything is known, so that nothing is called doubtful for want of news.
        self.by_chance, self.everybody = np.zeros(LEVELS.size), np.ones(LEVELS.size)
        self.level, self.judged_at = setting.first_level, at
        self.is_stale = True
        self.refresh()

    def refresh(self) -> None:
        """Estimate anew what strangers share, and how near they come."""
        self.is_stale = False
        s = self.setting
        bins = self.bins.sum(0)
        count = float(bins.sum())
        middles = np.minimum((np.arange(_BINS) + 0.5) / _BINS, 0.3)
        mean = float((bins * middles).sum()) / (count + s.usual_count)
        self.common = max(0.0, mean - s.common)
        below = np.cumsum(bins)
        percentile = (np.searchsorted(below, 0.99 * count) + 1) / _BINS
        steep = (np.searchsorted(below, 0.999 * count) + 1) / _BINS - percentile
        tail = (count * percentile + s.usual_count * s.usual_tail) / (count + s.usual_count)
        slope = (count * steep + s.slope_count * s.usual_slope) / (count + s.slope_count)
        edges = np.arange(_BINS + 1) / _BINS
        usual = 10.0 ** (-2.0 * edges / s.usual_tail)
        left = np.append(count - np.append(0.0, below[:-1]), 0.0)
        survival = (left + s.usual_count * usual) / (count + s.usual_count)
        ages = (np.arange(int(s.fade / _SLOT)) + 0.5) * _SLOT
        bare = LEVELS[None, :] * np.exp(ages / s.fade)[:, None]
        raw = self.common + bare * (1.0 - self.common)
        body = np.maximum(np.interp(raw, edges, survival), 0.01)
        # A tail that looks thicker than usual is of reports of one event that were taken for
        # strangers: few, but far out they are all there is.
        beyond = 0.01 * 10.0 ** (-(raw - tail) / min(max(slope, 0.04), s.usual_slope))
        self.table = np.where(raw < tail, body, beyond)
        self.tail = max((tail - self.common) / (1.0 - self.common), 0.02)

    def strangers(self, at: float, shift: float, found: Doubles) -> None:
        """Write how many strangers are expected as near as each level, ``shift`` before ``at``."""
        last = int((at - shift) // _SLOT)
        known = (at - self.began) / _SLOT if not shift else float(_RING)
        strangers.expected(self.counts, self.slot, last, known, self.table, found)

    def awake(self, now: Doubles) -> float:
        """How much of the usual joiners' share holds, 0 to 1, where so many strangers are expected
        ``now``, by level."""
        usual = float(self.met.sum()) / max(self.remembered, 1.0)
        return min(float(now[0]) / max(self.setting.quiet * usual, 1e-9), 1.0)

    def count(self, at: float) -> None:
        """Take an arrival into the rate."""
        turn = int(at // _SLOT)
        place = turn & (_RING - 1)
        if self.slot[place] < turn:
            self.slot[place], self.counts[place] = turn, 0.0
        if self.slot[place] == turn:
            self.counts[place] += 1.0


class Chance:
    """What the clusterer knows of chance. ``level``: the least likeness that is evidence for the
    latest article; ``share``: of arrivals that join a story; ``tail``: the 99th percentile of what
    strangers share in its language. All of the scale that cosines have once what is :meth:`common`
    was taken off.

    Each language has its own level: where one report in fifty is in another language, its strangers
    are few, and what is evidence among them is none among the many.
    """

    def __init__(self, setting: ChanceSetting, window: LiveWindow, index: LiveIndex) -> None:
        self.setting = setting
        self.level, self.share = setting.first_level, setting.first_share
        self.tail = setting.usual_tail
        self._window, self._index = window, index
        shape = (setting.blocks, strangers.ROWS, LEVELS.size)
        self._counts, self._seen = np.zeros(shape), np.zeros((setting.blocks, 2))
        self._total, self._total_seen = np.zeros(shape[1:]), np.zeros(2)
        self._block = -1
        self._languages: dict[int, _Language] = {}
        self._ratio = np.ones(LEVELS.size)
        self._now, self._then = np.zeros(LEVELS.size), np.zeros(LEVELS.size)
        first, last = np.searchsorted(LEVELS, np.array(setting.band) - 1e-9).tolist()
        self._bounds = EvidenceBounds(setting.patience, setting.bound, setting.rise, first, last)

    def common(self, language: int) -> float:
        """What any two articles in the language share, beyond what is usual."""
        known = self._languages.get(language)
        return known.common if known else 0.0

    def observe(
        self,
        number: int,
        language: int,
        at: float,
        vector: Vector,
        others: Serials,
        cosines: Floats,
    ) -> None:
        """Learn from an arrival, the ``number``\\ th, that is not in the window yet.

        ``others`` are the live articles nearest to it, with their bare ``cosines``.
        """
        setting, window = self.setting, self._window
        row = self._turn(number)
        known = self._languages.get(language)
        if known is None:
            known = self._languages[language] = _Language(setting, at)
        known.is_stale |= self._draw(known.bins[row], number, language, at, vector)
        if number % _REFRESH == _REFRESH - 1:
            for each in self._languages.values():
                if each.is_stale:
                    each.refresh()
        best, decoy = strangers.nearest(
            *(window.columns, window.language, language, at, others, cosines),
            *(setting.fade, setting.shift),
        )
        known.strangers(at, 0.0, self._now)
        settled = at - known.began >= setting.shift + setting.fade
        if settled:
            known.strangers(at, setting.shift, self._then)
        strangers.count(
            *(self._counts[row], self._total, self._ratio, LEVELS),
            *(self._now, self._then, (best, decoy), settled),
        )
        for seen in (self._seen[row], self._total_seen):
            seen[0] += 1.0
            seen[1] += float(settled)
        known.count(at)
        known.arrived[row] += 1.0
        known.remembered += 1.0
        known.met[row] += self._now[0]
        self.tail = known.tail
        self._judge(known, at)
        self.level = self._known(language).level

    def levels(self, at: float) -> tuple[Doubles, Doubles]:
        """By language, as things are at a time: the least likeness that is evidence, and the 99th
        percentile of what strangers share."""
        levels = np.full(MOST_LANGUAGES, self.setting.first_level)
        tails = np.full(MOST_LANGUAGES, self.setting.usual_tail)
        for known in self._languages.values():
            self._come_to(known, at)
        if self._languages:
            # A language that nobody has met yet, too.
            levels[:], tails[:] = self._main.level, self._main.tail
        for language in self._languages:
            known = self._known(language)
            levels[language], tails[language] = known.level, known.tail
        return levels, tails

    def level_of(self, language: int, at: float) -> float:
        """As the first of :meth:`levels`, of one language."""
        if not self._languages:
            return self.setting.first_level
        known = self._known(language) if language in self._languages else self._main
        self._come_to(known, at)
        return known.level

    @property
    def main_level(self) -> float:
        """The level of the language of most arrivals."""
        return self._main.level if self._languages else self.setting.first_level

    def probability(self, likeness: float, language: int = 0) -> float:
        """That two articles so like, bare cosine × e^(−age / fade), report one event, 0 to 1.

        One less the local false discovery rate: of those that come about as near, the share that
        chance alone did not bring there.
        """
        if language not in self._languages:
            return 1.0
        known = self._known(language)
        reached, by_chance = known.everybody, known.by_chance
        # Farther out there is too little to count, and no more to learn.
        likeness = min(likeness, _FAR)
        low, high = np.interp((likeness - 0.03, likeness + 0.03), LEVELS, np.arange(LEVELS.size))
        one, other = int(low), min(int(np.ceil(high)) + 1, LEVELS.size - 1)
        everybody = float(reached[one] - reached[other])
        alone = float(by_chance[one] - by_chance[other])
        if one == other or everybody <= 0.0:
            one, everybody = min(one, other), float(reached[one])
            alone = float(by_chance[one])
        return min(max(1.0 - alone / max(everybody, 1e-9), 0.0), 1.0)

    def _turn(self, number: int) -> int:
        """The row of the present block; older ones are forgotten as it begins."""
        setting = self.setting
        block = number // setting.block
        if block > self._block:
            for gone in range(max(self._block + 1, block - setting.blocks + 1), block + 1):
                row = gone % setting.blocks
                self._counts[row], self._seen[row] = 0.0, 0.0
                for known in self._languages.values():
                    known.bins[row], known.arrived[row], known.met[row] = 0.0, 0.0, 0.0
                    known.remembered = float(known.arrived.sum())
                    known.is_stale = True
            self._total, self._total_seen = self._counts.sum(0), self._seen.sum(0)
            self._block = block
        return self._block % setting.blocks

    def _draw(self, bins: Doubles, number: int, language: int, at: float, vector: Vector) -> bool:
        """Hold an arrival against strangers; whether there were any."""
        setting, window = self.setting, self._window
        if number >= setting.often and number % setting.seldom:
            return False
        until = at - setting.apart
        before = window.next - setting.apart_arrivals
        serials = strangers.drawn(
            *(window.columns, window.language, language, until, before),
            *(number, setting.drawn),
        )
        if serials.size:
            cosines, _ = self._index.cosines(vector, serials)
            np.add.at(bins, np.minimum((cosines * _BINS).astype(np.int64), _BINS - 1), 1.0)
        return bool(serials.size)

    @property
    def _main(self) -> _Language:
        """The language of most arrivals, the first of equals."""
        return max(self._languages.values(), key=lambda known: known.remembered)

    def _known(self, language: int) -> _Language:
        """What is known of a language, or of the main one where that is too little."""
        known = self._languages[language]
        return known if known.remembered >= self.setting.least else self._main

    def _come_to(self, known: _Language, at: float) -> None:
        """Judge what is evidence in a language at a time, unless that was the last question."""
        if known.judged_at != at:
            known.strangers(at, 0.0, self._now)
            self._judge(known, at)

    def _judge(self, known: _Language, at: float) -> None:
        """Judge anew, from the strangers expected ``_now`` in a language."""
        known.judged_at = at
        if self._total_seen[0] < self.setting.least:
            return
        self.share, evident = strangers.judge(
            *(self._total, self._total_seen, self._now, known.awake(self._now)),
            *(self._bounds, self._ratio, known.by_chance, known.everybody),
        )
        # Where nobody is, nobody comes near by chance: that is no measure for who comes next.
        if self._now[0] > 0.0:
            known.level = float(LEVELS[evident]) if evident >= 0 else self.setting.last_level
