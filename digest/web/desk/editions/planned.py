"""What was planned for an hour, as the sheet and the calendar show it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from digest.newsdesk.editions.later.models import PlannedChange
from digest.newsdesk.editions.models import Edition
from digest.web.desk import times

State = PlannedChange.State
SHOWN_DONE = 5


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A planned change as the sheet shows it; ``words`` are those of a refused one, kept."""

    pk: int
    says: str
    when: str
    state: str
    reason: str
    who: str
    words: tuple[tuple[str, str], ...]
    is_before_it_goes: bool


def lines(edition: Edition, now: datetime) -> list[PlannedLine]:
    """What waits, what was refused, and the latest that were made, in the order of their hours."""
    rows = PlannedChange.objects.filter(edition=edition).select_related("member")
    waiting = list(rows.filter(state__in=(State.WAITING, State.REFUSED)).order_by("due_at", "pk"))
    done = list(rows.filter(state=State.DONE).order_by("-settled_at", "-pk")[:SHOWN_DONE])
    return [_line(each, edition, now) for each in [*reversed(done), *waiting]]


def _line(change: PlannedChange, edition: Edition, now: datetime) -> PlannedLine:
    return PlannedLine(
        pk=change.pk,
        says=change.says,
        when=times.day_and_time(change.due_at, edition.time_zone, now),
        state=change.state,
        reason=change.reason,
        who=str(change.member or "somebody who left"),
        words=_words(change.asked) if change.state == State.REFUSED else (),
        is_before_it_goes=change.due_at < edition.slot_at,
    )


def _words(asked: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, str(asked[name]))
        for name in ("title", "intro", "headline", "blurb")
        if asked.get(name)
    )


def planned_by_edition(edition_ids: Collection[int]) -> dict[int, list[PlannedChange]]:
    """What waits, by edition, for the calendar."""
    rows = PlannedChange.objects.filter(edition__in=edition_ids, state=State.WAITING)
    found: dict[int, list[PlannedChange]] = {}
    for each in rows.order_by("due_at", "pk"):
        found.setdefault(each.edition_id, []).append(each)
    return found
