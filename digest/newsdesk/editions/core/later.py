"""What a planned change says of itself, and the moment that an editor means. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from digest.kit.errors import InvalidInput
from digest.kit.text import cut, one_line
from digest.newsdesk.newsletters.core.calendar import moment

_LONGEST = 120
_VERBS = {
    "kill": "Kill", "revive": "Bring back", "pin": "Pin", "unpin": "Unpin", "add": "Add",
}  # fmt: skip


class NoSuchTime(InvalidInput, ValueError):
    """The clock never shows that time; the text says what to choose instead."""


def meant(typed: str, in_zone: ZoneInfo) -> datetime:
    """The UTC moment of a local date and time; of one that comes twice, the first.

    Raises :class:`NoSuchTime` for what is no time, and for one that a clock change skips.
    """
    try:
        local = datetime.fromisoformat(typed.strip())
    except ValueError:
        raise NoSuchTime("Choose the day and the hour at which it is to be changed.") from None
    local = local.replace(second=0, microsecond=0, tzinfo=None)
    if not 2000 <= local.year < 2200:
        raise NoSuchTime("Choose a day within the edition’s own.")
    at = moment(local.date(), local.time(), in_zone)
    if at.astimezone(in_zone).replace(tzinfo=None) != local:
        raise NoSuchTime(
            f"The clocks go forward that night: {local:%H:%M} does not exist. Choose another time."
        )
    return at.astimezone(UTC)


def says(kind: str, asked: Mapping[str, object], headline: str) -> str:
    """The change in one sentence; ``headline`` is its item's, or its story's."""
    name = f"“{cut(one_line(headline), _LONGEST)}”"
    match kind:
        case "reword":
            words = [str(asked.get(each) or "") for each in ("headline", "blurb")]
            told = cut(one_line(next((each for each in words if each), "")), _LONGEST)
            where = f" by {asked['channel']}" if asked.get("channel") else ""
            return f"New words{where} for {name}: “{told}”" if told else f"Our words back on {name}"
        case "retitle":
            return f"New title: “{cut(one_line(str(asked.get('title') or '')), _LONGEST)}”"
        case "move":
            return f"Move {name} to place {asked.get('place')}"
        case _:
            return f"{_VERBS[kind]} {name}"
