"""A simulated fortnight of news, to measure how breaking news is noticed. Seeded, no clock.

What is drawn, and why it is hard:

- 80 sources, with paces from a few to over a hundred reports a day (log-normal), desks in five
  time zones, quiet nights and weekends.
- Ordinary stories, with a power law of sizes (one source to sixty) and reports spread log-normally
  over hours; those in few outlets may run fast. Four scheduled announcements a day are reported by
  four to ten outlets within minutes of each other, as an embargo ends: sharp, and not breaking.
- Wires: half the stories have an agency report, which a third of the sources print within ten
  minutes by machine. One copy in ten is not recognised as a copy.
- Archive dumps: a feed shows 60 to 300 old reports at once, half of them without a date and hence
  "new"; two feeds in three are one outlet's, one is an aggregator's under many outlets' names.
- Two busy days with more than twice the stories.
- Words, for a clusterer: an event has some of its own and more that it shares with every event of
  its topic, so that strangers come near each other as two trials or two storms do. A report mixes
  them with the common words of the language; a wire's copies are its text, whoever prints it.
- 50 breaking events, at any hour, in 8 to 60 sources, with half of their reports within 5 to 60
  minutes. Some outlets say "BREAKING", and some say so every day.

A report is seen when its feed is polled: up to five minutes after it was published. With
``wires`` the three agencies have feeds of their own, polled every thirty seconds: of the stories
that have an agency report they bring it as it is printed, of breaking events within four minutes of
the first report, and in three cases of five they say that it is urgent. All else is as without.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np

from digest.newsdesk.stories.clustering.features import Arrival
from tests.bench.stories import Newswire

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
DAYS = 14
EVENTS = 50
# What more than so many outlets report by themselves within an hour is breaking news by any
# editor's word: it is planted, and no ordinary story is expected to do that.
BROAD = 10
SPREAD = 0.8
# Monday, 2 March 2026, 00:00 UTC
START = 1_772_409_600.0
TOPICS = 60
_OWN, _SHARED = 9, 7
_TITLE, _SHORTEST, _LONGEST = 9, 25, 90
WORDS = ("BREAKING", "속보", "快讯", "EILMELDUNG", "ÚLTIMA HORA")


@dataclass(frozen=True, slots=True)
class Source:
    """An outlet: its mean reports a day, its desk's offset from UTC, and its habits."""

    name: str
    per_day: float
    offset: float
    subscribes: bool
    shouts: float
    word: str

    def awake(self, at: float) -> float:
        """How busy the desk is at second ``at``, 0.15 to about 2, with a mean near 1."""
        local = at + self.offset * HOUR
        hour = local % DAY / HOUR
        day = 0.15 + 1.7 * max(0.0, math.sin((hour - 5) / 17 * math.pi)) if 5 < hour < 22 else 0.15
        weekend = int(local // DAY + 3) % 7 >= 5
        return day * (0.65 if weekend else 1.0)


@dataclass(slots=True)
class Seen:
    """A report as intake would show it. ``gold`` is the event that only the simulation knows.
    ``wire``: of whom it is known to be a copy; ``text``: whose words it has, known or not."""

    source: str
    published: float
    seen: float
    gold: int
    wire: str = ""
    text: str = ""
    word: str = ""
    feed: str = ""
    dump: bool = False


@dataclass(slots=True)
class Fortnight:
    """Everything that happens, in order of being seen; ``planted`` gives the first report's time
    of each breaking event."""

    sources: list[Source]
    reports: list[Seen] = field(default_factory=list)
    planted: dict[int, float] = field(default_factory=dict)
    dumped: set[int] = field(default_factory=set)
    flashes: random.Random | None = None


def fortnight(seed: int, *, wires: bool = False) -> Fortnight:
    """The fortnight that ``seed`` gives."""
    rng = random.Random(seed)
    made = Fortnight([_source(rng, n) for n in range(80)])
    made.flashes = random.Random(f"{seed}, wires") if wires else None
    numbers = iter(range(1, 10_000_000))
    busy = set(rng.sample(range(2, DAYS), 2))
    for day in range(DAYS):
        _ordinary_day(rng, made, START + day * DAY, 2.3 if day in busy else 1.0, numbers)
    for _ in range(EVENTS):
        _breaking(rng, made, START + rng.uniform(0.5, DAYS - 0.2) * DAY, next(numbers))
    for _ in range(9):
        _dump(rng, made, START + rng.uniform(1, DAYS) * DAY, numbers)
    made.reports.sort(key=lambda each: (each.seen, each.published, each.source))
    return made


def _source(rng: random.Random, number: int) -> Source:
    tabloid = rng.random() < 0.1
    return Source(
        name=f"Outlet {number}",
        per_day=min(max(rng.lognormvariate(math.log(30), 0.9), 4), 160),
        offset=rng.choice((-5, 0, 1, 8, 9)),
        subscribes=rng.random() < 0.35,
        shouts=0.08 if tabloid else 0.003,
        word=rng.choice(WORDS),
    )


def _ordinary_day(
    rng: random.Random, made: Fortnight, midnight: float, busy: float, numbers: Iterator[int]
) -> None:
    for _ in range(int(700 * busy * rng.uniform(0.9, 1.1))):
        at = midnight + rng.random() * DAY
        mood = sum(each.awake(at) for each in made.sources) / len(made.sources)
        if rng.random() > mood / 1.6:
            continue
        size = min(60, int((1 - rng.random()) ** (-1 / 1.2)))
        median = rng.lognormvariate(math.log(2.5 * HOUR), 0.8)
        if size > BROAD:
            # So slow that half the time no more than BROAD of them come within the first hour.
            late = NormalDist().inv_cdf(1 - BROAD / size)
            median = max(median, HOUR * math.exp(SPREAD * late))
        _report(rng, made, at, next(numbers), size, median, wired=rng.random() < 0.5)
    for _ in range(int(4 * busy)):
        at = midnight + rng.uniform(6, 20) * HOUR
        size = rng.randint(4, 10)
        _report(rng, made, at, next(numbers), size, 12 * MINUTE, wired=rng.random() < 0.5)


def _breaking(rng: random.Random, made: Fortnight, at: float, number: int) -> None:
    size = int(math.exp(rng.uniform(math.log(8), math.log(60))))
    median = math.exp(rng.uniform(math.log(5 * MINUTE), math.log(HOUR)))
    _report(rng, made, at, number, size, median, wired=rng.random() < 0.7, breaking=True)
    made.planted[number] = min(each.published for each in made.reports if each.gold == number)


def _report(
    rng: random.Random,
    made: Fortnight,
    at: float,
    number: int,
    size: int,
    median: float,
    *,
    wired: bool,
    breaking: bool = False,
) -> None:
    """``size`` sources report, half of them within ``median`` seconds of the first."""
    weights = [math.sqrt(each.per_day) * each.awake(at) for each in made.sources]
    first = True
    for source in _drawn(rng, made.sources, weights, size):
        delay = 0.0 if first else rng.lognormvariate(math.log(median), SPREAD)
        # A desk that sleeps comes later, to breaking news as to all else.
        if not first and source.awake(at + delay) < 0.3:
            delay *= rng.uniform(1.0, 4.0)
        first = False
        urgent = 0.35 if breaking and delay < HOUR else source.shouts
        word = source.word if rng.random() < urgent else ""
        made.reports.append(_seen(rng, source, at + delay, number, word=word))
        while size > 3 and rng.random() < 0.3:
            delay += rng.expovariate(1 / (2 * HOUR))
            made.reports.append(_seen(rng, source, at + delay, number))
    if wired:
        wire = rng.choice(("Wire A", "Wire B", "Wire C"))
        printed = at + rng.uniform(0, 20) * MINUTE
        if made.flashes:
            printed = _flash(made, wire, at, printed, number, breaking=breaking)
        share = rng.uniform(0.1, 0.9) if size > 2 else rng.uniform(0, 0.4)
        for source in made.sources:
            if source.subscribes and rng.random() < share:
                known = rng.random() < 0.9
                when = printed + rng.uniform(0, 10) * MINUTE
                copy = _seen(rng, source, when, number, wire=wire if known else "")
                copy.text = wire
                made.reports.append(copy)


def _flash(
    made: Fortnight, wire: str, at: float, printed: float, number: int, *, breaking: bool
) -> float:
    """Let an agency tell in its own feed what others print after it; when it did."""
    rng = made.flashes
    assert rng
    told = at + rng.uniform(0, 4) * MINUTE if breaking else printed
    word = WORDS[0] if rng.random() < (0.6 if breaking else 0.003) else ""
    seen = told + rng.uniform(0.02, 0.5) * MINUTE
    made.reports.append(Seen(wire, told, seen, number, wire, wire, word, wire))
    return told


def _drawn(
    rng: random.Random, sources: list[Source], weights: list[float], size: int
) -> list[Source]:
    """``size`` different sources, by weight (A-Res, Efraimidis and Spirakis 2006)."""
    keys = [(rng.random() ** (1 / weight), n) for n, weight in enumerate(weights)]
    chosen = [sources[n] for _, n in sorted(keys, reverse=True)[:size]]
    rng.shuffle(chosen)
    return chosen


def _seen(
    rng: random.Random,
    source: Source,
    published: float,
    number: int,
    *,
    wire: str = "",
    word: str = "",
) -> Seen:
    seen = published + rng.uniform(0.1, 5) * MINUTE
    return Seen(source.name, published, seen, number, wire, "", word, source.name)


def _dump(rng: random.Random, made: Fortnight, at: float, numbers: Iterator[int]) -> None:
    """A feed shows its archive: old reports on old events, and some on what runs today."""
    aggregates, dated = rng.random() < 1 / 3, rng.random() < 0.5
    feed = f"Dump at {at:.0f}"
    names = [each.name for each in rng.sample(made.sources, 15)]
    running = sorted({each.gold for each in made.reports if at - DAY < each.published < at})
    old = [next(numbers) for _ in range(12)]
    made.dumped.update(old)
    for _ in range(rng.randint(60, 300)):
        name = rng.choice(names) if aggregates else names[0]
        on = rng.choice(old) if rng.random() < 0.7 or not running else rng.choice(running)
        published = at - rng.uniform(1, 400) * DAY if dated else at
        made.reports.append(Seen(name, published, at, on, feed=feed, dump=True))


class Telling:
    """Words for the reports of one fortnight."""

    def __init__(self, seed: int) -> None:
        self._wire = Newswire(1_000, seed)
        self._random = np.random.default_rng(seed)
        self._topics = [self._wire.drawn(24) for _ in range(TOPICS)]
        self._events: dict[int, list[str]] = {}
        self._printed: dict[tuple[int, str], tuple[str, str]] = {}

    def arrival(self, number: int, event: int, at: float, wire: str) -> Arrival:
        """The ``number``\\ th report, on ``event``, seconds since 1970; ``wire``: whose text."""
        told = self._printed.get((event, wire)) if wire else None
        if told is None:
            words = self._words(event)
            length = int(self._random.integers(_SHORTEST, _LONGEST))
            told = (self._mixed(_TITLE, 0.6, words), self._mixed(length, 0.35, words))
            if wire:
                self._printed[event, wire] = told
        return Arrival(number, at, *told)

    def _words(self, event: int) -> list[str]:
        if event not in self._events:
            topic = self._topics[int(self._random.integers(TOPICS))]
            shared = self._random.choice(topic, _SHARED, replace=False).tolist()
            own = [f"{word}{event % 977}" for word in self._wire.drawn(3)]
            own += self._wire.drawn(_OWN - 3)
            self._events[event] = own + shared
        return self._events[event]

    def _mixed(self, count: int, share: float, words: list[str]) -> str:
        told = self._wire.common(count)
        for at in (self._random.random(count) < share).nonzero()[0].tolist():
            told[at] = words[int(self._random.integers(len(words)))]
        return " ".join(told)
