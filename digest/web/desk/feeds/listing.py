"""Feeds on the desk: how each is doing and why, and a hand on it."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from digest.intake.articles.core.fulltext import MISSING, available
from digest.intake.feeds import steer
from digest.intake.feeds.listing import WORDS, counts, rhythms, worded
from digest.intake.feeds.models import Feed
from digest.intake.feeds.polling.health import FeedHealth, lasting
from digest.intake.feeds.websub.subscribe import is_live
from digest.kit import clock
from digest.newsdesk.editions.day import day
from digest.newsdesk.stories.muting import mute, unmute
from digest.staff.access import Right
from digest.web.desk import times
from digest.web.desk.feeds import history as feed_history
from digest.web.desk.guard import can, member_of, needs, not_done
from digest.web.desk.shown.sparkline import points

SHOWN = 50
MUTES = {"1": "for a day", "7": "for a week", "30": "for 30 days"}
# What an editor may choose beside the feed's own rhythm, in minutes.
INTERVALS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440)
SORTS = {
    "name": ("By name", (F("title").asc(), F("url").asc())),
    "news": ("Latest news", (F("newest_at").desc(nulls_last=True), F("pk").asc())),
    "quiet": ("Longest quiet", (F("newest_at").asc(nulls_last=True), F("pk").asc())),
    "looked": ("Last look", (F("checked_at").desc(nulls_last=True), F("pk").asc())),
}


@dataclass(frozen=True, slots=True)
class FeedLine:
    """A feed as a line of the list."""

    feed: Feed
    health: FeedHealth
    looked: str
    news: str
    points: str
    pushed: bool


@require_safe
@needs(Right.SEE_DESK)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """The feeds, by health, words and folder; those that need somebody are counted on top."""
    now = clock.now()
    show, q = _one_of(request, "show", WORDS), _words(request)
    by = _one_of(request, "by", tuple(SORTS)) or "name"
    rows = worded(now).order_by(*SORTS[by][1])
    if request.GET.get("show") == "muted":
        show, rows = "muted", rows.filter(is_muted=True)
    elif show:
        rows = rows.filter(word=show)
    else:
        # What was removed is looked for by name or by its own tab.
        rows = rows if q else rows.exclude(word="retired")
    if q:
        fits = Q(title__icontains=q) | Q(url__icontains=q) | Q(folder__icontains=q)
        rows = rows.filter(fits | Q(source__icontains=q))
    page = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
    found = counts(now)
    context = {
        "here": "feeds",
        "page": page,
        "lines": _lines(list(page), now),
        "tabs": [
            *((word, found[word]) for word in WORDS if found[word]),
            *((("muted", muted),) if (muted := Feed.objects.filter(is_muted=True).count()) else ()),
        ],
        "total": sum(found.values()) - found["retired"],
        "show": show,
        "q": q,
        "by": by,
        "may_steer": can(request, Right.STEER_FEEDS),
        "sorts": [(key, label) for key, (label, _) in SORTS.items()],
    }
    return render(request, "desk/feeds.html", context)


@require_safe
@needs(Right.SEE_DESK)
def feed_page(request: HttpRequest, feed_id: int) -> HttpResponseBase:
    """One feed: health with its reason, rhythm, hub, the last looks and the last items."""
    now, member = clock.now(), member_of(request)
    feed = Feed.objects.filter(pk=feed_id).first()
    if feed is None:
        raise Http404("There is no such feed.")

    def when(at: datetime | None) -> str:
        return times.day_and_time(at, member.time_zone, now) if at else "never"

    days = feed_history.by_day(feed.pk, now)
    context = {
        "here": "feeds",
        "feed": feed,
        "health": feed.health(now),
        "figures": _figures(feed, now, sum(days[-7:])),
        "points": points(days),
        "hub": _hub(feed, now, when),
        "checks": feed_history.checks(feed.pk, when),
        "items": feed_history.items(feed.pk, now),
        "intervals": [(each, lasting(timedelta(minutes=each))) for each in _offered(feed)],
        "every": _minutes(feed),
        "missing": "" if available() else MISSING,
        "muted": f"until {when(feed.muted_until)}" if feed.muted_until else "for good",
        "mutes": MUTES,
        "may_steer": can(request, Right.STEER_FEEDS),
    }
    return render(request, "desk/feed.html", context)


@require_POST
@needs(Right.STEER_FEEDS)
def act(request: HttpRequest, feed_id: int, verb: str) -> HttpResponseBase:
    """Pause, resume, or look now; mute for a time or for good, and let it be heard again."""
    now, member = clock.now(), member_of(request)
    days = request.POST.get("days", "")
    if verb == "mute":
        until = now + timedelta(days=int(days)) if days in MUTES else None
        done = days in ("", *MUTES) and mute(feed_id, until=until, now=now, member=member)
    elif verb == "unmute":
        done = unmute(feed_id, now=now, member=member)
    else:
        step = {"pause": steer.pause, "resume": steer.resume, "check": steer.check_now}[verb]
        done = bool(step([feed_id], now=now, member=member))
    if verb in ("mute", "unmute"):
        day.forget()
    said = {
        "pause": "Paused. Nothing of it arrives until it is resumed.",
        "resume": "Resumed. It is being looked at now.",
        "check": "It is being looked at now. Its news appears here in a moment.",
        "mute": "Muted. It is read on, and its reports count for nothing.",
        "unmute": "It is heard again, with what it brought in the last two days.",
    }[verb]
    if done:
        messages.success(request, said)
    else:
        not_done(request, "Somebody was faster: the feed is in another state by now.")
    return redirect("desk:feed", feed_id)


@require_POST
@needs(Right.STEER_FEEDS)
def settings(request: HttpRequest, feed_id: int) -> HttpResponseBase:
    """Save the interval and whether the articles' pages are read."""
    now, member = clock.now(), member_of(request)
    given = request.POST.get("every", "")
    if given and not re.fullmatch(r"[0-9]{1,5}", given):
        not_done(request, "The interval is a number of minutes.")
        return redirect("desk:feed", feed_id)
    every = timedelta(minutes=int(given)) if given else None
    changed = steer.override(
        feed_id, every=every, full_text="full_text" in request.POST, now=now, member=member
    )
    if changed:
        messages.success(request, "Saved.")
    return redirect("desk:feed", feed_id)


def _lines(feeds: list[Feed], now: datetime) -> list[FeedLine]:
    series = rhythms([feed.pk for feed in feeds])
    return [
        FeedLine(
            feed=feed,
            health=feed.health(now),
            looked=f"Looked {times.ago(feed.checked_at, now)}"
            if feed.checked_at
            else "Never looked at",
            news=f"News {times.ago(feed.newest_at, now)}" if feed.newest_at else "No news yet",
            points=points(series[feed.pk]),
            pushed=is_live(feed, now),
        )
        for feed in feeds
    ]


def _since(word: str, at: datetime | None, now: datetime) -> str:
    return f"{word} {times.ago(at, now)}" if at else ""


def _figures(feed: Feed, now: datetime, week: float) -> list[tuple[str, str, bool]]:
    looked = times.ago(feed.checked_at, now) if feed.checked_at else "never"
    active = feed.state == Feed.State.ACTIVE
    coming = "now" if feed.next_check_at <= now else times.ago(feed.next_check_at, now)
    return [
        ("last look", looked, False),
        ("next look", coming if active else "not while it is " + feed.state, False),
        ("articles this week", f"{int(week):,}", False),
        ("usual gap", lasting(feed.usual_gap) if feed.usual_gap else "not known yet", False),
        ("to answer", f"{feed.latency_ms:,} ms" if feed.checked_at else "not known yet", False),
        ("failed in a row", str(feed.failures), True),
    ]


def _hub(feed: Feed, now: datetime, when: feed_history.When) -> str:
    """What WebSub does for this feed, in one sentence; empty without a hub."""
    if not feed.hub_url:
        return ""
    if is_live(feed, now):
        until = when(feed.hub_lease_until)
        return f"Its hub pushes news the moment it is out; subscribed until {until}."
    if feed.hub_reason:
        return f"It is polled. {feed.hub_reason}"
    if feed.hub_state == Feed.HubState.LIVE:
        return "It is polled: the subscription at its hub has ended and is being renewed."
    return "It is polled. Its hub has been found and is being asked."


def _offered(feed: Feed) -> list[int]:
    mine = _minutes(feed)
    return sorted({*INTERVALS, *([mine] if mine else [])})


def _minutes(feed: Feed) -> int:
    return round(feed.check_every.total_seconds() / 60) if feed.check_every else 0


def _one_of(request: HttpRequest, name: str, known: tuple[str, ...]) -> str:
    given = request.GET.get(name, "")
    return given if given in known else ""


def _words(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:100]
