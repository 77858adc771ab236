"""Days, hours and zones as readers choose and read them, in the language of the page."""

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton

from digest.outbound.messages import hours
from digest.outbound.messages.environment import locale_of
from digest.outbound.messages.hours import is_zone
from digest.web.public.speech import language

SEVEN = time(7)

# What a form sends for each rhythm: its frequency, its ISO weekdays.
RHYTHMS: dict[str, tuple[str, str]] = {
    "daily": ("daily", "1234567"),
    "weekdays": ("weekdays", "12345"),
    **{f"weekly-{number}": ("weekly", str(number)) for number in range(1, 8)},
}

# A list one can scroll on a phone; any other IANA name is taken too.
ZONES = (
    "Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Denver",
    "America/Mexico_City", "America/Chicago", "America/New_York", "America/Toronto",
    "America/Bogota", "America/Lima", "America/Caracas", "America/Santiago",
    "America/Argentina/Buenos_Aires", "America/Sao_Paulo", "Atlantic/Azores", "UTC",
    "Africa/Lagos", "Africa/Casablanca", "Europe/Dublin", "Europe/London", "Europe/Lisbon",
    "Europe/Madrid", "Europe/Paris", "Europe/Amsterdam", "Europe/Berlin", "Europe/Rome",
    "Europe/Vienna", "Europe/Warsaw", "Europe/Stockholm", "Africa/Johannesburg", "Africa/Cairo",
    "Europe/Athens", "Europe/Helsinki", "Europe/Kyiv", "Europe/Istanbul", "Europe/Moscow",
    "Africa/Nairobi", "Asia/Jerusalem", "Asia/Riyadh", "Asia/Tehran", "Asia/Dubai",
    "Asia/Karachi", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Dhaka", "Asia/Yangon",
    "Asia/Bangkok", "Asia/Jakarta", "Asia/Ho_Chi_Minh", "Asia/Singapore", "Asia/Kuala_Lumpur",
    "Asia/Manila", "Asia/Hong_Kong", "Asia/Shanghai", "Asia/Taipei", "Australia/Perth",
    "Asia/Seoul", "Asia/Pyongyang", "Asia/Tokyo", "Australia/Adelaide", "Australia/Brisbane",
    "Australia/Sydney", "Pacific/Auckland", "Pacific/Apia",
)  # fmt: skip


def place_of(zone: str) -> str:
    """A zone by its city, in the language of the page: ``Asia/Ho_Chi_Minh`` is Ho Chi Minh."""
    return hours.place_in(zone, language())


def zone_choices(now: datetime, chosen: str) -> list[tuple[str, str]]:
    """The zones to choose from, with their clock's distance now; ``chosen`` is always there."""
    further = "" if chosen in ZONES or not is_zone(chosen) else chosen
    return list(_labelled(further, int(now.timestamp()) // _QUARTER, language()))


# Clocks are put forward and back on a quarter of an hour; reading 63 zones takes as long as a page.
_QUARTER = 900


@lru_cache(maxsize=256)
def _labelled(further: str, quarter: int, tag: str) -> tuple[tuple[str, str], ...]:
    now = datetime.fromtimestamp(quarter * _QUARTER, UTC)
    zones = [*ZONES, further] if further else [*ZONES]
    return tuple(
        (zone, zone if zone == "UTC" else f"{hours.place_in(zone, tag)} ({_distance(zone, now)})")
        for zone in sorted(zones, key=lambda zone: hours.place_in(zone, tag))
    )


def hour_choices(chosen: str) -> list[str]:
    """The full hours of a day, and ``chosen`` when it lies between them."""
    full = [f"{hour:02}:00" for hour in range(24)]
    return sorted({*full, chosen}) if _is_time(chosen) else full


def rhythm_choices() -> list[tuple[str, str]]:
    """What a form offers: each rhythm with its words."""
    return [(key, hours.rhythm(*columns, language())) for key, columns in RHYTHMS.items()]


def rhythm_of(frequency: str, days: str) -> str:
    """The form's word for a schedule's columns."""
    if frequency == "weekly":
        return f"weekly-{days[:1] or '1'}"
    return frequency


def spoken(frequency: str, days: str, local_time: time, zone: str) -> str:
    """A schedule in words: ``Every day at 07:00, Singapore time``."""
    return hours.schedule(frequency, days, local_time, zone, language())


def cadence(days: str, local_time: time, zone: str) -> str:
    """A newsletter's days in words."""
    return hours.cadence(days, local_time, zone, language())


def long_date(day: date, language: str = "en") -> str:
    """``Monday 23 November 2026``."""
    if language.startswith("en"):
        return f"{day:%A} {day.day} {day:%B %Y}"
    try:
        return format_date(day, "full", locale=language.replace("-", "_"))
    except ValueError:
        return day.isoformat()


def short_moment(moment: datetime, zone: str) -> str:
    """``23 November, 05:40``."""
    local = moment.astimezone(ZoneInfo(zone))
    if language() == "en":
        return f"{local.day} {local:%B, %H:%M}"
    day = format_skeleton("MMMMd", local, locale=locale_of(language()))
    return f"{day} {local:%H:%M}"


def _is_time(text: str) -> bool:
    try:
        time.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 5


def _distance(zone: str, now: datetime) -> str:
    offset = now.astimezone(ZoneInfo(zone)).strftime("%z")
    minutes = "" if offset[3:5] == "00" else f":{offset[3:5]}"
    return f"UTC{'−' if offset[0] == '-' else '+'}{int(offset[1:3])}{minutes}"
