"""How well breaking news is noticed on simulated fortnights, by the service's own clusterer.

``python -m tests.bench.burst --json`` prints ``recall, false_alarms_per_day, median_minutes`` (from
the first report's publication to the candidate, polling included), ``floor_minutes`` (the same to
the moment at which as many independent sources as the rule asks for had been seen, whatever the
score and whoever groups them: five, two where one that rarely shouts says so),
``floor_of_voices_minutes`` (five, whoever says what), ``archive_dump_alarms`` and ``joined_alarms``
(stories of two events or more), the worst seed's recall and false alarms, and the microseconds of
CPU an article takes. An event counts as found when a candidate of any level is raised on it within
three hours of its first report. A candidate is on the event that most of the story's reports of the
last 45 minutes are on: those raised it, and the newest of them is what an editor is shown. A false
alarm is a candidate on any other, one per event; dumps and false joins are counted among them and
apart. ``--curve`` adds what recall and false alarms would be with all that the first level asks for
at so many times what it is, which gives recall at equal false alarms; ``--wires`` plays the
fortnights with agencies that have feeds of their own, polled every thirty seconds.

The fortnight is described in ``fortnight.py``. Each seed begins
without any history: paces are learned once a simulated day from what was seen until then.
Thresholds were chosen on seeds 1 to 4; the default seeds are others.
"""

import argparse
import json
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime

from digest.newsdesk.stories.breaking.burst import (
    LOOKED_AT,
    RARELY,
    BurstReport,
    Thresholds,
    burst,
)
from digest.newsdesk.stories.breaking.reporting_rates import (
    SPAN_MINUTES,
    ReportingRates,
    hour_of_week,
    learn,
)
from digest.newsdesk.stories.clustering.cluster import Clusterer
from tests.bench.fortnight import DAY, DAYS, HOUR, START, Fortnight, Seen, Telling, fortnight

HELD_OUT = (101, 102, 103, 104, 105, 106)
FOUND_WITHIN = 3 * HOUR
MEMORY = 6 * HOUR
LEAST_REACH = 0.5
ACTIVITY_HOURS = 3.0


@dataclass(slots=True)
class Outcome:
    """What one seed gave."""

    planted: int = 0
    delays: list[float] = field(default_factory=list)
    floor: dict[int, float] = field(default_factory=dict)
    floor_of_voices: dict[int, float] = field(default_factory=dict)
    found: set[int] = field(default_factory=set)
    false: set[int] = field(default_factory=set)
    peaks: dict[int, float] = field(default_factory=dict)
    false_peaks: dict[int, float] = field(default_factory=dict)
    dumps: int = 0
    joined: int = 0
    articles: int = 0
    cpu: float = 0.0


class Desk:
    """Plays a fortnight report by report, as the live step sees it."""

    def __init__(self, news: Fortnight, thresholds: Thresholds, seed: int = 0) -> None:
        self.news = news
        self.thresholds = thresholds
        self.paces = ReportingRates()
        self.outcome = Outcome(planted=len(news.planted))
        self._clusterer = Clusterer()
        self._telling = Telling(seed)
        self._label: dict[int, int] = {}
        self._told: dict[int, tuple[Seen, BurstReport]] = {}
        self._stories: dict[int, dict[int, None]] = defaultdict(dict)
        self._originals: dict[tuple[int, str], int] = {}
        self._voices: dict[int, set[str]] = defaultdict(set)
        self._shouting: dict[int, set[str]] = defaultdict(set)
        self._counts: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self._shouted: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self._spans: dict[tuple[int, int], set[str]] = defaultdict(set)
        self._lately: list[float] = []
        self._feeds: dict[tuple[str, int], int] = defaultdict(int)
        self._raised: dict[int, int] = {}

    def play(self) -> Outcome:
        learn_at = START + DAY
        for each in self.news.reports:
            if each.dump:
                self._feeds[each.feed, int(each.seen // 900)] += 1
        for number, each in enumerate(self.news.reports):
            if each.seen >= learn_at:
                self._learn(each.seen)
                learn_at += DAY
            self._arrive(number, each)
        return self.outcome

    def _arrive(self, number: int, each: Seen) -> None:
        self._floor(each)
        origin, moved = self._placed(number, each)
        began = time.process_time()
        quarter = (each.feed, int(each.seen // 900))
        if not each.dump:
            self._feeds[quarter] += 1
        report = BurstReport(
            source=each.source,
            voice=each.wire or each.source,
            at=_moment(each.published),
            origin=origin,
            together=self._feeds[quarter],
            urgent=each.word,
        )
        self._told[number] = (each, report)
        story = self._label[number]
        self._stories[story][number] = None
        self._count(each, story)
        fresh = each.published >= each.seen - LOOKED_AT.total_seconds()
        for changed in sorted({story} | moved if fresh else moved):
            self._check(changed, each.seen)
        self.outcome.articles += 1
        self.outcome.cpu += time.process_time() - began

    def _placed(self, number: int, each: Seen) -> tuple[int, set[int]]:
        """The report's story on arrival, and the stories that a repair gave reports to."""
        clusterer = self._clusterer
        original = self._originals.get((each.gold, each.wire), -1) if each.wire else -1
        if original in self._label:
            # A known copy goes where its original is, without a look at its words.
            clusterer.skip_to(clusterer.counted + 1)
            self._label[number] = self._label[original]
            return self._label[number], set()
        if each.wire:
            self._originals[each.gold, each.wire] = number
        told = self._telling.arrival(number, each.gold, each.published, each.text or each.wire)
        placed = clusterer.arrive(told)
        self._label[number] = placed.story
        gained: set[int] = set()
        for moved in clusterer.repair() if clusterer.repair_due() else ():
            self._label[moved.article] = moved.after
            if moved.article in self._told:
                self._stories[moved.before].pop(moved.article, None)
                self._stories[moved.after][moved.article] = None
                self._raised.setdefault(moved.after, self._raised.get(moved.before, 0))
                gained.add(moved.after)
        return placed.story, gained

    def _floor(self, each: Seen) -> None:
        """Note when an event had been told by as many as the first level asks for."""
        planted = self.news.planted.get(each.gold)
        if planted is None or each.gold in self.outcome.floor_of_voices:
            return
        voices, shouting = self._voices[each.gold], self._shouting[each.gold]
        voice = each.wire or each.source
        voices.add(voice)
        if each.word and self.paces.shouts(each.source) <= RARELY:
            shouting.add(voice)
        limits = self.thresholds
        enough = len(voices) >= limits.voices[0]
        told = bool(shouting) and len(voices) >= limits.told
        if enough or told:
            self.outcome.floor.setdefault(each.gold, each.seen - planted)
        if enough:
            self.outcome.floor_of_voices[each.gold] = each.seen - planted

    def _check(self, story: int, now: float) -> None:
        horizon = now - MEMORY
        members = [self._told[n] for n in self._stories[story]]
        lately = [member for member in members if member[0].published >= horizon]
        activity = self.paces.activity(self._last_hours(now), _moment(now), ACTIVITY_HOURS)
        found = burst(
            [report for _, report in lately],
            now=_moment(now),
            paces=self.paces,
            activity=activity,
            thresholds=self.thresholds,
        )
        if found.reach >= LEAST_REACH:
            self._peak(story, found.reach, now)
        if found.level > self._raised.get(story, 0):
            self._raise(story, found.level, now)

    def _gold(self, story: int, now: float) -> tuple[int, list[int]]:
        """The event that most of a story's latest reports are on, and of each report its event.

        What was told in the last 45 minutes is what a candidate is raised on, and shows.
        """
        told = [self._told[n][0] for n in self._stories[story]]
        horizon = now - LOOKED_AT.total_seconds()
        lately = [each.gold for each in told if horizon <= each.published <= now]
        golds = [each.gold for each in told]
        return max(sorted(set(lately or golds)), key=(lately or golds).count), golds

    def _peak(self, story: int, reach: float, now: float) -> None:
        """Keep how high an event's score rose in time, as a share of what is asked."""
        gold, _ = self._gold(story, now)
        at = self.news.planted.get(gold)
        if at is None or now - at <= FOUND_WITHIN:
            peaks = self.outcome.false_peaks if at is None else self.outcome.peaks
            peaks[gold] = max(reach, peaks.get(gold, 0.0))

    def _raise(self, story: int, level: int, now: float) -> None:
        first = not self._raised.get(story)
        self._raised[story] = level
        if not first:
            return
        gold, golds = self._gold(story, now)
        if gold in self.news.planted:
            delay = now - self.news.planted[gold]
            if delay <= FOUND_WITHIN and gold not in self.outcome.found:
                self.outcome.found.add(gold)
                self.outcome.delays.append(delay)
            return
        self.outcome.false.add(gold)
        dumped = sum(self._told[n][0].dump for n in self._stories[story])
        self.outcome.dumps += dumped * 2 >= len(golds)
        self.outcome.joined += golds.count(gold) < 0.8 * len(golds)

    def _count(self, each: Seen, story: int) -> None:
        moment = _moment(each.published)
        if each.published < each.seen - DAY or self._feeds[each.feed, int(each.seen // 900)] > 60:
            return
        self._counts[each.source][hour_of_week(moment)] += 1
        shouted = self._shouted[each.source]
        shouted[0] += bool(each.word)
        shouted[1] += 1
        span = int(each.published // (SPAN_MINUTES * 60))
        self._spans[story, span].add(each.wire or each.source)
        self._lately.append(each.seen)

    def _last_hours(self, now: float) -> int:
        horizon = now - ACTIVITY_HOURS * HOUR
        if len(self._lately) > 5_000:
            self._lately = [at for at in self._lately if at >= horizon]
        low, high = 0, len(self._lately)
        while low < high:
            middle = (low + high) // 2
            if self._lately[middle] < horizon:
                low = middle + 1
            else:
                high = middle
        return len(self._lately) - low

    def _learn(self, now: float) -> None:
        gained = []
        for (_, span), voices in self._spans.items():
            hour = hour_of_week(_moment(span * SPAN_MINUTES * 60))
            gained.append((hour, len(voices), 1))
        shouted = {source: (two[0], two[1]) for source, two in self._shouted.items()}
        self.paces = learn(self._counts, gained, shouted, weeks=(now - START) / DAY / 7)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def main() -> int:
    """Play the seeds and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(HELD_OUT))
    parser.add_argument("--curve", action="store_true", help="add recall by false alarms")
    parser.add_argument("--wires", action="store_true", help="agencies polled every 30 s")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    outcomes = [
        Desk(fortnight(seed, wires=given.wires), Thresholds(), seed).play() for seed in given.seeds
    ]
    found = figures(outcomes)
    if given.curve:
        found["curve"] = curve(outcomes)
    print(json.dumps(found) if given.json else found)
    return 0 if found["archive_dump_alarms"] == 0 else 1


def figures(outcomes: list[Outcome]) -> dict[str, object]:
    """The figures over all seeds."""
    delays = [delay / 60 for each in outcomes for delay in each.delays]
    floor, of_voices = (
        [delay / 60 for each in floors for delay in each.values()]
        for floors in (
            [each.floor for each in outcomes],
            [each.floor_of_voices for each in outcomes],
        )
    )
    return {
        "recall": round(len(delays) / sum(each.planted for each in outcomes), 3),
        "false_alarms_per_day": round(
            sum(len(each.false) for each in outcomes) / DAYS / len(outcomes), 2
        ),
        "median_minutes": round(statistics.median(delays), 1) if delays else None,
        "floor_minutes": round(statistics.median(floor), 1) if floor else None,
        "floor_of_voices_minutes": round(statistics.median(of_voices), 1) if of_voices else None,
        "p90_minutes": round(statistics.quantiles(delays, n=10)[8], 1) if delays[1:] else None,
        "archive_dump_alarms": sum(each.dumps for each in outcomes),
        "joined_alarms": sum(each.joined for each in outcomes),
        "worst_recall": round(min(len(each.delays) / each.planted for each in outcomes), 3),
        "worst_false_alarms_per_day": round(max(len(each.false) for each in outcomes) / DAYS, 2),
        "seeds": len(outcomes),
        "articles": sum(each.articles for each in outcomes),
        "us_per_article": round(
            sum(each.cpu for each in outcomes) / sum(each.articles for each in outcomes) * 1e6
        ),
    }


def curve(outcomes: list[Outcome]) -> list[tuple[float, float, float]]:
    """Times what is asked for now, recall and false alarms a day."""
    planted = sum(each.planted for each in outcomes)
    days = DAYS * len(outcomes)
    found = [reach for each in outcomes for reach in each.peaks.values()]
    false = [reach for each in outcomes for reach in each.false_peaks.values()]
    return [
        (
            bar,
            round(sum(reach >= bar for reach in found) / planted, 3),
            round(sum(reach >= bar for reach in false) / days, 2),
        )
        for bar in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.7, 2.0)
    ]


if __name__ == "__main__":
    sys.exit(main())
