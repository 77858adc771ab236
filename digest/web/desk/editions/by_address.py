"""An article that no feed had: its address given, its words looked at, then in the edition."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from digest.intake.articles.by_address.ask import UnfitPage, article_at, ask, ask_again, fit
from digest.intake.articles.by_address.models import AddressLookup
from digest.intake.articles.by_address.take import NotTakable, take
from digest.intake.articles.by_address.words import URL_LIMIT, ConfirmedWords, UnfitWords, checked
from digest.intake.feeds.formats import dates
from digest.kit import clock
from digest.kit.text import is_https
from digest.newsdesk.editions import curate
from digest.newsdesk.editions.by_address.settle import story_of
from digest.newsdesk.editions.lock import EditionRefused, locked
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.newsletters.core.calendar import zone
from digest.newsdesk.stories.models import Story
from digest.staff.access import Right
from digest.staff.members import Member
from digest.web.desk import given, times
from digest.web.desk.editions import undoing
from digest.web.desk.guard import member_of, needs, not_done
from digest.web.desk.searches.asked import tongue

State = AddressLookup.State
_SETTLED = (State.STORED, State.DONE)
LONGEST = 4_000
LANGUAGES = tuple(
    sorted(
        ("ar", "bg", "bn", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi",
         "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "nl", "no", "pl", "pt", "ro", "ru",
         "sk", "sl", "sr", "sv", "sw", "ta", "te", "th", "tr", "uk", "ur", "vi", "zh"),
        key=tongue,
    )
)  # fmt: skip
_FIELDS = (
    "title", "summary", "source", "author", "image_url", "image_alt", "image_credit", "language",
    "published",
)  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.CURATE)
def ask_page(request: HttpRequest) -> HttpResponseBase:
    """Where an address is given: the page is then read by a worker, and shown for correction."""
    asked = request.POST if request.method == "POST" else request.GET
    typed = asked.get("address", "").replace("\x00", "")[:LONGEST]
    edition = _edition(asked.get("edition", ""))
    context: dict[str, Any] = {"here": "wire", "typed": typed, "edition": edition, "problem": ""}
    try:
        if request.method == "POST":
            return _asked(request, typed, edition)
        if typed:
            fit(typed)
    except UnfitPage as error:
        context["problem"] = str(error)
        if request.method == "POST" and request.headers.get("X-Desk", request.path) != request.path:
            # From another page's form: the words go along to the page of this one.
            named = {"edition": edition.public_id} if edition else {}
            return redirect(f"{request.path}?{urlencode({'address': typed[:2_000], **named})}")
    status = 422 if context["problem"] and request.method == "POST" else 200
    return render(request, "desk/by_address.html", context, status=status)


@require_safe
@needs(Right.CURATE)
def lookup_page(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """How far it is: waited for, to be corrected, or to be written by hand."""
    lookup = _lookup(public_id)
    if lookup.state in _SETTLED:
        return redirect("desk:lookup-sent", lookup.public_id)
    return _page(request, lookup)


@require_safe
@needs(Right.CURATE)
def sent_page(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """What became of it: a page of its own, so that no field of the form stays behind."""
    lookup = _lookup(public_id)
    if lookup.state not in _SETTLED:
        return redirect("desk:lookup", lookup.public_id)
    return _page(request, lookup)


@require_POST
@needs(Right.CURATE)
def try_again(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Have the page read once more."""
    lookup = _lookup(public_id)
    ask_again(lookup.pk, now=clock.now())
    return redirect("desk:lookup", lookup.public_id)


@require_POST
@needs(Right.CURATE)
def confirm(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The words are right: it becomes an article, and goes on to its story and its edition."""
    lookup, member, now = _lookup(public_id), member_of(request), clock.now()
    typed = {name: request.POST.get(name, "").replace("\x00", "")[:LONGEST] for name in _FIELDS}
    try:
        words = checked(_words(typed, _zone(member)), now)
        take(lookup.pk, words, member=member, now=now)
    except UnfitWords as error:
        return _page(request, lookup, typed, str(error), error.field, status=422)
    except NotTakable as error:
        not_done(request, f"Somebody was quicker. {error}")
    return redirect("desk:lookup-sent", lookup.public_id)


def _asked(request: HttpRequest, typed: str, edition: Edition | None) -> HttpResponseBase:
    member, now = member_of(request), clock.now()
    done = ask(typed, edition=edition.public_id if edition else None, member=member, now=now)
    if done.lookup is not None:
        return redirect("desk:lookup", done.lookup.public_id)
    return _known(request, done.article_id or 0, edition)


def _known(request: HttpRequest, article_id: int, edition: Edition | None) -> HttpResponseBase:
    """An address that we have: its story, put into the edition if one was named."""
    story = Story.objects.filter(pk=story_of(article_id) or 0).first()
    if story is None:
        raise UnfitPage(
            "We have this article, and it is in no story yet: wait a minute and give it again. "
            "Tickers and round-ups are in none."
        )
    if edition is None:
        messages.info(request, "We have this article already. This is its story.")
        return redirect("desk:story", story.public_id)
    try:
        with transaction.atomic():
            version = locked(edition.pk, None).lock_version
            added = curate.add(
                edition.pk, story.pk, lock_version=version, member=member_of(request),
                now=clock.now(),
            )  # fmt: skip
            undoing.remember(request, edition.pk, "kill", item=added.item_id)
    except EditionRefused as error:
        raise UnfitPage(f"We have it already: “{story.headline}”. {error}") from error
    messages.success(request, f"We had it already: “{story.headline}” is in {edition.title}.")
    return redirect("desk:sheet", edition.public_id)


def _page(
    request: HttpRequest,
    lookup: AddressLookup,
    typed: Mapping[str, str] | None = None,
    problem: str = "",
    field: str = "",
    status: int = 200,
) -> HttpResponseBase:
    member = member_of(request)
    edition = _edition(str(lookup.edition or ""))
    known = article_at(lookup.url) if lookup.state in (State.READ, State.FAILED) else None
    article = known or lookup.article_id
    story = Story.objects.filter(pk=story_of(article) or 0).first() if article else None
    stands = _stands(lookup, _zone(member))
    words = {**stands, **(typed or {})}
    languages = sorted({*LANGUAGES, words["language"]} - {""}, key=tongue)
    context = {
        "here": "wire",
        "lookup": lookup,
        "edition": edition,
        "story": story,
        "known": known is not None,
        "words": words,
        "stands": stands,
        "was_read": lookup.state == State.READ,
        "problem": problem,
        "field": field,
        "languages": [(code, tongue(code)) for code in languages],
        "zone": _zone(member).key,
        "asked": times.day_and_time(lookup.asked_at, member.time_zone, clock.now()),
    }
    return render(request, "desk/lookup.html", context, status=status)


def _stands(lookup: AddressLookup, where: ZoneInfo) -> dict[str, str]:
    """What the page said, by the name of the field that shows it."""
    found = {name: str(lookup.found.get(name, "")) for name in _FIELDS}
    moment = dates.read(found["published"]) or lookup.asked_at
    found["published"] = moment.astimezone(where).strftime("%Y-%m-%dT%H:%M")
    if not is_https(found["image_url"], URL_LIMIT):
        found["image_url"] = ""
    return found


def _words(typed: Mapping[str, str], where: ZoneInfo) -> ConfirmedWords:
    try:
        local = datetime.fromisoformat(typed["published"].strip())
    except ValueError:
        raise UnfitWords("published", "Say when it was published: a date and a time.") from None
    moment = local if local.tzinfo else local.replace(tzinfo=where)
    plain = {name: typed[name] for name in _FIELDS if name != "published"}
    return ConfirmedWords(published_at=moment, **plain)


def _zone(member: Member) -> ZoneInfo:
    return zone(member.time_zone or "UTC")


def _lookup(public_id: UUID) -> AddressLookup:
    return get_object_or_404(AddressLookup, public_id=public_id)


def _edition(public_id: str) -> Edition | None:
    if not public_id:
        return None
    rows = Edition.objects.filter(newsletter__isnull=False)
    return get_object_or_404(rows, public_id=given.uuid(public_id))
