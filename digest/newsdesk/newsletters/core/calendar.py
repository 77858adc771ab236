"""When a newsletter is due: its slots and the windows between them, over every clock change.

A cadence is a local time on some weekdays in an IANA zone. A slot is the moment, in UTC, when
that local time comes; where the clocks jump over it, the first valid moment after; where they
pass it twice, the first. A date that a zone skipped whole (Apia, 30 December 2011) has no slot.
Holidays and pauses take dates out, and a moved edition has a date and time of its own; at most one
slot a date. An edition covers the window from the slot before it up to its own,
[start, end), so that every instant lies in exactly one window.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain
from zoneinfo import ZoneInfo

# How far a slot is looked for on either side: longer than any pause that may be written down.
_REACH = 800


@dataclass(frozen=True, slots=True)
class Exempt:
    """Local dates from ``first`` to ``last`` that do not follow the rhythm.

    ``at``: the time at which it goes on each of them, whatever weekday they are; None: it does
    not go.
    """

    first: date
    last: date
    at: time | None = None

    def holds(self, day: date) -> bool:
        """Whether it speaks of that date."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Cadence:
    """ISO weekdays such as ``"12345"``, a local time without a zone, and an IANA name.

    Of ``exempt`` dates the last one that speaks of a date counts. Raises ``ValueError`` with a
    remedy when a part cannot be used.
    """

    days: str
    local_time: time
    time_zone: str
    exempt: tuple[Exempt, ...] = ()

    def __post_init__(self) -> None:
        """Check what an editor typed."""
        if not self.days or set(self.days) - set("1234567"):
            raise ValueError(
                f"The days are {self.days!r}; write ISO weekdays, 1 for Monday to 7 for Sunday."
            )
        if self.local_time.tzinfo is not None:
            raise ValueError("The local time carries a zone of its own; give the zone apart.")
        zone(self.time_zone)

    def on(self, day: date) -> time | None:
        """The local time at which it goes on ``day``; None when it does not."""
        said = next((each for each in reversed(self.exempt) if each.holds(day)), None)
        if said is not None:
            return said.at
        return self.local_time if str(day.isoweekday()) in self.days else None


@dataclass(frozen=True, slots=True)
class CalendarSlot:
    """One due moment ``at`` in UTC, the local date it is for, and where its window starts."""

    local_date: date
    at: datetime
    window_start: datetime


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The zone called ``name``; raises ``ValueError`` with a remedy when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f"{name!r} is no time zone; write an IANA name such as Asia/Singapore."
        ) from None


def moment(day: date, at: time, in_zone: ZoneInfo) -> datetime:
    """The UTC moment when the clocks of ``in_zone`` first show ``at`` on ``day``, or pass it."""
    local = datetime.combine(day, at)
    first = local.replace(tzinfo=in_zone).astimezone(UTC)
    if first.astimezone(in_zone).replace(tzinfo=None) == local:
        return first
    return _end_of_gap(local, in_zone)


def next_slot(cadence: Cadence, after: datetime) -> CalendarSlot:
    """The first slot later than ``after``; its window is the one that holds ``after``.

    Raises ``ValueError`` when there is none within two years.
    """
    return next(slot for slot in _around(cadence, after) if slot.at > after)


def latest_slot(cadence: Cadence, at: datetime) -> CalendarSlot:
    """The last slot that is not later than ``at``."""
    before = next_slot(cadence, at).window_start
    return next(slot for slot in _around(cadence, before) if slot.at == before)


def slots(cadence: Cadence, after: datetime) -> Iterator[CalendarSlot]:
    """Every slot later than ``after``, in order, without end."""
    while True:
        slot = next_slot(cadence, after)
        yield slot
        after = slot.at


def _around(cadence: Cadence, at: datetime) -> Iterator[CalendarSlot]:
    """Slots from the last before ``at`` on, ascending, without end; see :data:`_REACH`."""
    in_zone = zone(cadence.time_zone)
    # The turn of the local date, and a gap at midnight, ask for a day or two more.
    today = at.astimezone(in_zone).date()
    past = (today - timedelta(days=back) for back in range(_REACH))
    earlier: list[tuple[date, datetime]] = []
    for day, due in _due(cadence, past, in_zone):
        earlier.append((day, due))
        if due < at and len(earlier) > 2:
            break
    coming = _due(cadence, (today + timedelta(days=on) for on in range(1, _REACH)), in_zone)
    before: datetime | None = None
    for day, due in chain(reversed(earlier), coming):
        if before is not None:
            yield CalendarSlot(day, due, before)
        before = due
    raise ValueError("It goes on no date within two years. Shorten its pause.")


def _due(
    cadence: Cadence, days: Iterable[date], in_zone: ZoneInfo
) -> Iterator[tuple[date, datetime]]:
    for day in days:
        due = cadence.on(day)
        if due is not None and _exists(day, in_zone):
            yield day, moment(day, due, in_zone)


def _exists(day: date, in_zone: ZoneInfo) -> bool:
    return moment(day, time.min, in_zone).astimezone(in_zone).date() == day


def _end_of_gap(local: datetime, in_zone: ZoneInfo) -> datetime:
    """The moment the clocks jump over ``local``, found by halving between the two readings."""
    readings = [local.replace(tzinfo=in_zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    early, late = min(readings), max(readings)
    while late - early > timedelta(microseconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(in_zone).replace(tzinfo=None) >= local:
            late = middle
        else:
            early = middle
    return late
