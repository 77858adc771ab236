"""Steps: an editor plans a change for an hour, calls it off, or takes it back once it is made."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from digest.newsdesk.editions import curate
from digest.newsdesk.editions.approve import standing_of
from digest.newsdesk.editions.core import later
from digest.newsdesk.editions.later.make import take_back
from digest.newsdesk.editions.later.models import PlannedChange
from digest.newsdesk.editions.lock import EditionRefused, open_for_change
from digest.newsdesk.editions.models import Edition, Item
from digest.newsdesk.editions.reconcile import item_on_sheet, standing_words
from digest.newsdesk.editions.sheet import SheetItem, sheet
from digest.newsdesk.newsletters.core.calendar import zone
from digest.newsdesk.stories.models import Story
from digest.staff.audit import record
from digest.staff.members import Member

Kind, State = PlannedChange.Kind, PlannedChange.State
MOST_WAITING = 40
_LIMITS = {
    "headline": curate.HEADLINE_LIMIT, "blurb": curate.BLURB_LIMIT,
    "title": curate.TITLE_LIMIT, "intro": curate.INTRO_LIMIT,
}  # fmt: skip


@transaction.atomic
def plan_change(
    edition_id: int,
    kind: str,
    asked: Mapping[str, Any],
    typed_at: str,
    *,
    item_id: int | None = None,
    base: Mapping[str, str] | None = None,
    member: Member,
    now: datetime,
) -> PlannedChange:
    """Have the change made at ``typed_at``, a date and time in the edition's own zone.

    ``base`` are the words that the editor saw, where it changes words. Nothing of the edition is
    changed by this. Raises :class:`EditionRefused` with what to do instead.
    """
    edition = open_for_change(edition_id, None)
    due_at = _moment(edition, typed_at, now)
    waiting = PlannedChange.objects.filter(edition=edition, state=State.WAITING)
    if waiting.count() >= MOST_WAITING:
        raise EditionRefused(f"{MOST_WAITING} changes are planned already. Call one off first.")
    words = {name: _bounded(name, value) for name, value in asked.items() if name in _LIMITS}
    asked = {**asked, **words}
    stands: dict[str, Any] = {}
    headline = ""
    if kind == Kind.RETITLE:
        if not asked.get("title"):
            raise EditionRefused("The edition needs a title; the newsletter's name will do.")
        stands = dict(base or {"title": edition.title, "intro": edition.intro})
    elif kind == Kind.ADD:
        headline = _addable(edition, int(asked.get("story", 0)))
    else:
        item = item_on_sheet(edition_id, item_id or 0)
        headline = item.headline
        stands = _stands(edition_id, kind, asked, item, base)
    made = PlannedChange.objects.create(
        edition=edition, item_id=item_id, kind=kind, asked=asked, base=stands, due_at=due_at,
        says=later.says(kind, asked, headline)[:400], member=member, planned_at=now,
    )  # fmt: skip
    record(
        "planned", edition, now=now, member=member, change=made.pk, says=made.says,
        due=due_at.isoformat(), after=asked,
    )  # fmt: skip
    return made


@transaction.atomic
def call_off(change_id: int, *, member: Member, now: datetime) -> None:
    """Have it never made; a refused one leaves the sheet. Raises :class:`EditionRefused` when it
    was made meanwhile."""
    change = _change(change_id)
    if change.state == State.DONE:
        raise EditionRefused("It was made meanwhile. Take it back with Undo.")
    if change.state in (State.WAITING, State.REFUSED):
        change.state, change.settled_at = State.CANCELLED, now
        change.save(update_fields=["state", "settled_at"])
        record(
            "called off", change.edition, now=now, member=member, change=change.pk, says=change.says
        )


@transaction.atomic
def undo_change(change_id: int, *, member: Member, now: datetime) -> None:
    """Take back what was made. Raises :class:`EditionRefused` when that has moved on since."""
    change = _change(change_id)
    if change.state != State.DONE:
        raise EditionRefused("There is nothing to take back: it is not made, or was taken back.")
    take_back(change, member=member, now=now)
    change.state, change.settled_at = State.UNDONE, now
    change.save(update_fields=["state", "settled_at"])


def _change(change_id: int) -> PlannedChange:
    rows = PlannedChange.objects.select_for_update(of=("self",)).select_related("edition")
    found = rows.filter(pk=change_id).first()
    if found is None:
        raise EditionRefused("That planned change is gone. Reload the page.")
    return found


def _moment(edition: Edition, typed_at: str, now: datetime) -> datetime:
    in_zone = zone(edition.time_zone)
    try:
        due_at = later.meant(typed_at, in_zone)
    except later.NoSuchTime as error:
        raise EditionRefused(str(error)) from error
    if due_at <= now:
        raise EditionRefused("That time has passed. Choose a later one, or change it now.")
    _bar_after_the_rule(edition, due_at, in_zone)
    if edition.state == Edition.State.DRAFT and due_at >= edition.slot_at:
        goes = edition.slot_at.astimezone(in_zone)
        raise EditionRefused(
            f"The edition goes {goes:%a} {goes.day} {goes:%b} at {goes:%H:%M}. "
            "Choose a time before that."
        )
    return due_at


def _addable(edition: Edition, story_id: int) -> str:
    """The headline of a story that is not in the edition; raises when it is, or is gone."""
    story = Story.objects.filter(pk=story_id).first()
    if story is None:
        raise EditionRefused("There is no such story any more. Look for it on the wire.")
    if Item.objects.filter(edition=edition, story=story, killed=False).exists():
        raise EditionRefused("The story is in this edition already.")
    same = PlannedChange.objects.filter(edition=edition, kind=Kind.ADD, state=State.WAITING)
    if same.filter(asked__story=story_id).exists():
        raise EditionRefused("It is planned already that the story is added. Call that off first.")
    return story.headline


def _bar_after_the_rule(edition: Edition, due_at: datetime, in_zone: ZoneInfo) -> None:
    """What the rule has approved is open for no change any more."""
    standing = standing_of(edition) if edition.newsletter else None
    if standing is None or standing.cut_off is None or not standing.has_rules_word:
        return
    approves = standing.slot_at - standing.cut_off
    if edition.state == Edition.State.DRAFT and approves <= due_at < standing.slot_at:
        raise EditionRefused(
            f"The rule approves it at {approves.astimezone(in_zone):%H:%M}, and nothing is changed "
            "after that. Choose an earlier time, or stop the rule first."
        )


def _stands(
    edition_id: int,
    kind: str,
    asked: Mapping[str, Any],
    item: SheetItem,
    base: Mapping[str, str] | None,
) -> dict[str, Any]:
    """What stands there now; raises when the change would change nothing."""
    if kind == Kind.REWORD:
        channel = asked.get("channel", "")
        if channel and channel not in settings.DIGEST_CHANNELS:
            raise EditionRefused("Nothing goes by that channel. Reload the page.")
        return dict(base or standing_words(item, channel))
    if kind == Kind.MOVE:
        live = [each.item_id for each in sheet(edition_id).items]
        place = asked.get("place", 0)
        if item.item_id not in live:
            raise EditionRefused("It was killed. Bring it back, then plan its place.")
        if not isinstance(place, int) or not 1 <= place <= len(live):
            raise EditionRefused(f"Choose a place from 1 to {len(live)}.")
        if live.index(item.item_id) + 1 == place:
            raise EditionRefused(f"It stands at place {place} now. Choose another.")
        return {"place": live.index(item.item_id) + 1}
    is_so = {
        Kind.KILL: item.killed, Kind.REVIVE: not item.killed, Kind.PIN: item.pinned,
        Kind.UNPIN: not item.pinned,
    }  # fmt: skip
    if kind not in is_so:
        raise EditionRefused("Choose what is to be changed.")
    if is_so[Kind(kind)]:
        raise EditionRefused("It is so already, so there is nothing to plan.")
    return {}


def _bounded(name: str, value: Any) -> str:
    text, limit = " ".join(str(value).split()), _LIMITS[name]
    if len(text) > limit:
        raise EditionRefused(f"That has {len(text)} characters; {limit} is the most. Shorten it.")
    return text
