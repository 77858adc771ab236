"""When to look at a feed again: from its own rhythm, its server's wishes and its failures."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from statistics import median

SOONEST = timedelta(minutes=5)
LIVELY = timedelta(hours=1)
QUIET = timedelta(hours=12)
UNKNOWN = timedelta(minutes=30)
WISH_LIMIT = timedelta(hours=6)
LATEST = timedelta(days=1)
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Next:
    """The next look, and the interval it comes from, without jitter."""

    at: datetime
    interval: timedelta


def after_success(
    *,
    now: datetime,
    key: str,
    published: Iterable[datetime | None] = (),
    ttl_minutes: int | None = None,
    headers: Mapping[str, str] | None = None,
    every: timedelta | None = None,
    known: timedelta | None = None,
) -> Next:
    """The next look at a feed that answered.

    ``every`` is an editor's own interval and rules alone. Otherwise a third of the usual gap
    between ``published`` moments, so that news is found a sixth of a gap late on average, within
    five minutes and an hour (twelve for a feed that has fallen silent); never sooner than the
    wishes of RSS ``ttl`` and Cache-Control ``max-age`` (RFC 9111), heard up to six hours.
    ``known`` is the interval computed last, for an answer that showed no entries. ``key`` makes
    the jitter of up to a tenth, which spreads feeds that were added together.
    """
    if every is not None:
        interval = max(every, timedelta(minutes=1))
        return Next(_spread(now, interval, key), interval)
    interval = rhythm(published, now) or known or UNKNOWN
    wishes = [timedelta(minutes=min(ttl_minutes or 0, 10_000)), _max_age(headers or {})]
    interval = max(interval, min(max(wishes), WISH_LIMIT))
    return Next(_spread(now, interval, key), interval)


def after_failure(
    *,
    now: datetime,
    key: str,
    failures: int,
    headers: Mapping[str, str] | None = None,
    status: int | None = None,
    every: timedelta | None = None,
) -> Next:
    """The next look at a feed that failed ``failures`` times in a row (at least once).

    Doubles from five minutes, or the editor's interval, up to a day. Retry-After of a 429 or 503
    (RFC 9110, 10.2.3) is honoured up to a day.
    """
    base = max(every or SOONEST, timedelta(minutes=1))
    interval = min(base * 2 ** min(failures - 1, 12), LATEST)
    if status in {429, 503}:
        interval = max(interval, min(retry_after(headers or {}, now), LATEST))
    return Next(_spread(now, interval, key), interval)


def rhythm(published: Iterable[datetime | None], now: datetime) -> timedelta | None:
    """A third of the median gap between the latest twenty moments; None when there are none."""
    soon = now + timedelta(minutes=10)
    moments = sorted({each for each in published if each is not None and each <= soon})[-20:]
    if not moments:
        return None
    silence = max(now - moments[-1], timedelta(0))
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]
    gap = timedelta(seconds=median(gaps)) if gaps else silence
    if silence <= timedelta(days=7):
        return min(max(gap / 3, SOONEST), LIVELY)
    return min(max(silence / 100, LIVELY), QUIET)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How long a Retry-After header asks to wait, in seconds or until a date; zero without one."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return timedelta(seconds=min(int(value[:9]), 10**8))
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return timedelta(0)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment - now, timedelta(0))


def _max_age(headers: Mapping[str, str]) -> timedelta:
    found = _MAX_AGE.search(headers.get("cache-control", "").lower())
    return timedelta(seconds=int(found.group(1))) if found else timedelta(0)


def _spread(now: datetime, interval: timedelta, key: str) -> datetime:
    """Later by up to a tenth, the same for the same key: never sooner, servers hold us to it."""
    mark = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") / 2**32
    return now + interval * (1 + mark / 10)
