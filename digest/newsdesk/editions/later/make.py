"""Steps: what was planned is made when its hour has come, once; or refused, with the reason."""

from datetime import datetime
from typing import Any

from django.db import transaction

from digest.kit.apart.limits import raise_limit
from digest.kit.observe import log
from digest.newsdesk.editions import curate, reconcile
from digest.newsdesk.editions.later.models import PlannedChange
from digest.newsdesk.editions.lock import EditionRefused, StaleEdition, locked, open_for_change
from digest.newsdesk.editions.models import Edition, Item, ItemWording
from digest.staff.access import Right, may, within
from digest.staff.audit import AuditEntry, record
from digest.staff.members import Member

Kind, State = PlannedChange.Kind, PlannedChange.State
_OURS = "It could not be made; this is an error of ours. Make it by hand."
_FLAGS = {
    Kind.KILL: (curate.kill, "It was killed already."),
    Kind.REVIVE: (curate.revive, "It was brought back already."),
}


def make_due(*, now: datetime, limit: int = 200) -> tuple[int, ...]:
    """Make every change whose hour has come, the earliest first; the ids of those settled.

    Each in a transaction of its own: one that fails holds up neither the others nor an edition.
    """
    due = PlannedChange.objects.filter(state=State.WAITING, due_at__lte=now)
    done = []
    for pk in list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit]):
        try:
            settled = _settle(pk, now)
        except Exception as error:
            raise_limit(error)
            log.exception("a planned change could not be made", change=pk)
            mine = PlannedChange.objects.filter(pk=pk, state=State.WAITING)
            settled = bool(mine.update(state=State.REFUSED, reason=_OURS, settled_at=now))
        if settled:
            done.append(pk)
    return tuple(done)


@transaction.atomic
def _settle(change_id: int, now: datetime) -> bool:
    """Two ticks at once: one holds the row, the other leaves it."""
    rows = PlannedChange.objects.select_for_update(skip_locked=True, of=("self",))
    waiting = rows.filter(pk=change_id, state=State.WAITING, due_at__lte=now)
    change = waiting.select_related("edition", "member").first()
    if change is None:
        return False
    try:
        with transaction.atomic():
            change.opposite = _make(change, now)
        change.state = State.DONE
    except (EditionRefused, StaleEdition) as error:
        change.state, change.reason = State.REFUSED, _words(error)
        record(
            "refused a planned change of", change.edition, now=now, member=change.member,
            change=change.pk, says=change.says, reason=change.reason,
        )  # fmt: skip
    change.settled_at = now
    change.save(update_fields=["state", "reason", "opposite", "settled_at"])
    return True


def _words(error: Exception) -> str:
    if isinstance(error, reconcile.FieldClash):
        there = "; ".join(f"“{words}”" for words in error.theirs.values() if words)
        return f"Other words were written there meanwhile{': ' + there if there else ''}."
    return str(error)


def _make(change: PlannedChange, now: datetime) -> dict[str, Any]:
    """Do it in its planner's name; what takes it back."""
    member = change.member
    if member is None or not member.is_active or not may(member.role, Right.CURATE):
        raise EditionRefused("Who planned it may not change editions any more.")
    edition = open_for_change(change.edition_id, None)
    if not within(member.scope, edition.newsletter_id):
        raise EditionRefused("Who planned it may not change this newsletter any more.")
    who: dict[str, Any] = {"member": member, "now": now}
    if change.kind == Kind.RETITLE:
        before = {"title": edition.title, "intro": edition.intro}
        reconcile.retitle(edition.pk, change.asked, change.base, **who)
        return {"words": before}
    if change.kind == Kind.ADD:
        by = {**who, "lock_version": edition.lock_version}
        return {"item": curate.add(edition.pk, int(change.asked["story"]), **by).item_id}
    item = Item.objects.filter(edition=edition, pk=change.item_id or 0).first()
    if item is None:
        raise EditionRefused("Its item is not in this edition any more.")
    if change.kind == Kind.REWORD:
        return _reword(change, edition, item, who)
    if change.kind == Kind.MOVE:
        return _move(change, edition, item, who)
    by = {**who, "lock_version": edition.lock_version}
    if change.kind in _FLAGS:
        step, already = _FLAGS[Kind(change.kind)]
        if item.killed == (change.kind == Kind.KILL):
            raise EditionRefused(already)
        step(edition.pk, item.pk, **by)
        return {}
    wanted = change.kind == Kind.PIN
    if item.pinned == wanted:
        raise EditionRefused("It was pinned already." if wanted else "It was let go already.")
    curate.pin(edition.pk, item.pk, wanted, **by)
    return {}


def _reword(
    change: PlannedChange, edition: Edition, item: Item, who: dict[str, Any]
) -> dict[str, Any]:
    channel = str(change.asked.get("channel", ""))
    own = ItemWording.objects.filter(item=item, channel=channel, language="").first()
    before = {"headline": own.headline, "blurb": own.blurb} if own else {}
    words = {name: str(change.asked.get(name, "")) for name in ("headline", "blurb")}
    reconcile.reword(edition.pk, item.pk, words, change.base, channel, **who)
    stands = reconcile.standing_words(reconcile.item_on_sheet(edition.pk, item.pk), channel)
    return {"words": before, "made": stands}


def _move(
    change: PlannedChange, edition: Edition, item: Item, who: dict[str, Any]
) -> dict[str, Any]:
    """To its place among the live items, unless somebody moved it by hand meanwhile."""
    own = PlannedChange.objects.filter(
        edition=edition, item_id=item.pk, kind=Kind.MOVE, state=State.DONE,
        settled_at__gte=change.planned_at,
    )  # fmt: skip
    moves = AuditEntry.objects.filter(
        subject_kind="edition", subject_id=edition.pk, verb="moved", detail__item=item.pk,
        at__gte=change.planned_at,
    )  # fmt: skip
    moved = moves.exclude(at__in=list(own.values_list("settled_at", flat=True))).first()
    if moved is not None:
        raise EditionRefused(f"{moved.who} moved it meanwhile.")
    live = Item.objects.filter(edition=edition, killed=False).order_by("position", "pk")
    order = list(live.values_list("pk", flat=True))
    if item.pk not in order:
        raise EditionRefused("It was killed meanwhile.")
    by = int(change.asked["place"]) - 1 - order.index(item.pk)
    curate.move(edition.pk, item.pk, by, lock_version=edition.lock_version, **who)
    made = list(live.values_list("pk", flat=True))
    return {"order": order, "made": made}


def take_back(change: PlannedChange, *, member: Member, now: datetime) -> None:
    """The opposite of what was made, as far as that stands still."""
    edition = locked(change.edition_id, None)
    by: dict[str, Any] = {"member": member, "now": now, "lock_version": edition.lock_version}
    opposite, item = change.opposite, change.item_id or 0
    match change.kind:
        case Kind.RETITLE:
            reconcile.retitle(edition.pk, opposite["words"], change.asked, member=member, now=now)
        case Kind.REWORD:
            _words_back(change, edition.pk, by)
        case Kind.MOVE:
            if reconcile.order_of(edition.pk) != "-".join(map(str, opposite["made"])):
                raise EditionRefused("The order was changed since. Move the item by hand.")
            curate.reorder(edition.pk, opposite["order"], **by)
        case Kind.KILL:
            curate.revive(edition.pk, item, **by)
        case Kind.REVIVE:
            curate.kill(edition.pk, item, **by)
        case Kind.ADD:
            curate.kill(edition.pk, int(opposite["item"]), **by)
        case _:
            curate.pin(edition.pk, item, change.kind == Kind.UNPIN, **by)


def _words_back(change: PlannedChange, edition_id: int, by: dict[str, Any]) -> None:
    item, channel = change.item_id or 0, str(change.asked.get("channel", ""))
    stands = reconcile.standing_words(reconcile.item_on_sheet(edition_id, item), channel)
    if stands != change.opposite["made"]:
        raise EditionRefused("Other words stand there since. Change them by hand.")
    words = change.opposite["words"]
    curate.reword(
        edition_id, item, words.get("headline", ""), words.get("blurb", ""), channel, **by
    )
