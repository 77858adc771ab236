"""Changes planned for an hour: put on the sheet, called off by one click, taken back."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from digest.newsdesk.editions.later import plan
from digest.newsdesk.editions.later.models import PlannedChange
from digest.staff.access import Right
from digest.web.desk import given
from digest.web.desk.editions.curating import Change, words_of
from digest.web.desk.editions.sheet import Typed
from digest.web.desk.guard import needs

Kind = PlannedChange.Kind
_OF_AN_ITEM = (Kind.KILL, Kind.REVIVE, Kind.PIN, Kind.UNPIN, Kind.MOVE)


@require_POST
@needs(Right.CURATE)
def plan_one(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Plan what was chosen for an item; words are planned from the form that holds them."""
    change = Change(request, public_id)
    item = given.number(request.POST.get("item", ""))
    typed = {name: words_of(request, name)[:32] for name in ("act", "place", "at")}
    kind = typed["act"] if typed["act"] in _OF_AN_ITEM else ""
    asked: dict[str, Any] = {}
    if kind == Kind.MOVE:
        asked["place"] = given.number(typed["place"])

    def step() -> None:
        plan.plan_change(change.edition.pk, kind, asked, typed["at"], item_id=item, **change.who)

    return change.made(step, Typed(f"later-{item}", tuple(typed.items())))


@require_POST
@needs(Right.CURATE)
def settle(request: HttpRequest, public_id: UUID, change_id: str, way: str) -> HttpResponseBase:
    """Call a change off, or take back one that was made."""
    change = Change(request, public_id)
    found = get_object_or_404(PlannedChange, pk=int(change_id), edition=change.edition)
    step = plan.call_off if way == "cancel" else plan.undo_change
    return change.made(lambda: step(found.pk, **change.who))
