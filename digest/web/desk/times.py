"""Moments as an editor reads them: local clock times, and how far away they are."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone(name: str) -> ZoneInfo:
    """The IANA zone called ``name``; UTC when there is none, so that a page still opens."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def clock_time(at: datetime, zone_name: str) -> str:
    """``07:00`` in the zone."""
    return at.astimezone(zone(zone_name)).strftime("%H:%M")


def day_and_time(at: datetime, zone_name: str, now: datetime) -> str:
    """``07:00`` today, ``tomorrow 07:00``, ``yesterday 07:00``, else ``Sun 6 Oct 07:00``."""
    there, here = at.astimezone(zone(zone_name)), now.astimezone(zone(zone_name))
    days = (there.date() - here.date()).days
    word = {0: "", 1: "tomorrow ", -1: "yesterday "}.get(days)
    if word is None:
        word = f"{there:%a} {there.day} {there:%b} "
    return f"{word}{there:%H:%M}"


def elsewhere(zone_name: str, seen_from: str) -> str:
    """`` London time`` where the clocks there differ from those of whoever looks, else nothing."""
    if not seen_from or zone_name == seen_from:
        return ""
    return f" {zone_name.rpartition('/')[2].replace('_', ' ')} time"


def span(length: timedelta) -> str:
    """A length in its largest fitting unit: ``29 min``, ``3 h 5 min``, ``2 days``."""
    minutes = max(0, round(length.total_seconds() / 60))
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    if hours < 48:
        # In days it would be one or two, and "tomorrow, in 2 days" is one too many.
        return f"{hours} h"
    return f"{round(hours / 24)} days"


def ago(at: datetime, now: datetime) -> str:
    """``just now``, ``12 min ago``; a moment in the future is ``in 12 min``."""
    if at > now + timedelta(seconds=30):
        return f"in {span(at - now)}"
    if now - at < timedelta(seconds=60):
        return "just now"
    return f"{span(now - at)} ago"
