"""Moments as feeds write them, and as feedparser misreads them.

feedparser reads RFC 822, RFC 3339 and their common misspellings. What it passes over, or takes for
something else (``2026/11/23`` for the first of November, ``CEST`` for no zone at all), is read
here: basic ISO 8601, numbers since 1970, dates with slashes, dots and in Chinese, Japanese and
Korean order, month names of a dozen languages, clocks of twelve hours.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from feedparser.datetimes import _parse_date

_ISO = re.compile(r"^\d{8}T\d{4,6}|^\d{4}-?W\d{2}")
_EPOCH = re.compile(r"^(\d{10})(?:\d{3})?$")
_TIME = re.compile(
    r"\b(\d{1,2})[:h.](\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?(?:\s*([ap])\.?m\b\.?)?", re.IGNORECASE
)
_OFFSET = re.compile(r"(?:\b(?:GMT|UTC)|[\s\d:])\s?([+-])(\d{2}):?(\d{2})\s*$")
_YEAR_FIRST = re.compile(r"\b(\d{4})\s?[/.年년]\s?(\d{1,2})\s?[/.月월]\s?(\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([/.])(\d{1,2})\2(\d{4})\b")
_DAY_NAMED = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|\.)?[\s-]+(?:de\s+)?([^\W\d_]{3,12})\.?,?[\s-]+(?:de\s+)?"
    r"(\d{4})\b",
    re.IGNORECASE,
)
_NAMED_DAY = re.compile(
    r"\b([^\W\d_]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b", re.IGNORECASE
)
# The shapes that feedparser takes for another moment; all others it reads or leaves alone.
_MISREAD = re.compile(
    r"^\d{10}(?:\d{3})?$|\d{4}\s?[/.年년]\s?\d|\d\s*[ap]\.?m\b|\b(?:UTC)[+-]\d", re.IGNORECASE
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan gen ene ocak янв led sty", "feb fev fév фев úno lut", "mar mär mrz mrt maa мар bře",
         "apr avr abr апр dub kwi", "may mai mag mei maj май kvě", "jun juin giu июн čer cze",
         "jul juil lug июл lip", "aug aou ago авг srp sie", "sep set сен zář wrz",
         "oct okt out ott окт říj paź", "nov noy ноя lis", "dec dez dic des déc дек pro gru"),
        1,
    )
    for name in names.split()
}  # fmt: skip
# Hours east of Greenwich of the zones that feedparser takes for Greenwich; none that is two zones.
_ZONES = {
    "WEST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2, "SAST": 2, "EEST": 3, "MSK": 3,
    "TRT": 3, "PKT": 5, "ICT": 7, "WIB": 7, "HKT": 8, "SGT": 8, "PHT": 8, "AWST": 8, "KST": 9,
    "JST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "BRT": -3, "ART": -3,
}  # fmt: skip
_ZONE = re.compile(r"\d\s?\(?(" + "|".join(_ZONES) + r")\)?\s*$")


def read(value: Any, parts: Any = None) -> datetime | None:
    """The moment that ``value`` spells; None when it spells none, or one of two. UTC.

    ``parts`` is what feedparser made of it already, if it did. Without a zone the moment is taken
    for Greenwich's. Never raises.
    """
    if not isinstance(value, str):
        return moment(parts)
    value = " ".join(value[:100].split())
    try:
        if _EPOCH.match(value):
            return datetime.fromtimestamp(int(value[:10]), UTC)
        if _ISO.match(value):
            return _iso(value)
        found = None if _MISREAD.search(value) else moment(parts or _parse_date(value))
        zone = _ZONE.search(value)
        if found is None:
            return _spelt(value)
        return found - timedelta(hours=_ZONES[zone[1]]) if zone else found
    except Exception:
        return None


def _iso(value: str) -> datetime:
    found = datetime.fromisoformat(value).replace(microsecond=0)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def moment(parts: Any) -> datetime | None:
    """feedparser's UTC time tuple as a moment."""
    if not parts:
        return None
    try:
        year, month, day, hour, minute, second = (int(part) for part in parts[:6])
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _spelt(value: str) -> datetime | None:
    day = _day(value)
    if day is None:
        return None
    clock = _TIME.search(_YEAR_LAST.sub(" ", _YEAR_FIRST.sub(" ", value)))
    hour, minute, second = (int(part or 0) for part in clock.groups()[:3]) if clock else (0, 0, 0)
    if clock and clock[4]:
        hour = hour % 12 + (12 if clock[4].lower() == "p" else 0) if hour <= 12 else hour
    offset, zone = _OFFSET.search(value), _ZONE.search(value)
    east = timedelta(hours=_ZONES[zone[1]]) if zone else timedelta(0)
    if offset:
        east = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        east = -east if offset[1] == "-" else east
    start = datetime(*day, tzinfo=timezone(east))
    # Midnight is sometimes written as the last hour of the day before.
    return (start + timedelta(hours=hour, minutes=minute, seconds=min(second, 59))).astimezone(UTC)


def _day(value: str) -> tuple[int, int, int] | None:
    if found := _YEAR_FIRST.search(value):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _YEAR_LAST.search(value):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        american = found[2] == "/" and second > 12
        twelve_hours = re.search(r"\d\s*[ap]\.?m\b", value, re.IGNORECASE)
        if found[2] == "/" and first <= 12 and second <= 12 and first != second:
            # Either may be the month; a clock of twelve hours is American.
            return (year, first, second) if twelve_hours else None
        return (year, first, second) if american else (year, second, first)
    if (found := _DAY_NAMED.search(value)) and (month := _month(found[2])):
        return int(found[3]), month, int(found[1])
    if (found := _NAMED_DAY.search(value)) and (month := _month(found[1])):
        return int(found[3]), month, int(found[2])
    return None


def _month(name: str) -> int | None:
    name = unicodedata.normalize("NFC", name.lower())
    bare = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    for word in (name[:4], bare[:4], name[:3], bare[:3]):
        if word in _MONTHS:
            return _MONTHS[word]
    return None
