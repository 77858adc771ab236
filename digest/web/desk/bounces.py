"""Held bounces: an editor says whether a site's readers are gone, or the fault lies elsewhere."""

import re
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from digest.kit import clock
from digest.outbound.returns import holds
from digest.outbound.returns.models import BounceHold, HardBounce
from digest.staff.access import Right
from digest.web.desk import times
from digest.web.desk.guard import can, member_of, needs, not_done

SHOWN = 20
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One hold: how many readers it keeps, and what their hosts said most."""

    hold: BounceHold
    readers: int
    examples: tuple[tuple[str, int], ...]


@require_safe
@needs(Right.SEE_DESK)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """What waits for a decision, then the latest decisions."""
    now, member = clock.now(), member_of(request)
    open_holds = BounceHold.objects.filter(decision="").order_by("opened_at")[:SHOWN]
    decided = BounceHold.objects.exclude(decision="").order_by("-decided_at")[:SHOWN]
    context = {
        "here": "sends",
        "waiting": [_row(each) for each in open_holds],
        "decided": [_row(each) for each in decided],
        "may_decide": can(request, Right.APPROVE),
        "when": lambda at: times.day_and_time(at, member.time_zone, now),
    }
    return render(request, "desk/bounces.html", context)


@require_POST
@needs(Right.APPROVE)
def decide(request: HttpRequest) -> HttpResponseBase:
    """An editor's word on one hold: the form's ``hold`` and ``decision``."""
    number, decision = request.POST.get("hold", ""), request.POST.get("decision", "")
    if not re.fullmatch("[0-9]{1,18}", number) or decision not in BounceHold.Decision.values:
        return HttpResponse("Press one of the buttons on the page.\n", status=400)
    word = BounceHold.Decision(decision)
    if not holds.decide(int(number), word, now=clock.now(), member=member_of(request)):
        not_done(request, "Somebody has decided this already.")
    elif word == BounceHold.Decision.SHUT:
        messages.success(request, "They are shut out now; it takes a moment.")
    else:
        messages.success(request, "Nobody is shut out. Later bounces count anew.")
    return redirect("desk:bounces")


def waiting() -> int:
    """How many holds wait for an editor."""
    return BounceHold.objects.filter(decision="").count()


def _row(hold: BounceHold) -> HoldRow:
    bounces = HardBounce.objects.filter(hold=hold)
    said = bounces.values("words").annotate(times=Count("pk")).order_by("-times", "words")
    return HoldRow(
        hold=hold,
        readers=bounces.values("address_id").distinct().count(),
        examples=tuple((each["words"], each["times"]) for each in said[:_EXAMPLES]),
    )
