"""How many mails a reader gets on one of their days: what fits goes, what does not waits (pure).

What readers chose with its hour (newsletters, their own digest, alerts) counts and is never put
off. What the newsroom sends beside it takes the room that is left, in the order in which it was
due first, or moves to the reader's next day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Longer than this nothing is put off: a day that is always full has no room for it.
PATIENCE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class WaitingNote:
    """A note that is due now, to one reader; ``first_due_at`` is before it was put off."""

    note_id: int
    reader_id: int
    first_due_at: datetime


@dataclass(frozen=True, slots=True)
class ReaderDay:
    """A reader's zone, and how many mails their day holds: those they had and those to come."""

    time_zone: str
    holds: int


@dataclass(frozen=True, slots=True)
class SharedOut:
    """Which notes go now, which are put off until when, and which there was never room for."""

    go: tuple[int, ...]
    later: tuple[tuple[int, datetime], ...]
    given_up: tuple[int, ...]


def share_out(
    waiting: Iterable[WaitingNote], days: Mapping[int, ReaderDay], *, most: int, now: datetime
) -> SharedOut:
    """Each of ``waiting`` once; nobody's day gets more than ``most`` by what goes."""
    go: list[int] = []
    later: list[tuple[int, datetime]] = []
    given_up: list[int] = []
    taken: dict[int, int] = {}
    for each in sorted(waiting, key=lambda one: (one.first_due_at, one.note_id)):
        day = days[each.reader_id]
        holds = day.holds + taken.get(each.reader_id, 0)
        if holds < most:
            taken[each.reader_id] = taken.get(each.reader_id, 0) + 1
            go.append(each.note_id)
        elif now - each.first_due_at >= PATIENCE:
            given_up.append(each.note_id)
        else:
            later.append((each.note_id, next_day(now, day.time_zone, each.first_due_at)))
    return SharedOut(tuple(go), tuple(later), tuple(given_up))


def day_of(now: datetime, time_zone: str) -> tuple[datetime, datetime]:
    """When the reader's day began and when it ends, in UTC."""
    zone = ZoneInfo(time_zone)
    day = now.astimezone(zone).date()
    return _moment(day, time(), zone), _moment(day + timedelta(days=1), time(), zone)


def next_day(now: datetime, time_zone: str, like: datetime) -> datetime:
    """The reader's next day, at the hour that ``like`` has there."""
    zone = ZoneInfo(time_zone)
    day = now.astimezone(zone).date() + timedelta(days=1)
    return _moment(day, like.astimezone(zone).time(), zone)


def in_days(begin: datetime, days: int, at: time, time_zone: str) -> datetime:
    """The first ``at`` of the reader's clock that is ``days`` or more days after ``begin``."""
    zone = ZoneInfo(time_zone)
    day = begin.astimezone(zone).date() + timedelta(days=days)
    due = _moment(day, at, zone)
    return due if due >= begin else _moment(day + timedelta(days=1), at, zone)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at.replace(fold=0), tzinfo=zone).astimezone(UTC)
