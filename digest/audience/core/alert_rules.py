"""Whether and when a reader gets an alert, by the rules they set (pure).

Quiet hours hold an alert, they never drop it. A day's limit does drop one, and the ledger says so.
Days and hours are those of the reader's own zone.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MOST_A_DAY = 20
# So long after a digest told a story, an alert on it says nothing new.
DIGEST_TOLD = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class AlertRules:
    """A reader's wishes. Without ``topics`` all; ``quiet`` is [from, until) in local time."""

    topics: frozenset[int] = frozenset()
    biggest_only: bool = False
    most_a_day: int | None = None
    quiet: tuple[time, time] | None = None


@dataclass(frozen=True, slots=True)
class AlertAim:
    """What decides whom an alert concerns: its story's topics, and whether it is of the biggest."""

    topics: frozenset[int] = frozenset()
    is_biggest: bool = False


@dataclass(frozen=True, slots=True)
class AlertVerdict:
    """``concerns`` the reader at all; over the day's limit; ``told_already`` by a digest; or else
    not before ``held_until``.
    """

    concerns: bool = True
    over_limit: bool = False
    told_already: bool = False
    held_until: datetime | None = field(default=None)


def judge(
    rules: AlertRules,
    aim: AlertAim,
    *,
    had_today: int,
    zone: str,
    now: datetime,
    digest_at: datetime | None = None,
) -> AlertVerdict:
    """What becomes of an alert for one reader, who has had ``had_today`` others.

    ``digest_at``: when a digest with its story went out to them last. One of the biggest goes all
    the same.
    """
    if not concerns(rules, aim):
        return AlertVerdict(concerns=False)
    if rules.most_a_day is not None and had_today >= rules.most_a_day:
        return AlertVerdict(over_limit=True)
    if not aim.is_biggest and digest_at is not None and digest_at > now - DIGEST_TOLD:
        return AlertVerdict(told_already=True)
    return AlertVerdict(held_until=quiet_until(rules.quiet, zone, now))


def concerns(rules: AlertRules, aim: AlertAim) -> bool:
    """Whether the reader asked for alerts such as this."""
    if rules.biggest_only and not aim.is_biggest:
        return False
    return not rules.topics or bool(rules.topics & aim.topics)


def quiet_until(quiet: tuple[time, time] | None, zone: str, now: datetime) -> datetime | None:
    """When the quiet hours end that ``now`` lies in; None outside of them.

    They may span midnight. An end that a clock change skips is passed by as much; of one that
    comes twice the later is meant: nobody is woken early.
    """
    if quiet is None:
        return None
    begins, ends = quiet
    local = now.astimezone(ZoneInfo(zone))
    clock = local.time().replace(tzinfo=None)
    inside = begins <= clock < ends if begins <= ends else clock >= begins or clock < ends
    if not inside:
        return None
    day = local.date() + timedelta(days=1 if clock >= ends else 0)
    return max(_moment(day, ends, zone, fold) for fold in (0, 1))


@cache
def is_zone(name: str) -> bool:
    """Whether this machine knows the zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def day_began(zone: str, now: datetime) -> datetime:
    """The midnight before ``now`` in a zone, in UTC; the earlier one where it comes twice."""
    day = now.astimezone(ZoneInfo(zone)).date()
    return min(_moment(day, time(), zone, fold) for fold in (0, 1))


def _moment(day: date, clock: time, zone: str, fold: int) -> datetime:
    naive = datetime.combine(day, clock)
    return naive.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)
