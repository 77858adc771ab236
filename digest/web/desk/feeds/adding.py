"""New feeds on the desk: by their address, by a site's home page, by a list; and a list out."""

import threading
from dataclasses import replace

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from digest.intake.feeds.add import Added, add, store
from digest.intake.feeds.formats import opml
from digest.intake.feeds.models import Feed
from digest.intake.feeds.poll import manners
from digest.kit import clock, wake
from digest.staff.access import Right
from digest.staff.audit import record
from digest.staff.members import Member
from digest.web.desk.guard import member_of, needs

MOST_ADDRESSES = 10
LONGEST_LOOK = 8.0
"""Seconds for which an editor waits for a site; a feed that is slower is stored and tried again."""
# A look holds a place of the desk's: one at a time, so that the others go on working.
_looking = threading.Lock()


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.STEER_FEEDS)
def new_page(request: HttpRequest) -> HttpResponseBase:
    """Addresses, one a line, looked at while the editor waits; or a file of many."""
    typed = request.POST.get("addresses", "").replace("\x00", "")[:20_000]
    context: dict[str, object] = {"here": "feeds", "typed": typed, "added": (), "problem": ""}
    if request.method != "POST":
        return render(request, "desk/new_feeds.html", context)
    if request.POST.get("do") == "list":
        return _listed(request, context)
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    urls = [line if "://" in line else f"https://{line}" for line in dict.fromkeys(lines)]
    problem = _unfit(urls)
    if problem or not _looking.acquire(timeout=LONGEST_LOOK / 2):
        context["problem"] = problem or "Somebody else is adding feeds just now. Try again."
        return render(request, "desk/new_feeds.html", context, status=422)
    try:
        added = _add(urls, member_of(request))
    finally:
        _looking.release()
    if all(each.outcome != "refused" for each in added):
        context["typed"] = ""
    return render(request, "desk/new_feeds.html", context | {"added": added})


@require_safe
@needs(Right.SEE_DESK)
def export(request: HttpRequest) -> HttpResponseBase:
    """All feeds but removed ones, as OPML."""
    feeds = Feed.objects.exclude(state=Feed.State.RETIRED).order_by("folder", "title", "url")
    document = opml.write(
        [opml.Outline(each.url, each.title, each.site_url, each.language, each.folder)
         for each in feeds],
        title=settings.DIGEST_NEWSROOM,
    )  # fmt: skip
    return HttpResponse(
        document,
        content_type="text/x-opml; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="feeds.opml"'},
    )


def _unfit(urls: list[str]) -> str:
    if not urls:
        return "Write the address of a feed, or of a site’s home page."
    if len(urls) > MOST_ADDRESSES:
        return f"At most {MOST_ADDRESSES} addresses at once; for more, bring a list (OPML)."
    return ""


def _add(urls: list[str], member: Member) -> tuple[Added, ...]:
    """Look, store, and write down who did it; outside a transaction, as it goes to the network."""
    now, here = clock.now(), manners()
    added = add(urls, now=now, manners=replace(here, seconds=min(here.seconds, LONGEST_LOOK)))
    _noted([each.url for each in added if each.outcome == "added"], member)
    return added


def _listed(request: HttpRequest, context: dict[str, object]) -> HttpResponseBase:
    given = request.FILES.get("list")
    try:
        if given is None:
            raise opml.NotOpml("No file was chosen: choose an OPML file, as feed readers write it.")
        outlines = opml.read(given.read())
    except opml.NotOpml as error:
        context["problem"] = str(error)
        return render(request, "desk/new_feeds.html", context, status=422)
    new = store(outlines, now=clock.now())
    _noted(new, member_of(request))
    known = len(outlines) - len(new)
    noun = "feed" if len(new) == 1 else "feeds"
    messages.success(request, f"{len(new):,} {noun} added; {known:,} known already.")
    return redirect("desk:feeds")


@transaction.atomic
def _noted(urls: list[str] | tuple[str, ...], member: Member) -> None:
    now = clock.now()
    for feed in Feed.objects.filter(url__in=urls):
        record("added", feed, now=now, member=member, url=feed.url)
    if urls:
        wake.on_commit("poll")
