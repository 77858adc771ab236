"""Newsletters: made and changed on the desk, with a sample of what they would hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from digest.kit import clock
from digest.newsdesk.editions.coming.next_out import goes_next, next_free_slot, open_edition
from digest.newsdesk.editions.compose import compose_next
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.editions.sample import NewsletterSample, sample_of
from digest.newsdesk.newsletters.core.calendar import next_slot
from digest.newsdesk.newsletters.core.plan import NewsletterPlan, read_plan
from digest.newsdesk.newsletters.define import (
    StaleNewsletter,
    define_newsletter,
    mark_of,
    plan_of,
)
from digest.newsdesk.newsletters.models import Newsletter
from digest.newsdesk.topics.models import Topic
from digest.outbound.channels import registry
from digest.staff.access import Right, may
from digest.staff.members import Member
from digest.web.desk import given, reach, times
from digest.web.desk.guard import can, member_of, needs

DAYS = tuple(zip("1234567", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))
_TEXTS = (
    "name", "description", "language", "time_zone", "local_time", "lead", "grace", "spread", "size",
    "sender_name", "reply_to", "approval", "cut_off", "two_eyes", "breaks", "is_open",
)  # fmt: skip
_LISTS = ("days", "topics", "channels")
_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class NewsletterRow:
    """A newsletter in the list: when it goes, to whom, and its open edition, if any."""

    newsletter: Newsletter
    goes: str
    approval: str
    reached: str
    edition: Edition | None


@require_safe
@needs(Right.SEE_DESK)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Every newsletter, and what comes next of it."""
    now = clock.now()
    waiting = (Edition.State.DRAFT, Edition.State.HELD, Edition.State.APPROVED)
    open_now = {
        each.newsletter_id: each
        for each in Edition.objects.filter(newsletter__isnull=False, state__in=waiting).order_by(
            "-slot_at"
        )
    }
    context = {
        "here": "newsletters",
        "newsletters": [
            NewsletterRow(
                each,
                _goes(each, now),
                approval_words(each),
                reach.of_newsletter(each.pk, each.channels).words,
                open_now.get(each.pk),
            )
            for each in Newsletter.objects.all()
        ],
        "may_look": may(member_of(request).role, Right.MAKE_NEWSLETTERS),
        "may_make": partial(can, request, Right.MAKE_NEWSLETTERS),
        "may_curate": partial(can, request, Right.CURATE),
    }
    return render(request, "desk/newsletters.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MAKE_NEWSLETTERS)
def new_page(request: HttpRequest) -> HttpResponseBase:
    """A newsletter that is still to be made."""
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MAKE_NEWSLETTERS)
def newsletter_page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One newsletter, to be changed."""
    return _form(request, get_object_or_404(Newsletter, slug=slug))


@require_POST
@needs(Right.CURATE)
def compose_now(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Make the draft of its next edition now, and open it."""
    newsletter, now = get_object_or_404(Newsletter, slug=slug), clock.now()
    made = compose_next(newsletter.pk, now=now, member=member_of(request))
    editions = Edition.objects.filter(newsletter=newsletter)
    if made.edition_ids:
        edition = editions.get(pk=made.edition_ids[0])
        messages.success(request, "The draft is made, by rule. Change it as you like.")
        return redirect("desk:sheet", edition.public_id)
    coming = open_edition(newsletter, now)
    messages.info(request, "Its next edition is there already: this one.")
    if coming is None:
        return redirect("desk:newsletters")
    return redirect("desk:sheet", coming.public_id)


def approval_words(newsletter: Newsletter) -> str:
    """Who lets its editions go, as one clause."""
    eyes = " with a second pair of eyes" if newsletter.pairs_of_eyes > 1 else ""
    if not newsletter.publishes_by_rule:
        return f"only with an editor’s approval{eyes}"
    if newsletter.cut_off is None:
        return f"by rule unless an editor changes it{'; then' if eyes else ''}{eyes}"
    before = times.span(newsletter.cut_off)
    return f"by rule {before} before its hour unless an editor stops it"


def _form(request: HttpRequest, newsletter: Newsletter | None) -> HttpResponseBase:
    now, member = clock.now(), member_of(request)
    stands = plan_of(newsletter) if newsletter else None
    fields = _fields(stands, member)
    base, problem, clashes = mark_of(stands), "", False
    if request.method == "POST":
        fields, base = _posted(request), request.POST.get("base", "")[:64]
    plan, wrong = _read(fields)
    if request.method == "POST" and request.POST.get("do") == "save":
        problem = _name_taken(fields["name"], newsletter) or ""
        if plan is not None and not problem:
            slug = newsletter.slug if newsletter else _address(plan.name)
            try:
                define_newsletter(slug, plan, base=base, now=now, member=member)
            except StaleNewsletter as error:
                problem, base, clashes = str(error), mark_of(stands), True
            else:
                messages.success(request, _said(plan, newsletter, now))
                return redirect("desk:newsletter", slug)
        problem = problem or "Not saved yet: see what is marked below."
    elif request.method == "GET":
        # A blank form is not wrong, it is blank.
        wrong = {} if newsletter is None else wrong
    context = {
        "here": "newsletters",
        "newsletter": newsletter,
        "fields": fields,
        "stands": _fields(stands, member),
        "base": base,
        "wrong": wrong,
        "problem": problem,
        "meanwhile": _differing(_fields(stands, member), fields) if clashes else (),
        "sample": _sampled(plan, now),
        "goes": lambda sample: times.day_and_time(sample.slot.at, fields["time_zone"], now),
        "days": DAYS,
        "topics": list(Topic.objects.order_by("position", "name")),
        "channels": [(each.name, each.label) for each in registry.usable(settings.DIGEST_CHANNELS)],
        "action": request.path,
    }
    status = 409 if problem and plan and not wrong else 422 if problem else 200
    return render(request, "desk/newsletter.html", context, status=status)


def _fields(plan: NewsletterPlan | None, member: Member) -> dict[str, Any]:
    """What stands in the fields: the plan, or what a new newsletter begins with."""
    if plan is None:
        return {
            "name": "", "description": "", "language": "en", "time_zone": member.time_zone,
            "local_time": "07:00", "lead": "30", "grace": "30", "spread": "0", "size": "6",
            "sender_name": "", "reply_to": "", "approval": "editor", "cut_off": "5", "two_eyes": "",
            "breaks": "", "is_open": "on",
            "days": ["1", "2", "3", "4", "5"], "topics": [],
            "channels": list(settings.DIGEST_CHANNELS[:1]),
        }  # fmt: skip
    return {
        **{name: getattr(plan, name) for name in ("name", "description", "language", "time_zone")},
        "local_time": f"{plan.local_time:%H:%M}",
        **{name: _minutes(getattr(plan, name)) for name in ("lead", "grace", "spread")},
        "size": str(plan.size),
        "sender_name": plan.sender_name,
        "reply_to": plan.reply_to,
        "approval": _approval(plan),
        "cut_off": _minutes(plan.cut_off or timedelta(minutes=5)),
        "two_eyes": "on" if plan.pairs_of_eyes > 1 else "",
        "breaks": "\n".join(map(str, plan.breaks)),
        "is_open": "on" if plan.is_open else "",
        "days": list(plan.days),
        "topics": [str(each) for each in plan.topic_ids],
        "channels": list(plan.channels),
    }


def _approval(plan: NewsletterPlan) -> str:
    if plan.cut_off is not None:
        return "cut-off"
    return "rule" if plan.publishes_by_rule else "editor"


def _differing(stands: dict[str, Any], fields: dict[str, Any]) -> list[tuple[str, str]]:
    """What stands otherwise than it was typed, by field; lists in words."""
    return [
        (name.replace("_", " "), ", ".join(stands[name]) if name in _LISTS else stands[name])
        for name in stands
        if stands[name] != fields[name]
    ]


def _posted(request: HttpRequest) -> dict[str, Any]:
    texts = {name: request.POST.get(name, "")[:_LONGEST] for name in _TEXTS}
    return texts | {name: request.POST.getlist(name)[:_LONGEST] for name in _LISTS}


def _read(
    fields: Mapping[str, str | Sequence[str]],
) -> tuple[NewsletterPlan | None, dict[str, str]]:
    texts = {name: str(fields[name]) for name in _TEXTS}
    lists = {name: [str(each) for each in fields[name]] for name in _LISTS}
    return read_plan(
        texts,
        lists,
        topics=set(Topic.objects.values_list("pk", flat=True)),
        channels=settings.DIGEST_CHANNELS,
    )


def _name_taken(name: str, newsletter: Newsletter | None) -> str:
    others = Newsletter.objects.exclude(pk=newsletter.pk if newsletter else 0)
    if name.strip() and others.filter(name__iexact=name.strip()).exists():
        return f"There is a newsletter named “{name.strip()}” already. Give this one another name."
    return ""


def _address(name: str) -> str:
    slugs = Newsletter.objects.values_list("slug", flat=True)
    return given.address_of(name, "newsletter", lambda stem: slugs.filter(slug__startswith=stem))


def _sampled(plan: NewsletterPlan | None, now: datetime) -> NewsletterSample | None:
    return sample_of(plan, now=now) if plan is not None else None


def _said(plan: NewsletterPlan, newsletter: Newsletter | None, now: datetime) -> str:
    if newsletter is None:
        first = next_slot(plan.cadence, now)
        goes = times.day_and_time(first.at, plan.time_zone, now)
        return f"{plan.name} is made. Its first edition goes {goes}."
    goes = times.day_and_time(next_free_slot(newsletter, now).at, plan.time_zone, now)
    return f"{plan.name} is saved. Its next goes {goes}; one that is open already keeps its hour."


def _goes(newsletter: Newsletter, now: datetime) -> str:
    try:
        goes_at = goes_next(newsletter, now)
    except ValueError as error:
        return f"Never: {error}"
    return f"Next {times.day_and_time(goes_at, newsletter.time_zone, now)}"


def _minutes(length: timedelta) -> str:
    return str(round(length.total_seconds() / 60))
