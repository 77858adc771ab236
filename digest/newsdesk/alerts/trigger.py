"""Whether a burst of sources on one story smells like breaking news, with the reason in words.

The rule only ever makes a candidate for the desk: an alert is an editor's word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SPAN = timedelta(minutes=30)
LEAST_SOURCES = 4
TIMES_USUAL = 3.0


@dataclass(frozen=True, slots=True)
class Report:
    """One outlet's article on the story, by the time it was published."""

    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Burst:
    """How many sources came within ``minutes``, against the ``usual`` for as long a time."""

    is_breaking: bool
    sources: int
    minutes: int
    usual: float
    reason: str


def burst(
    reports: Sequence[Report],
    *,
    now: datetime,
    usual: float = 1.0,
    span: timedelta = SPAN,
    least: int = LEAST_SOURCES,
    times: float = TIMES_USUAL,
) -> Burst:
    """Weigh the last ``span`` of a story's reports.

    ``usual`` is the number of sources a story of this newsroom usually gains in one span. A story
    that has been running fast for hours has a pace of its own, and that is what a burst must
    beat. Reports dated after ``now`` are left out: a wrong clock is not news.
    """
    recent = [report for report in reports if now - span <= report.at <= now]
    sources = {report.source for report in recent}
    pace = max(usual, _own_pace(reports, now - span, span), 1.0)
    first = min((report.at for report in recent), default=now)
    minutes = max(1, -(-int((now - first).total_seconds()) // 60))
    breaking = len(sources) >= max(least, times * pace)
    reason = (
        f"{len(sources)} {'source' if len(sources) == 1 else 'sources'} in "
        f"{minutes} {'minute' if minutes == 1 else 'minutes'}, usual pace {pace:.2g}"
    )
    return Burst(breaking, len(sources), minutes, pace, reason)


def _own_pace(reports: Sequence[Report], until: datetime, span: timedelta) -> float:
    """Distinct sources per span of the story's earlier life, counted span by span."""
    earlier = [report for report in reports if report.at < until]
    if not earlier:
        return 0.0
    spans: dict[int, set[str]] = {}
    for report in earlier:
        spans.setdefault(int((until - report.at) / span), set()).add(report.source)
    return sum(len(sources) for sources in spans.values()) / (max(spans) + 1)
