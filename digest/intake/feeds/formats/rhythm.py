"""How often a feed wants to be asked, in its own words: RSS 2.0 and the Syndication module."""

import re
from collections.abc import Mapping
from typing import Any

from digest.intake.feeds.formats.fields import text

_PERIODS = {"hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LIST = 4_000
_HOUR = re.compile(rb"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
_DAY = re.compile(rb"<day>\s*(\w{6,9})\s*</day>", re.IGNORECASE)


def ttl_minutes(feed: Mapping[str, Any]) -> int | None:
    """RSS's ``ttl``, at most a year."""
    value = text(feed.get("ttl"), 20)
    return min(int(value), 525_600) if value.isascii() and value.isdecimal() else None


def update_minutes(feed: Mapping[str, Any]) -> int | None:
    """``sy:updatePeriod`` over ``sy:updateFrequency``; the module's defaults: daily, once."""
    period = text(feed.get("sy_updateperiod"), 20).lower()
    often = text(feed.get("sy_updatefrequency"), 10)
    if not period and not often:
        return None
    times = int(often) if often.isascii() and often.isdecimal() else 1
    minutes = _PERIODS.get(period or "daily")
    return None if minutes is None else max(1, minutes // max(1, times))


def skip_hours(document: bytes) -> frozenset[int]:
    """The hours of RSS's ``skipHours``, of which feedparser keeps the last alone. 24 is 0."""
    hours = (int(hour) for hour in _HOUR.findall(_list(document, b"<skipHours")))
    return frozenset(hour % 24 for hour in hours if hour <= 24)


def skip_days(document: bytes) -> frozenset[int]:
    """The days of RSS's ``skipDays``; Monday is 0."""
    days = (day.decode().lower() for day in _DAY.findall(_list(document, b"<skipDays")))
    return frozenset(_DAYS.index(day) for day in days if day in _DAYS)


def _list(document: bytes, opening: bytes) -> bytes:
    start = document.find(opening)
    return document[start : start + _LIST].partition(b"</skip")[0] if start >= 0 else b""
