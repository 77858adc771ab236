"""An editor's own searches of the wire: kept under a name, and forgotten."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from digest.kit import clock
from digest.newsdesk.editions.searching.saved import SearchRefused, forget_search, keep_search
from digest.staff.access import Right
from digest.web.desk.guard import member_of, needs, not_done
from digest.web.desk.searches import looked
from digest.web.desk.searches.asked import WireAsked


@require_POST
@needs(Right.SEE_DESK)
def keep(request: HttpRequest) -> HttpResponseBase:
    """Keep what is asked of the wire under a name."""
    asked = WireAsked.of(request.POST)
    try:
        kept = keep_search(
            request.POST.get("name", "")[:500].replace("\x00", ""),
            asked.said,
            member=member_of(request),
            now=clock.now(),
        )
    except SearchRefused as error:
        not_done(request, str(error))
    else:
        messages.success(request, f"“{kept.name}” is kept: it stands before the topics.")
    return redirect(reverse("desk:wire") + asked.address())


@require_POST
@needs(Right.SEE_DESK)
def forget(request: HttpRequest, search_id: int) -> HttpResponseBase:
    """Let one of the member's own searches go."""
    if forget_search(search_id, member=member_of(request)):
        messages.success(request, "The search is forgotten. Nothing else has changed.")
    return redirect(reverse("desk:wire") + WireAsked.of(request.POST).address())


@require_POST
@needs(Right.SEE_DESK)
def seen(request: HttpRequest) -> HttpResponseBase:
    """The editor has seen what is new: from now on, only what comes later is."""
    looked.have_seen(request)
    return redirect(reverse("desk:wire") + WireAsked.of(request.POST).address())
