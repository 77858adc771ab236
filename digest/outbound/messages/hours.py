"""Days, hours and zones in words, in any language that we speak. Shared by messages and pages."""

from collections.abc import Callable
from datetime import datetime, time
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import format_skeleton, get_day_names

from digest.outbound.messages.environment import listed, locale_of, translations

# Unicode's locale data names these places by the zones' former names.
_FORMERLY = {
    "Asia/Kolkata": "Asia/Calcutta", "Asia/Kathmandu": "Asia/Katmandu",
    "Asia/Yangon": "Asia/Rangoon", "Asia/Ho_Chi_Minh": "Asia/Saigon",
    "America/Argentina/Buenos_Aires": "America/Buenos_Aires", "Europe/Kyiv": "Europe/Kiev",
}  # fmt: skip


def is_zone(name: str) -> bool:
    """Whether ``name`` is an IANA zone."""
    return name in _zones()


@cache
def _zones() -> frozenset[str]:
    """Read from the disk once."""
    return frozenset(available_timezones())


@lru_cache(maxsize=2048)
def place_in(zone: str, language: str) -> str:
    """A zone by its city: ``Asia/Ho_Chi_Minh`` is Ho Chi Minh, and 胡志明市 in Chinese."""
    written = zone.rpartition("/")[2].replace("_", " ")
    if language.partition("-")[0] == "en" or not is_zone(zone) or "/" not in zone:
        return written
    # Babel itself finds none of the renamed ones, and no other city that it is not given.
    known = locale_of(language).time_zones.get(_FORMERLY.get(zone, zone), {})
    return str(known.get("city") or written)


def rhythm(frequency: str, days: str, language: str) -> str:
    """``Every day``, ``Monday to Friday``, ``Every Monday, Thursday``."""
    say: Callable[[str], str] = translations(language).gettext
    if frequency == "daily":
        return say("Every day")
    if frequency == "weekdays":
        return say("Monday to Friday")
    names = get_day_names("wide", locale=locale_of(language))
    chosen = [names[int(day) - 1] for day in sorted(set(days or "1"))]
    together = ", ".join(chosen) if language == "en" else listed(chosen, language)
    return say("Every %(days)s") % {"days": together}


def schedule(frequency: str, days: str, local_time: time, zone: str, language: str) -> str:
    """``Every day at 07:00, Singapore time``."""
    say: Callable[[str], str] = translations(language).gettext
    told = {
        "days": rhythm(frequency, days, language),
        "time": f"{local_time:%H:%M}",
        "place": place_in(zone, language),
    }
    if zone == "UTC":
        return say("%(days)s at %(time)s UTC") % told
    return say("%(days)s at %(time)s, %(place)s time") % told


def cadence(days: str, local_time: time, zone: str, language: str) -> str:
    """A newsletter's ISO weekdays and hour in words."""
    for frequency, same in (("daily", "1234567"), ("weekdays", "12345")):
        if set(days) == set(same):
            return schedule(frequency, same, local_time, zone, language)
    return schedule("weekly", days, local_time, zone, language)


def moment(at: datetime, zone: str, language: str) -> str:
    """``Monday 30 November, 07:00 (Singapore)``, where it is that in ``zone``."""
    local = at.astimezone(ZoneInfo(zone if is_zone(zone) else "UTC"))
    day = format_skeleton("MMMMEEEEd", local, locale=locale_of(language))
    place = place_in(zone if is_zone(zone) else "UTC", language)
    return f"{day}, {local:%H:%M} ({place})"


def coming(at: datetime, zone: str, language: str, *, is_first: bool) -> str:
    """When the first one comes, or the next one, as a sentence."""
    say: Callable[[str], str] = translations(language).gettext
    when = {"when": moment(at, zone, language)}
    if is_first:
        return say("The first one comes on %(when)s.") % when
    return say("The next one comes on %(when)s.") % when
