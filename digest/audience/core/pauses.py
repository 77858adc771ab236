"""How long a pause lasts: until a moment, or until its reader ends it (pure)."""

from datetime import UTC, datetime, timedelta

LONGEST_PAUSE = timedelta(days=366)
# A pause without a date. It compares like any other end, and nobody is shown it as one.
UNTIL_ENDED = datetime(9999, 1, 1, tzinfo=UTC)
# How a file says that.
OPEN = "open"


def is_open(until: datetime | None) -> bool:
    """Whether a pause that lasts until then has no date; None is what lists of before wrote."""
    return until is None or until >= UNTIL_ENDED


def bounded(until: datetime, now: datetime) -> datetime:
    """``until``, but no later than the longest pause with a date; one without stays without."""
    return until if is_open(until) else min(until, now + LONGEST_PAUSE)


def written(until: datetime | None) -> str:
    """The end of a pause as a file says it."""
    return OPEN if until is None or is_open(until) else until.isoformat()
