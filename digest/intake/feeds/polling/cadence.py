"""When to look at a feed again: from its own rhythm, its server's wishes and its failures."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Any

SOONEST = timedelta(minutes=1)
LIVELY = timedelta(hours=1)
QUIET = timedelta(hours=12)
UNKNOWN = timedelta(minutes=30)
WISH_LIMIT = timedelta(hours=6)
FIRST_RETRY = timedelta(minutes=5)
LATEST = timedelta(days=1)
# A feed that was first with breaking news is looked at so often for so long after.
SWIFT, SWIFT_AT_MOST = timedelta(seconds=30), timedelta(seconds=60)
SWIFT_FOR = timedelta(days=30)
# News is found a sixth of a gap late on average.
LOOKS_A_GAP = 3
_LEARNING = 0.15
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Next:
    """The next look, and the interval it comes from, without jitter."""

    at: datetime
    interval: timedelta


@dataclass(frozen=True, slots=True)
class ObservedRhythm:
    """What was observed of a feed: the usual gap between two items, and its latest one."""

    gap: timedelta | None = None
    newest_at: datetime | None = None

    def heard(
        self, moments: Iterable[datetime | None], now: datetime, *, new: int = 1
    ) -> "ObservedRhythm":
        """The rhythm after a document in which ``new`` articles were new, dated ``moments``.

        The first document's last twenty gaps give the median; after that every gap moves the
        usual one by a seventh, and none counts for more than three of it: a night's silence is
        no new habit. Dates in the future are left out; articles without any date appeared now.
        """
        if not new:
            return self
        soon = now + timedelta(minutes=10)
        dated = sorted({each for each in moments if each is not None and each <= soon})[-20:]
        if self.newest_at is None:
            gaps = [later - earlier for earlier, later in pairwise(dated)]
            if not dated:
                return self._at(now)
            return ObservedRhythm(sorted(gaps)[len(gaps) // 2] if gaps else None, dated[-1])
        fresh = [each for each in dated if each > self.newest_at]
        if not fresh:
            return self if dated else self._at(now)
        gap = self.gap
        for earlier, later in pairwise([self.newest_at, *fresh]):
            seen = later - earlier
            gap = seen if gap is None else gap + (min(seen, 3 * gap) - gap) * _LEARNING
        return ObservedRhythm(gap, fresh[-1])

    def _at(self, now: datetime) -> "ObservedRhythm":
        return ObservedRhythm(self.gap, now)

    def interval(self, now: datetime) -> timedelta | None:
        """A third of the usual gap, and longer while the feed is silent; None if it is unknown.

        Up to an hour where there is something every day, since looking costs next to nothing;
        a twenty-fourth of the gap for rarer feeds, twelve hours for those that fell silent.
        """
        if self.newest_at is None:
            return None
        silence = max(now - self.newest_at, timedelta(0))
        gap = max(self.gap if self.gap is not None else silence, timedelta(0))
        usual = min(gap / LOOKS_A_GAP, max(LIVELY, gap / 24))
        return min(max(usual, silence / 48, SOONEST), QUIET)


@dataclass(frozen=True, slots=True)
class FeedHints:
    """What a feed's own text asks of its readers.

    ``ttl_minutes`` and the hours (GMT, 0 to 23) and days (Monday is 0) to skip are RSS 2.0's,
    ``update_minutes`` comes from sy:updatePeriod and sy:updateFrequency.
    """

    ttl_minutes: int = 0
    update_minutes: int = 0
    skip_hours: frozenset[int] = field(default=frozenset())
    skip_days: frozenset[int] = field(default=frozenset())

    def to_document(self) -> dict[str, Any]:
        """As JSON-ready values; what is not asked for is left out."""
        document = {
            "ttl": self.ttl_minutes,
            "update": self.update_minutes,
            "skip_hours": sorted(self.skip_hours),
            "skip_days": sorted(self.skip_days),
        }
        return {name: value for name, value in document.items() if value}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "FeedHints":
        """What :meth:`to_document` wrote."""
        return cls(
            document.get("ttl", 0),
            document.get("update", 0),
            frozenset(document.get("skip_hours", ())),
            frozenset(document.get("skip_days", ())),
        )

    def interval(self) -> timedelta:
        """The longer of the two intervals asked for, at most a week's minutes; zero if none is."""
        return timedelta(minutes=max(0, min(max(self.ttl_minutes, self.update_minutes), 10_080)))

    def after_skips(self, at: datetime) -> datetime:
        """The first moment from ``at`` on that is not to be skipped; ``at`` if all of them are."""
        if not self.skip_hours and not self.skip_days:
            return at
        moment = at.astimezone(UTC)
        for _ in range(24 * 8):
            if moment.weekday() not in self.skip_days and moment.hour not in self.skip_hours:
                return moment
            moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return at


NO_WISHES = FeedHints()


def after_success(
    *,
    now: datetime,
    key: str,
    rhythm: ObservedRhythm = ObservedRhythm(),
    wishes: FeedHints = NO_WISHES,
    headers: Mapping[str, str] | None = None,
    every: timedelta | None = None,
    broke_news_at: datetime | None = None,
) -> Next:
    """The next look at a feed that answered.

    ``every`` is an editor's own interval and rules alone. Otherwise the ``rhythm`` decides,
    between a minute and twelve hours, or half a minute and a minute for a feed that
    :func:`is_swift`; never sooner than ``wishes`` and the freshness that Cache-Control or Expires
    in ``headers`` claim (RFC 9111, 4.2), heard up to six hours. ``key`` makes the jitter of up to
    a tenth, which spreads feeds that were added together.
    """
    if every is not None:
        interval = max(every, SOONEST)
        return Next(_spread(now, interval, key), interval)
    interval = rhythm.interval(now) or UNKNOWN
    if is_swift(broke_news_at, rhythm, headers or {}, now):
        interval = min(max(interval / 4, SWIFT), SWIFT_AT_MOST)
    wished = max(wishes.interval(), freshness(headers or {}, now))
    interval = max(interval, min(wished, WISH_LIMIT))
    return Next(wishes.after_skips(_spread(now, interval, key)), interval)


def is_swift(
    broke_news_at: datetime | None,
    rhythm: ObservedRhythm,
    headers: Mapping[str, str],
    now: datetime,
) -> bool:
    """Whether a feed is worth a look every half a minute, and can be asked for so little.

    It was first with breaking news in the last thirty days, has not fallen silent since, and its
    answers have a validator, so that a look in vain costs its server next to nothing.
    """
    if broke_news_at is None or now - broke_news_at > SWIFT_FOR or rhythm.newest_at is None:
        return False
    awake = now - rhythm.newest_at <= max(3 * (rhythm.gap or timedelta(0)), timedelta(days=1))
    return awake and ("etag" in headers or "last-modified" in headers)


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
    base = max(every or FIRST_RETRY, SOONEST)
    interval = min(base * 2 ** min(failures - 1, 12), LATEST)
    if status in {429, 503}:
        interval = max(interval, min(retry_after(headers or {}, now), LATEST))
    return Next(_spread(now, interval, key), interval)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How long a Retry-After header asks to wait, in seconds or until a date; zero without one."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return timedelta(seconds=min(int(value[:9]), 10**8))
    moment = _date(value)
    return max(moment - now, timedelta(0)) if moment else timedelta(0)


def freshness(headers: Mapping[str, str], now: datetime) -> timedelta:
    """For how long the answer claims to stay fresh: max-age less Age, or else Expires."""
    found = _MAX_AGE.search(headers.get("cache-control", "").lower())
    if found:
        age = headers.get("age", "").strip()
        spent = int(age[:9]) if age.isascii() and age.isdecimal() else 0
        return timedelta(seconds=max(0, int(found.group(1)) - spent))
    until = _date(headers["expires"].strip()) if "expires" in headers else None
    since = _date(headers.get("date", "").strip()) or now
    return max(until - since, timedelta(0)) if until else timedelta(0)


def _date(value: str) -> datetime | None:
    """An HTTP date, or None."""
    try:
        moment = parsedate_to_datetime(value[:100])
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _spread(now: datetime, interval: timedelta, key: str) -> datetime:
    """Later by up to a tenth, the same for the same key: never sooner, servers hold us to it."""
    mark = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") / 2**32
    return now + interval * (1 + mark / 10)
