"""What was planned for an hour, as the sheet and the calendar show it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Min

from digest.newsdesk.editions.approve import standing_of
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


def who_sends_it(edition: Edition) -> str:
    """What an edition with changes to come waits for, when they take it from its rule, or it has
    none; empty where it goes with them by itself, or nothing is to come."""
    if edition.newsletter is None or edition.state != Edition.State.DRAFT:
        return ""
    standing = standing_of(edition)
    if standing.has_rules_word and standing.cut_off is not None:
        return ""
    waiting = PlannedChange.objects.filter(edition=edition, state=State.WAITING)
    hours = waiting.filter(due_at__lt=edition.slot_at).order_by("-due_at")
    last = hours.values_list("due_at", flat=True).first()
    if last is None:
        return ""
    at = times.clock_time(last, edition.time_zone)
    until = times.clock_time(edition.slot_at + standing.grace, edition.time_zone)
    who = "Two people" if edition.newsletter.pairs_of_eyes > 1 else "Somebody"
    stops = "A change stops the rule, a planned one too. " if standing.has_rules_word else ""
    return (
        f"{stops}{who} must approve it after {at}, or it is held at {until}. "
        "Approved earlier, it goes without the changes that are still to come."
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


def next_planned(edition_ids: Collection[int]) -> dict[int, datetime]:
    """When the clock makes the next change to each edition before it goes; without one, absent."""
    waiting = PlannedChange.objects.filter(edition__in=edition_ids, state=State.WAITING)
    before = waiting.filter(due_at__lt=F("edition__slot_at")).values("edition")
    return dict(before.annotate(next=Min("due_at")).values_list("edition", "next"))


def additions(story_id: int, editions: Collection[Edition]) -> dict[int, str]:
    """Where the story is to be added by the clock: when and by whom, by edition."""
    rows = PlannedChange.objects.filter(
        edition__in=editions, kind=PlannedChange.Kind.ADD, state=State.WAITING
    )
    return {
        each.edition_id: f"{times.clock_time(each.due_at, each.edition.time_zone)}, as "
        f"{each.member or 'somebody who left'} planned"
        for each in rows.filter(asked__story=story_id).select_related("member", "edition")
    }
