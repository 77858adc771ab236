"""What a reader has chosen, and what one visit to their page changes of it (pure).

A page shows what was so when it was opened. Somebody may have changed things since from another
mail, and a program may post to the page with nothing in it: so only what comes back otherwise than
it was shown is a wish.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, time


@dataclass(frozen=True, slots=True)
class Choices:
    """Slugs that are followed, the schedule's wish, and until when everything is paused."""

    newsletters: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    alerts: bool = False
    frequency: str = "daily"
    days: str = "1234567"
    local_time: time = time(7)
    time_zone: str = "UTC"
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChosenHour:
    """Which part of the schedule the reader set; None leaves it as it is."""

    frequency: str | None = None
    days: str | None = None
    local_time: time | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """What came back from a page: what ``was`` ticked on it as (kind, slug), and is ``picked`` now.

    Kinds are ``newsletters``, ``topics`` and ``alerts``. ``pause_until`` begins a pause or moves
    its end, ``resume`` ends one; without either a pause stays as it is. ``rests`` are the same for
    single things: until when each is paused, or None for what begins again.
    """

    was: frozenset[tuple[str, str]] = frozenset()
    picked: frozenset[tuple[str, str]] = frozenset()
    hour: ChosenHour = ChosenHour()
    pause_until: datetime | None = None
    resume: bool = False
    rests: tuple[tuple[tuple[str, str], datetime | None], ...] = ()


def after(before: Choices, visit: Visit) -> Choices:
    """The choices after the visit: nothing differs but what the reader changed."""
    hour = {
        name: value
        for name in ("frequency", "days", "local_time", "time_zone")
        if (value := getattr(visit.hour, name)) is not None
    }
    paused = None if visit.resume else (visit.pause_until or before.paused_until)
    return replace(
        before,
        newsletters=_followed("newsletters", before.newsletters, visit),
        topics=_followed("topics", before.topics, visit),
        alerts=bool(_followed("alerts", {"on"} if before.alerts else set(), visit)),
        paused_until=paused,
        **hour,
    )


def _followed(kind: str, before: Collection[str], visit: Visit) -> frozenset[str]:
    picked = {slug for what, slug in visit.picked if what == kind}
    was = {slug for what, slug in visit.was if what == kind}
    return (frozenset(before) - (was - picked)) | (picked - was)
