"""How much each source usually reports at an hour of the week, and how fast stories usually grow.

Learned from counts of the last weeks. With little history an hour leans on the hour of the day,
that on the source's mean, and a source never seen on the newsroom's mean, by so many weeks of
prior belief (a Gamma prior on a Poisson rate).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

HOURS = 168
SPAN_MINUTES = 30
"""Growth of stories is counted in spans of so many minutes."""

_PRIOR_WEEKS = 1.5
_PRIOR_SPANS = 40.0
_PRIOR_TITLES = 20.0
_USUAL_SHOUTING = 0.01
_NO_HISTORY = 1.0


def hour_of_week(at: datetime) -> int:
    """0 for Monday 00:00 to 01:00 in the moment's own zone, 167 for Sunday's last hour."""
    return at.weekday() * 24 + at.hour


@dataclass(frozen=True, slots=True)
class SourceRate:
    """A source's reports by hour of the week, in all, over ``weeks``; and how it shouts.

    ``shouts`` is the share of its titles that are labelled urgent, 0 to 1.
    """

    per_hour: tuple[float, ...]
    shouts: float = _USUAL_SHOUTING


@dataclass(frozen=True, slots=True)
class ReportingRates:
    """What is usual in this newsroom. Rates are per hour; ``gains`` are sources per span."""

    sources: Mapping[str, SourceRate] = field(default_factory=dict)
    total: tuple[float, ...] = (0.0,) * HOURS
    gains: tuple[float, ...] = (_NO_HISTORY,) * HOURS
    weeks: float = 0.0

    def of(self, source: str, at: datetime) -> float:
        """Reports an hour that ``source`` usually makes at ``at``; the mean of all if unknown."""
        known = self.sources.get(source)
        if known is not None:
            return known.per_hour[hour_of_week(at)]
        return self.total[hour_of_week(at)] / max(len(self.sources), 1)

    def mean_of(self, source: str) -> float:
        """Reports an hour that ``source`` makes over the whole week."""
        known = self.sources.get(source)
        if known is not None:
            return sum(known.per_hour) / HOURS
        return sum(self.total) / HOURS / max(len(self.sources), 1)

    def shouts(self, source: str) -> float:
        """Share of the source's titles that are labelled urgent."""
        known = self.sources.get(source)
        return known.shouts if known is not None else _USUAL_SHOUTING

    def usual(self, at: datetime) -> float:
        """Sources that a story usually gains in a span in which it gains any, at ``at``."""
        return self.gains[hour_of_week(at)]

    def activity(self, reports: int, at: datetime, hours: float) -> float:
        """How busy the last ``hours`` were with ``reports``, against the usual; 1 at the least.

        Two days of history must stand behind it: before, no day is known to be busy.
        """
        expected = self.total[hour_of_week(at)] * hours
        if self.weeks < 2 / 7 or expected < 1:
            return 1.0
        return max(1.0, reports / expected)


def learn(
    counts: Mapping[str, Mapping[int, int]],
    gained: Iterable[tuple[int, int, int]],
    shouted: Mapping[str, tuple[int, int]],
    *,
    weeks: float,
) -> ReportingRates:
    """Paces from counts over the last ``weeks``.

    ``counts``: reports of each source by hour of the week. ``gained``: (hour of the week, sources
    that stories gained there, spans in which stories gained any). ``shouted``: labelled titles and
    all titles of each source.
    """
    if weeks <= 0 or not counts:
        return ReportingRates()
    sources = {
        source: SourceRate(_smooth(hours, weeks), _shouting(*shouted.get(source, (0, 0))))
        for source, hours in counts.items()
    }
    total = tuple(sum(each.per_hour[hour] for each in sources.values()) for hour in range(HOURS))
    return ReportingRates(sources, total, _gains(gained), weeks)


def _smooth(hours: Mapping[int, int], weeks: float) -> tuple[float, ...]:
    """Rates by hour of the week, each leaning on its hour of the day, that on the mean."""
    mean = sum(hours.values()) / (HOURS * weeks)
    by_day = [0] * 24
    for hour, count in hours.items():
        by_day[hour % 24] += count
    # An hour of the day is seen seven times a week.
    daily = [(count + mean * _PRIOR_WEEKS) / (7 * weeks + _PRIOR_WEEKS) for count in by_day]
    return tuple(
        (hours.get(hour, 0) + daily[hour % 24] * _PRIOR_WEEKS) / (weeks + _PRIOR_WEEKS)
        for hour in range(HOURS)
    )


def _gains(gained: Iterable[tuple[int, int, int]]) -> tuple[float, ...]:
    sources, spans = [0] * HOURS, [0] * HOURS
    for hour, number, among in gained:
        sources[hour] += number
        spans[hour] += among
    mean = (sum(sources) + _PRIOR_SPANS * _NO_HISTORY) / (sum(spans) + _PRIOR_SPANS)
    return tuple(
        (number + _PRIOR_SPANS * mean) / (among + _PRIOR_SPANS)
        for number, among in zip(sources, spans, strict=True)
    )


def _shouting(labelled: int, titles: int) -> float:
    return (labelled + _PRIOR_TITLES * _USUAL_SHOUTING) / (titles + _PRIOR_TITLES)
