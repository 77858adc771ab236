"""Correct an edition that was sent, where it can still be read."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from digest.kit import clock
from digest.newsdesk.editions import correct
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.correct import ItemCorrection
from digest.newsdesk.editions.curate import BLURB_LIMIT, HEADLINE_LIMIT
from digest.newsdesk.editions.lock import EditionRefused, StaleEdition
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.editions.preview import content_of
from digest.outbound.channels import registry
from digest.outbound.delivery.planning.corrections import places_of
from digest.staff.access import Right
from digest.web.desk import given
from digest.web.desk.editions.sheet import edition_of
from digest.web.desk.guard import member_of, needs

LONGEST = 4000


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.APPROVE)
def correct_page(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The words that went out, to be mended; and where they are said anew."""
    edition = edition_of(public_id)
    if edition.state != Edition.State.PUBLISHED:
        messages.info(request, "It has not gone out yet: change it here.")
        return redirect("desk:sheet", edition.public_id)
    said, problem, is_stale = content_of(edition.pk), "", False
    typed = _typed(request, said) if request.method == "POST" else _as_said(said)
    if request.method == "POST":
        try:
            done = correct.correct(
                edition.pk,
                typed,
                member=member_of(request),
                now=clock.now(),
                lock_version=given.number(request.POST.get("lock_version", "")),
            )
            if not done.first:
                raise EditionRefused("These are the words that it has already: nothing was done.")
        except (EditionRefused, StaleEdition) as error:
            problem, is_stale = str(error), isinstance(error, StaleEdition)
        else:
            onward = ", and on its way to our own places" if _places(edition) else ""
            messages.success(request, f"Corrected on its page{onward}.")
            return redirect("desk:sheet", edition.public_id)
    edition.refresh_from_db(fields=["lock_version"])
    context = {
        "here": "editions",
        "edition": edition,
        "rows": [(number, each, typed[each.story]) for number, each in enumerate(said.items, 1)],
        "places": _places(edition),
        "problem": problem,
        "headline_limit": HEADLINE_LIMIT,
        "blurb_limit": BLURB_LIMIT,
    }
    status = 409 if is_stale else 422 if problem else 200
    return render(request, "desk/correct_edition.html", context, status=status)


def _as_said(said: EditionContent) -> dict[str, ItemCorrection]:
    return {each.story: ItemCorrection(each.headline, each.blurb) for each in said.items}


def _typed(request: HttpRequest, said: EditionContent) -> dict[str, ItemCorrection]:
    """What the form says of each item; one that it does not name stays as it is."""
    return {
        each.story: ItemCorrection(
            _words(request, f"headline_{each.story}", each.headline),
            _words(request, f"blurb_{each.story}", each.blurb),
            request.POST.get(f"out_{each.story}") == "on",
        )
        for each in said.items
    }


def _words(request: HttpRequest, name: str, otherwise: str) -> str:
    return request.POST.get(name, otherwise)[:LONGEST].replace("\x00", "")


def _places(edition: Edition) -> list[tuple[str, str, bool]]:
    """Where it stands besides: the channel's name, the place, whether a post can be edited."""
    rows = places_of(edition.newsletter_id).select_related("address")
    found = []
    for each in rows.order_by("address__channel", "address__value"):
        (spec, *_) = registry.usable([each.address.channel]) or (None,)
        if spec is not None:
            place = spec.address.mask(each.address.value)
            found.append((spec.label, place, spec.replaces))
    return found
