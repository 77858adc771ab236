"""The list of editions: what needs a word, what is next, what went."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digest.kit import clock
from digest.newsdesk.editions.compose import cadence_of
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.newsletters.core.calendar import next_slot
from digest.newsdesk.newsletters.models import Newsletter
from digest.staff.access import Right
from digest.web.desk import times
from digest.web.desk.editions.outlook import Outlook, outlook
from digest.web.desk.guard import can, needs

State = Edition.State
SHOWN = 30


@dataclass(frozen=True, slots=True)
class EditionRow:
    """An edition in the list."""

    edition: Edition
    outlook: Outlook
    items: int


@require_safe
@needs(Right.SEE_DESK)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Held ones first, with the reason; then those open by their slot; then the latest done."""
    now = clock.now()
    rows = (
        Edition.objects.filter(newsletter__isnull=False)
        .select_related("newsletter", "approved_by", "seen_by")
        .annotate(live=Count("items", filter=Q(items__killed=False)))
    )
    waiting = rows.filter(state__in=(State.DRAFT, State.APPROVED)).order_by("slot_at", "pk")
    done = rows.filter(state__in=(State.PUBLISHED, State.SKIPPED, State.CANCELLED))
    context = {
        "here": "editions",
        "held": _entries(rows.filter(state=State.HELD).order_by("slot_at"), now),
        "waiting": _entries(waiting, now),
        "done": _entries(done.order_by("-slot_at", "-pk")[:SHOWN], now),
        "coming": _coming(now),
        "may_approve": partial(can, request, Right.APPROVE),
    }
    return render(request, "desk/editions.html", context)


def _entries(rows: object, now: datetime) -> list[EditionRow]:
    return [EditionRow(each, outlook(each, now), each.live) for each in rows]  # type: ignore[attr-defined]


def _coming(now: datetime) -> list[tuple[Newsletter, str]]:
    """Newsletters without an open edition, and when theirs is composed and goes."""
    busy = Edition.objects.filter(slot_at__gt=now).values("newsletter_id")
    found = []
    for newsletter in Newsletter.objects.exclude(pk__in=busy):
        try:
            slot = next_slot(cadence_of(newsletter), now)
        except ValueError as error:
            found.append((newsletter, f"Its days and hour cannot be used: {error}"))
            continue
        goes = times.day_and_time(slot.at, newsletter.time_zone, now)
        found.append((newsletter, f"Goes {goes}; composed {times.span(newsletter.lead)} before"))
    return found
