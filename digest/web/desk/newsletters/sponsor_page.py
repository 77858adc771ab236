"""The sponsors of one newsletter: booked for dates, shown as readers will see them, taken away."""

from collections.abc import Mapping
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from digest.kit import clock
from digest.newsdesk.newsletters.core.sponsor import read_sponsor
from digest.newsdesk.newsletters.models import Newsletter
from digest.newsdesk.newsletters.sponsors import SponsorRefused, book_sponsor, cancel_sponsor
from digest.staff.access import Right
from digest.web.desk import times
from digest.web.desk.guard import member_of, needs

FIELDS = ("first", "last", "name", "text", "url", "picture", "picture_alt")
_LONGEST = 1_000


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MAKE_NEWSLETTERS)
def sponsors_page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Who has booked the newsletter from today on, and a form for one more."""
    newsletter = get_object_or_404(Newsletter, slug=slug)
    if request.method == "POST":
        return _book(request, newsletter)
    return _page(request, newsletter, dict.fromkeys(FIELDS, ""), {})


@require_POST
@needs(Right.MAKE_NEWSLETTERS)
def cancel(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Take a booking away; what was published keeps its words."""
    newsletter = get_object_or_404(Newsletter, slug=slug)
    given = request.POST.get("booking", "")
    known = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
    name = cancel_sponsor(newsletter.pk, known, now=clock.now(), member=member_of(request))
    if name:
        messages.success(request, f"{name} is taken away. Editions that went keep what they said.")
    else:
        messages.info(request, "That booking is gone already.")
    return redirect("desk:newsletter-sponsors", slug)


def _book(request: HttpRequest, newsletter: Newsletter) -> HttpResponseBase:
    fields = {name: request.POST.get(name, "")[:_LONGEST] for name in FIELDS}
    plan, wrong = read_sponsor(fields)
    if plan is not None and plan.last < _today(newsletter):
        plan, wrong = None, {"last": "Those days are over: choose days to come."}
    if plan is None:
        return _page(
            request, newsletter, fields, wrong, "Not booked yet: see what is marked below."
        )
    try:
        book_sponsor(newsletter.pk, plan, now=clock.now(), member=member_of(request))
    except SponsorRefused as refused:
        return _page(request, newsletter, fields, {}, str(refused))
    messages.success(request, f"{plan.name} is booked from {plan.first} to {plan.last}.")
    return redirect("desk:newsletter-sponsors", newsletter.slug)


def _today(newsletter: Newsletter) -> date:
    """The date where the newsletter is at home: a booking runs until its last day is over there."""
    return clock.now().astimezone(times.zone(newsletter.time_zone)).date()


def _page(
    request: HttpRequest,
    newsletter: Newsletter,
    fields: Mapping[str, str],
    wrong: Mapping[str, str],
    problem: str = "",
) -> HttpResponseBase:
    context = {
        "here": "newsletters",
        "newsletter": newsletter,
        "bookings": list(newsletter.sponsorships.filter(last__gte=_today(newsletter))),
        "fields": fields,
        "wrong": wrong,
        "problem": problem,
    }
    return render(request, "desk/sponsors.html", context, status=422 if problem else 200)
