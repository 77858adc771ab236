"""Moments as feeds write them, read whole or not at all.

feedparser reads RFC 822, RFC 3339 and their common misspellings. What it passes over, or takes for
something else (``2026/11/23`` for the first of November, a time before ``UTC`` for none, ``KST``
for no zone at all), is read here, word by word: dates in figures, in Chinese, Japanese and Korean
order and with the names of months that Unicode's CLDR knows, clocks of twelve hours in any
language, zones by offset, abbreviation and place. A word that is none of these makes the whole
unreadable: half a moment is a wrong one.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from feedparser.datetimes import _parse_date

LONGEST = 100
_LANGUAGES = (
    "en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "tr", "ko", "ja", "zh", "uk", "cs", "sk",
    "sv", "da", "nb", "fi", "el", "ro", "hu", "id", "vi", "th", "ar", "fa", "he", "bg", "ca", "et",
    "lv", "lt", "sl", "ms", "hi",
)  # fmt: skip
# As CLDR does not abbreviate them.
_MORE_MONTHS = {
    "sept": 9, "gen": 1, "mrz": 3, "mrt": 3, "maa": 3, "avr": 4, "abr": 4, "ago": 8, "set": 9,
    "out": 10, "okt": 10, "dez": 12, "dic": 12, "dec": 12, "déc": 12, "ene": 1, "fev": 2, "aug": 8,
    "aoû": 8, "mai": 5, "мая": 5, "июн": 6, "июл": 7, "ноя": 11, "сен": 9, "juil": 7, "agu": 8,
    "ağu": 8, "ara": 12, "kas": 11, "eki": 10, "eyl": 9, "tem": 7, "haz": 6, "nis": 4, "şub": 2,
    "oca": 1, "ocak": 1, "sty": 1, "lut": 2, "kwi": 4, "maj": 5, "cze": 6, "lip": 7, "sie": 8,
    "wrz": 9, "paź": 10, "lis": 11, "gru": 12,
}  # fmt: skip
_FILLING = (
    "de del di do da den der dem le il el la los las a à às as at al the of on um uhr kl klo ore "
    "alle om uur o godz godzina г года в р року о saat pukul jam lúc ngày h hs hrs hours hod dne "
    "και στις ώρα น เวลา วันที่ الساعة ساعت בשעה م ora orele las ob ve dia día le st nd rd th º er "
    "ч час"
)
_FILLERS = frozenset(_FILLING.split())
_MORNING = "am a.m. a.m 오전 새벽 아침 午前 朝 上午 凌晨 早上 πμ π.μ. sa ص öö"
_EVENING = "pm p.m. p.m 오후 낮 저녁 밤 午後 昼 夕方 夜 下午 中午 傍晚 晚上 夜间 μμ μ.μ. ch م ös"
# Of these the other hours are another's, or nobody's: "at night at twelve" is one day or the next.
_HOURS = dict.fromkeys(["낮", "中午", "昼"], (12, 1, 2, 3)) | dict.fromkeys(
    ["저녁", "밤", "夕方", "夜", "傍晚", "晚上", "夜间"], range(4, 12)
)
_PERIODS = dict.fromkeys(_MORNING.split(), False) | dict.fromkeys(_EVENING.split(), True)
_PERIOD = "|".join(sorted(map(re.escape, _PERIODS), key=len, reverse=True))
_NARROW = r"(?<![^\W\d_])(?P<{}>" + _PERIOD + r")(?![^\W\d_])\.?"
_TIME = re.compile(
    r"(?:" + _NARROW.format("before") + r"\s*)?"
    r"(?<![\d.,])(?P<hour>\d{1,2})(?:"
    r"\s?(?:[:.h]|ч\.?|시|時|点|點)\s?(?P<minute>\d{2})(?!\d)(?:분|分)?"
    r"(?:\s?(?::|\.|초|秒)?\s?(?P<second>\d{2})(?!\d)(?:[.,]\d{1,9}(?!\d))?(?:초|秒)?)?"
    r"|\s?(?:시|時|点|點)\s?(?P<minutes>\d{1,2})\s?(?:분|分)|\s?(?P<full>시|時|点|點|h|Uhr)(?![^\W\d_])"
    r"|(?=\s?(?:" + _PERIOD + r")(?![^\W\d_])))"
    r"(?:\s?" + _NARROW.format("after") + r")?",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<year>\d{4})\s?(?:[年년]|([-/.]))\s?(?P<month>\d{1,2})\s?(?:[月월]|\2)\s?"
    r"(?P<day>\d{1,2})(?!\d)\s?(?:[日일]|\.(?!\d))?(?:T(?=\d))?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?!\d)")
_ERA = re.compile(r"令和\s?(\d{1,2}|元)(?=年)")
_REPUBLIC = re.compile(r"民[國国]\s?(\d{2,3})(?=年)")
_STAMP = re.compile(r"^(\d{8})(\d{6})$")
_YEAR_LAST = re.compile(
    r"(?<![\d.])(?P<first>\d{1,2})\s?(?P<mark>[-/.])\s?(?P<second>\d{1,2})\s?(?P=mark)\s?"
    r"(?P<year>\d{4})(?!\d)"
)
_OFFSET = re.compile(
    r"(?:(?<![^\W\d_])(?:utc|gmt|ut|z)\s?|(?<![^\W_]))(?P<sign>[+\-−])"
    # Of "-040" a figure is lost that can only be a nought; "-200" is anything.
    r"(?P<hours>0\d(?=0(?!\d))|\d\d(?=\d\d(?!\d))|\d{1,2}(?!\d))(?::?(?P<minutes>\d{2})|0)?(?!\d)",
    re.IGNORECASE,
)
_PLACE = re.compile(r"(?<![^\W_])[A-Z][A-Za-z_]+/[A-Z][A-Za-z_/]+")
_BRACKETED = re.compile(r"[(（［\[]([^()（）［］\[\]]{0,40})[)）］\]]")
# As browsers write it behind an offset: "GMT+0900 (Korean Standard Time)".
_ZONE_NAME = re.compile(r"\([^()\d]{3,60}\)")
_EPOCH = re.compile(r"^(\d{10})(?:\d{3}|\.\d{1,6})?$")
_ISO = re.compile(r"^\d{8}T\d{4,6}|^\d{4}-?W\d{2}", re.IGNORECASE)
# Thai and Hindi write vowels as marks, which are no letters to the pattern.
_LETTER = r"(?:[^\W\d_]|[\u0900-\u0903\u093a-\u094f\u0e31-\u0e4e])"
_WORD = re.compile(rf"{_LETTER}+(?:[.'’·]?{_LETTER}+)*|\d+")
_STRAY = re.compile(r"[^\w\s.,:;·|@/–—\-'’،º\u0900-\u0903\u093a-\u094f\u0e31-\u0e4e]")
_VIETNAMESE_MONTH = re.compile(r"(?<![^\W\d_])(?:tháng|thg)\s?(\d{1,2})(?!\d)", re.IGNORECASE)
# ISO 8601 with parts left out: feedparser knows what then is meant.
_FIGURES = re.compile(r"^\d{4}(?:-?\d{2,3})?$")
# RFC 3339 and RFC 822 as written strictly: feedparser reads them rightly.
_STRICT = re.compile(
    r"^(?:\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)"
    r"|(?:[A-Za-z]{3}, )?\d{1,2} [A-Za-z]{3} (?:\d{4}|\d{2}) \d\d:\d\d(?::\d\d)?"
    r" (?:[+-]\d{4}|GMT|UT|Z|E[SD]T|C[SD]T|M[SD]T|P[SD]T))$"
)
# The commonest of those, in which nothing is left to feedparser's judgement.
_RFC822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d)"
    r" (?:GMT|UT|Z|([+-])([01]\d)([0-5]\d))"
)
_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:Z|([+-])([01]\d):([0-5]\d))"
)
_MONTHS = {
    name: number for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}  # fmt: skip
# Hours east of Greenwich; none that is two zones in the news (IST is India's and Israel's). CST
# and its like are RFC 822's. Half past is a fraction.
_ZONES: dict[str, float] = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MEZ": 1,
    "CEST": 2, "MESZ": 2, "EET": 2, "SAST": 2, "CAT": 2, "EEST": 3, "MSK": 3, "МСК": 3, "TRT": 3,
    "EAT": 3, "PKT": 5, "NPT": 5.75, "ICT": 7, "WIB": 7, "WITA": 8, "WIT": 9, "HKT": 8, "SGT": 8,
    "MYT": 8, "PHT": 8, "AWST": 8, "KST": 9, "JST": 9, "ACST": 9.5, "ACDT": 10.5, "AEST": 10,
    "AEDT": 11, "NZST": 12, "NZDT": 13, "BRT": -3, "ART": -3, "CLT": -4, "CLST": -3, "COT": -5,
    "PET": -5, "NST": -3.5, "NDT": -2.5, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7,
    "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10,
}  # fmt: skip
# What newspapers of these places write all the year round.
_PLACES = {
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver",
    "PT": "America/Los_Angeles", "한국시간": "Asia/Seoul", "日本時間": "Asia/Tokyo",
    "北京时间": "Asia/Shanghai", "北京時間": "Asia/Shanghai",
}  # fmt: skip


def read(value: Any, parts: Any = None) -> datetime | None:
    """The moment that ``value`` spells; None when it spells none, or one of two. UTC.

    ``parts`` is what feedparser made of it already, if it did. Without a zone the moment is taken
    for Greenwich's, without a time for midnight. Never raises.
    """
    if not isinstance(value, str):
        return moment(parts)
    value = " ".join(value[: LONGEST + 1].split())
    if len(value) > LONGEST:
        return None
    try:
        if _STRICT.match(value):
            known = _strictly(value) or moment(parts or _parse_date(value))
            # A leap second, or midnight as the last hour.
            return known or _spelt(value)
        if _EPOCH.match(value):
            return datetime.fromtimestamp(int(value[:10]), UTC)
        if stamp := _STAMP.match(value):
            return _iso(f"{stamp[1]}T{stamp[2]}")
        if _ISO.match(value):
            return _iso(value)
        if _FIGURES.match(value):
            return moment(parts or _parse_date(value))
        return _spelt(unicodedata.normalize("NFKC", value))
    except (ValueError, TypeError, OverflowError, KeyError, IndexError, OSError):
        return None


def _strictly(value: str) -> datetime | None:
    """The moment of a date in the commonest forms, as feedparser reads them at ten times the cost.

    None for any other, and for what is no date, such as the thirtieth of February.
    """
    found = _RFC822.fullmatch(value)
    if found:
        day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    else:
        found = _RFC3339.fullmatch(value)
        if not found:
            return None
        year, month, day, hour, minute, second, sign, hours, minutes = found.groups()
    try:
        start = datetime(
            int(year), _MONTHS.get(month) or int(month), int(day), int(hour), int(minute),
            int(second), tzinfo=UTC,
        )  # fmt: skip
        east = timedelta(hours=int(hours), minutes=int(minutes)) if sign else timedelta(0)
        return start + east if sign == "-" else start - east
    except (ValueError, OverflowError):
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


class _Unreadable(ValueError):
    """Raised inside this file where a text turns out to be no moment."""


@dataclass
class _Text:
    """A text of which what has been understood is taken away."""

    rest: str

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first match, which is gone then."""
        found = pattern.search(self.rest)
        if found:
            self.rest = f"{self.rest[: found.start()]} {self.rest[found.end() :]}"
        return found


def _spelt(value: str) -> datetime | None:
    value = _ERA.sub(lambda era: str(2018 + (1 if era[1] == "元" else int(era[1]))), value)
    value = _REPUBLIC.sub(lambda year: str(1911 + int(year[1])), value)
    text = _Text(value)
    day = _day_in_figures(text)
    place = text.take(_PLACE)
    clock = _clock(text)
    zone: tzinfo | None = ZoneInfo(place[0]) if place else None
    # An offset beats the name in brackets behind it.
    offset = text.take(_OFFSET) if clock is not None else None
    if offset:
        text.rest = _ZONE_NAME.sub(" ", text.rest)
    named, month_day = _words(text, day, has_zone=bool(offset or place))
    if offset:
        east = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"] or 0))
        if east > timedelta(hours=14):
            return None
        zone = timezone(-east if offset["sign"] != "+" else east)
    day = day or month_day
    if day is None:
        return None
    hour, minute, second = clock or (0, 0, 0)
    start = datetime(*day, tzinfo=zone or named or UTC)
    # Midnight is sometimes written as the last hour of the day before.
    later = timedelta(days=1) if (hour, minute) == (24, 0) else timedelta(0)
    return (
        start.replace(hour=hour % 24, minute=minute, second=min(second, 59)) + later
    ).astimezone(UTC)  # fmt: skip


def _day_in_figures(text: _Text) -> tuple[int, int, int] | None:
    found = text.take(_YEAR_FIRST) or text.take(_COMPACT)
    if found:
        return _year(int(found["year"])), int(found["month"]), int(found["day"])
    found = text.take(_YEAR_LAST)
    if not found:
        return None
    first, second, year = int(found["first"]), int(found["second"]), int(found["year"])
    year = _year(year)
    if found["mark"] == "/" and first != second:
        if first <= 12 and second <= 12:
            # Either may be the month; a clock of twelve hours in English is American.
            if re.search(r"\d\s?[ap]\.?m\b", text.rest, re.IGNORECASE):
                return year, first, second
            raise _Unreadable
        if second > 12:
            return year, first, second
    return year, second, first


def _year(year: int) -> int:
    """Thailand counts from the Buddha's death, 543 years earlier."""
    return year - 543 if 2500 <= year < 2700 else year


def _clock(text: _Text) -> tuple[int, int, int] | None:
    found = text.take(_TIME)
    if found is None:
        return None
    hour = int(found["hour"])
    minute = int(found["minute"] or found["minutes"] or 0)
    second = int(found["second"] or 0)
    period = (found["before"] or found["after"] or "").lower().rstrip()
    if found["before"] and found["after"]:
        raise _Unreadable
    if period:
        is_evening = _PERIODS[period] if period in _PERIODS else _PERIODS[period + "."]
        if (hour > 12 and not is_evening) or (
            hour <= 12 and hour not in _HOURS.get(period, (hour,))
        ):
            raise _Unreadable
        hour = hour % 12 + 12 * is_evening if hour <= 12 else hour
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        raise _Unreadable
    return hour, minute, second


def _words(
    text: _Text, day: tuple[int, int, int] | None, *, has_zone: bool
) -> tuple[tzinfo | None, tuple[int, int, int] | None]:
    """The zone and the day that the words left over name. Raises for a word that means nothing."""
    zone: tzinfo | None = None
    month = None
    spoken = text.take(_VIETNAMESE_MONTH)
    if spoken:
        month = int(spoken[1])
    text.rest = _BRACKETED.sub(r" \1 ", text.rest)
    months, _ = _names()
    figures: list[str] = []
    for found in _WORD.finditer(text.rest):
        word = found[0]
        plain = word.casefold().replace(".", "")
        # Hebrew's "in November" is one word.
        plain = plain[1:] if plain.startswith("ב") and plain[1:] in months else plain
        if word.isdecimal():
            figures.append(word)
        elif word in _ZONES or word in _PLACES or word == "z":
            # Several may stand there ("09:30 GMT (UTC)"), if they agree or an offset beats them.
            this = _zone(word)
            if zone is not None and not has_zone and str(zone) != str(this):
                raise _Unreadable
            zone = zone or this
        elif plain in months and month is None and day is None:
            month = months[plain]
        elif not _is_filling(plain) and not (has_zone and _may_be_zone(word)):
            raise _Unreadable
    if _STRAY.search(text.rest):
        raise _Unreadable
    if day is None:
        return zone, _day_in_words(figures, month)
    if figures or month:
        raise _Unreadable
    return zone, None


def _day_in_words(figures: list[str], month: int | None) -> tuple[int, int, int]:
    years = [each for each in figures if len(each) == 4]
    days = [each for each in figures if len(each) <= 2]
    if month is None or len(years) != 1 or len(days) != 1 or len(figures) != 2:
        raise _Unreadable
    return _year(int(years[0])), month, int(days[0])


def _is_filling(plain: str) -> bool:
    """Whether the word belongs to a date and adds nothing: a weekday, "de", "at", "Uhr"."""
    months, weekdays = _names()
    return plain in weekdays or plain in _FILLERS or plain in months


def _may_be_zone(word: str) -> bool:
    """Whether this names a zone behind an offset, which is enough by itself: "+0900 (KST)"."""
    return word.isupper() and word.isascii() and len(word) <= 5


def _zone(word: str) -> tzinfo:
    if word in _PLACES:
        return ZoneInfo(_PLACES[word])
    return timezone(timedelta(hours=_ZONES[word.upper()]))


@cache
def _names() -> tuple[dict[str, int], frozenset[str]]:
    """The names of months and of weekdays, in small letters and without dots, from CLDR.

    Of a name that two languages give to two months, the one named first here has it.
    """
    months: dict[str, int] = {}
    weekdays: set[str] = set()
    for language in _LANGUAGES:
        locale = Locale(language)
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in locale.months[form][width].items():
                    plain = name.casefold().replace(".", "")
                    if not plain.isdecimal():
                        months.setdefault(plain, number)
                        months.setdefault(_bare(plain), number)
                weekdays.update(
                    part for name in locale.days[form][width].values()
                    for part in name.casefold().replace(".", "").replace("-", " ").split()
                )  # fmt: skip
        if language in {"ko", "ja", "zh"}:
            weekdays.update(n.casefold() for n in locale.days["format"]["narrow"].values())
    for name, number in _MORE_MONTHS.items():
        months.setdefault(name, number)
    weekdays |= {_bare(each) for each in weekdays} | {"tues", "wednes", "thur", "thurs", "weds"}
    return months, frozenset(weekdays)


def _bare(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
