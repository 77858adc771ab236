"""The list of editions: what needs a word, what is next, what went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digest.kit import clock
from digest.newsdesk.editions.coming.next_out import goes_next
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.newsletters.models import Newsletter
from digest.staff.access import Right
from digest.web.desk import times
from digest.web.desk.editions.outlook import Outlook, outlook
from digest.web.desk.editions.planned import next_planned
from digest.web.desk.guard import can, member_of, needs

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
    now, zone = clock.now(), member_of(request).time_zone
    entries = partial(_entries, now=now, zone=zone)
    rows = (
        Edition.objects.filter(newsletter__isnull=False)
        .select_related("newsletter", "approved_by", "seen_by")
        .annotate(live=Count("items", filter=Q(items__killed=False)))
    )
    waiting = rows.filter(state__in=(State.DRAFT, State.APPROVED)).order_by("slot_at", "pk")
    done = rows.filter(state__in=(State.PUBLISHED, State.SKIPPED, State.CANCELLED))
    context = {
        "here": "editions",
        "held": entries(rows.filter(state=State.HELD).order_by("slot_at")),
        "waiting": entries(waiting),
        "done": entries(done.order_by("-slot_at", "-pk")[:SHOWN]),
        "coming": _coming(now, zone),
        "may_approve": partial(can, request, Right.APPROVE),
    }
    return render(request, "desk/editions.html", context)


def _entries(rows: Iterable[Any], now: datetime, zone: str) -> list[EditionRow]:
    found = list(rows)
    first = next_planned([each.pk for each in found])
    return [
        EditionRow(each, outlook(each, now, seen_from=zone, planned=first.get(each.pk)), each.live)
        for each in found
    ]


def _coming(now: datetime, zone: str) -> list[tuple[Newsletter, str]]:
    """Newsletters without an open edition, and when theirs is composed and goes."""
    waiting = Edition.objects.filter(slot_at__gt=now, state__in=(State.DRAFT, State.APPROVED))
    busy = waiting.filter(newsletter__isnull=False).values("newsletter_id")
    found = []
    for newsletter in Newsletter.objects.exclude(pk__in=busy):
        try:
            goes_at = goes_next(newsletter, now)
        except ValueError as error:
            found.append((newsletter, f"Its days and hour cannot be used: {error}"))
            continue
        goes = times.day_and_time(goes_at, newsletter.time_zone, now)
        goes += times.elsewhere(newsletter.time_zone, zone)
        found.append((newsletter, f"Goes {goes}; composed {times.span(newsletter.lead)} before"))
    return found
