"""When a personal digest is due, and the window it covers.

Moments are UTC; a rhythm is local. A local time that a clock change skips is due as much later
as the clock jumped, one that comes twice is due the first time (RFC 5545, section 3.3.5). A
date that a zone skipped altogether (Apia, 30 December 2011) has no slot.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

# A reader who was away, or a service that was down, gets one digest of at most this much.
LONGEST_WINDOW = timedelta(days=14)
# How many overtaken slots are written down after a long outage.
MISSED_KEPT = 14

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ScheduleRule:
    """A schedule's wish: ISO weekdays, local time, IANA zone."""

    weekdays: frozenset[int]
    local_time: time
    time_zone: str


@dataclass(frozen=True, slots=True)
class DueSlot:
    """One due moment, with the local date that names it."""

    local_date: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Opening:
    """What to open: one slot with its window, the older ones it overtakes, and what comes next."""

    due: DueSlot | None
    window_start: datetime
    window_end: datetime
    missed: tuple[DueSlot, ...]
    next_due: DueSlot


@lru_cache(maxsize=4096)
def rhythm(frequency: str, days: str, local_time: time, time_zone: str) -> ScheduleRule:
    """The rhythm of a schedule's columns; ``days`` counts for a weekly one alone."""
    chosen = {"daily": "1234567", "weekdays": "12345"}.get(frequency, days)
    weekdays = frozenset(int(day) for day in chosen if day in "1234567")
    return ScheduleRule(weekdays or frozenset({1}), local_time, time_zone)


def next_due(wish: ScheduleRule, after: datetime, *, later_than: date | None = None) -> DueSlot:
    """The first due moment after ``after``, on a local date later than ``later_than``."""
    return next(
        due for due in _dues(wish, after) if later_than is None or due.local_date > later_than
    )


@lru_cache(maxsize=4096)
def first_due(wish: ScheduleRule, now: datetime) -> datetime:
    """The first due moment of somebody who never had one: many join with the same wish."""
    return next_due(wish, now).at


def opening(
    wish: ScheduleRule,
    *,
    due_at: datetime,
    last_window_end: datetime | None,
    last_date: date | None,
    now: datetime,
) -> Opening:
    """What a schedule due since ``due_at`` opens at ``now``.

    The row's own ``due_at`` counts as a slot even when the rhythm no longer names it. After an
    outage only the latest slot opens: its window reaches back to ``last_window_end``, so that
    nothing falls between. A local date up to ``last_date`` had its slot and gets no second one
    (``due`` is None then).
    """
    zone = ZoneInfo(wish.time_zone)
    first = DueSlot(due_at.astimezone(zone).date(), due_at.astimezone(UTC))
    later = list(takewhile(lambda due: due.at <= now, _dues(wish, due_at)))
    passed = [due for due in (first, *later) if last_date is None or due.local_date > last_date]
    latest = passed[-1] if passed else None
    end = latest.at if latest else due_at
    start = max(last_window_end or previous_due(wish, end), end - LONGEST_WINDOW)
    if latest and start >= end:
        # The reader moved the hour to before what the last digest already covered.
        latest = None
    done = max(filter(None, (last_date, latest.local_date if latest else None)), default=None)
    return Opening(
        due=latest,
        window_start=start,
        window_end=end,
        missed=tuple(passed[:-1])[-MISSED_KEPT:],
        next_due=next_due(wish, max(now, due_at), later_than=done),
    )


@lru_cache(maxsize=4096)
def previous_due(wish: ScheduleRule, before: datetime) -> datetime:
    """The last due moment before ``before``: where a new reader's first window starts."""
    earlier = takewhile(lambda due: due.at < before, _dues(wish, before - timedelta(days=9)))
    return max((due.at for due in earlier), default=before - _DAY)


def _dues(wish: ScheduleRule, after: datetime) -> Iterator[DueSlot]:
    """Every due moment after ``after``, in order."""
    zone = ZoneInfo(wish.time_zone)
    day = after.astimezone(zone).date() - _DAY
    latest = after
    while True:
        if day.isoweekday() in wish.weekdays:
            at = _moment(day, wish.local_time, zone)
            skipped = _moment(day + _DAY, wish.local_time, zone) <= at
            if at > latest and not skipped:
                latest = at
                yield DueSlot(day, at)
        day += _DAY


def upcoming(wish: ScheduleRule, after: datetime, count: int) -> tuple[DueSlot, ...]:
    """The next ``count`` due moments."""
    return tuple(islice(_dues(wish, after), count))


def _moment(day: date, local_time: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, local_time.replace(fold=0), tzinfo=zone).astimezone(UTC)
