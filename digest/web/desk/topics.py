"""Topics: what falls under each, and their queries, tried before they are saved."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from digest.kit import clock
from digest.kit.text import one_line
from digest.newsdesk.editions.day import day
from digest.newsdesk.stories.models import Story
from digest.newsdesk.topics.board import OnBoard, board, filed, past_days
from digest.newsdesk.topics.compiled import alias_text
from digest.newsdesk.topics.define import StaleTopic, define
from digest.newsdesk.topics.file import file
from digest.newsdesk.topics.lessons import asks
from digest.newsdesk.topics.models import Topic
from digest.newsdesk.topics.name import name as save_aliases
from digest.newsdesk.topics.preview import Preview, preview
from digest.newsdesk.topics.propose import (
    Profiles,
    Stray,
    missing_terms,
    profiles,
    still_free,
    strays,
)
from digest.newsdesk.topics.query.aliases import MAX_LINE, MAX_SETS
from digest.newsdesk.topics.query.parse import MAX_LENGTH
from digest.newsdesk.topics.query.tree import QueryError
from digest.staff.access import Right
from digest.web.desk import given, times
from digest.web.desk.guard import can, member_of, needs
from digest.web.desk.kept import KeptValues
from digest.web.desk.shown import topic_names
from digest.web.desk.shown.highlighting import Piece, around, pieces
from digest.web.desk.shown.sparkline import points

AT_MOST = 4_000
"""How many articles a trial on a page looks at; a second's work, however large the newsroom."""
# The figures of a week of articles are counted for all editors at once; today's more often.
_past: KeptValues[Mapping[int, Sequence[int]]] = KeptValues(900)
_boards: KeptValues[tuple[OnBoard, ...]] = KeptValues(30)
_profiles: KeptValues[Profiles] = KeptValues(900)
_strays: KeptValues[tuple[Stray, ...]] = KeptValues(30)
VERDICTS = {"pinned": "is pinned to", "barred": "is barred from", "rule": "is left to the query of"}


@dataclass(frozen=True, slots=True)
class Shown:
    """An example with what was found marked."""

    title: tuple[Piece, ...]
    excerpt: tuple[Piece, ...]
    source: str
    ago: str
    url: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A query as it was tried: what it found, or what is wrong with it and where."""

    found: Preview | None = None
    days: tuple[tuple[str, int, int], ...] = ()
    examples: tuple[Shown, ...] = ()
    problem: str = ""
    place: tuple[Piece, ...] = ()


@require_safe
@needs(Right.SEE_DESK)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Every topic with its days, and the stories that are under none."""
    now = clock.now()
    topics = list(Topic.objects.all())
    by_id = {each.pk: each for each in topics}
    versions = tuple((each.pk, each.query_version, each.tagged_version) for each in topics)
    past = _past.get((versions, now.date()), lambda: past_days(now=now))
    shown = _boards.get(versions, lambda: board(topics, past, now=now))
    profiled = _profiles.get(versions, lambda: profiles(topics, now=now))
    found = still_free(_strays.get(versions, lambda: strays(profiled, now=now)))
    context = {
        "here": "topics",
        # A name may have changed since its figures were counted.
        "topics": [(by_id[each.topic.pk], each, points(each.by_day)) for each in shown],
        "strays": [(each, by_id[each.near.topic]) for each in found],
        "may_curate": can(request, Right.CURATE),
    }
    return render(request, "desk/topics.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.CURATE)
def topic_page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A topic's query, tried on the last days; its stories; what it misses."""
    topic = get_object_or_404(Topic, slug=slug)
    if request.method == "POST":
        return _posted(request, topic)
    return _page(request, topic, _words_of(topic), _tried(topic.query, clock.now()))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.CURATE)
def new_page(request: HttpRequest) -> HttpResponseBase:
    """A topic that is still to be made."""
    if request.method == "POST":
        return _posted(request, None)
    words = {"name": "", "description": "", "names": "", "query": "", "version": 0}
    return _page(request, None, words, Trial())


@require_POST
@needs(Right.CURATE)
def file_story(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Pin a story to the topic, bar it, or leave it to the query again."""
    topic = get_object_or_404(Topic, slug=slug)
    story = get_object_or_404(Story, public_id=given.uuid(request.POST.get("story", "")))
    by = request.POST.get("by", "")
    if by in VERDICTS:
        file(story.pk, topic.pk, by, now=clock.now(), member=member_of(request))
        for each in (day, _boards, _strays):
            each.forget()
        messages.success(request, f"“{story.headline}” {VERDICTS[by]} {topic.name}.")
    onward = request.POST.get("next", "")
    if onward and url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()}):
        # Not `redirect`, which takes a word without a slash for a view's name.
        return HttpResponseRedirect(onward)
    return redirect("desk:topic", topic.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.CURATE)
def aliases_page(request: HttpRequest) -> HttpResponseBase:
    """Names of one thing, a set a line."""
    stands = alias_text()
    text, problem = stands, ""
    if request.method == "POST":
        text = _text(request, "text", MAX_LINE * MAX_SETS // 10)
        try:
            if request.POST.get("base", _mark(stands)) != _mark(stands):
                raise QueryError(
                    0,
                    "Somebody else saved other aliases meanwhile.",
                    "Both are shown below: bring them together, then save.",
                )
            named = save_aliases(text, now=clock.now(), member=member_of(request))
        except QueryError as error:
            problem = f"{error.problem[:1].upper()}{error.problem[1:]} {error.remedy}"
        else:
            count = len(named.topic_ids)
            say = "No topic asks for anything else now."
            if count:
                say = f"{count} {'topic is' if count == 1 else 'topics are'} applied anew."
            messages.success(request, f"The aliases are saved. {say}")
            return redirect("desk:aliases")
    context = {
        "here": "topics",
        "text": text,
        "stands": stands,
        "base": _mark(stands),
        "problem": problem,
    }
    return render(request, "desk/aliases.html", context, status=422 if problem else 200)


def _posted(request: HttpRequest, topic: Topic | None) -> HttpResponseBase:
    now = clock.now()
    words: dict[str, Any] = {
        "name": one_line(_text(request, "name", 500)),
        "description": one_line(_text(request, "description", 1_000)),
        "names": _text(request, "names", 8_000),
        "query": _text(request, "query", MAX_LENGTH + 1),
        "version": given.number(request.POST.get("version", "")),
    }
    trial = _tried(words["query"], now)
    if request.POST.get("do") != "save":
        return _page(request, topic, words, trial)
    slug = topic.slug if topic else _address_of(words["name"])
    problem = _complaint(words, topic)
    if not problem and not trial.problem:
        try:
            define(
                slug,
                query=words["query"],
                now=now,
                member=member_of(request),
                version=words["version"],
                name=words["name"],
                description=words["description"],
                **(
                    {"names": topic_names.read(words["names"])[0]}
                    if "names" in request.POST
                    else {}
                ),
            )
        except StaleTopic as error:
            problem = str(error)
        else:
            messages.success(request, f"{words['name']} is saved, and applied to the last days.")
            return redirect("desk:topic", slug)
    if topic is not None:
        topic.refresh_from_db()
        words["version"] = topic.query_version
    return _page(request, topic, words, trial, problem)


def _complaint(words: dict[str, Any], topic: Topic | None) -> str:
    if not words["name"]:
        return "The topic has no name. Write one: readers see it when they subscribe."
    if len(words["name"]) > 120 or len(words["description"]) > 300:
        return "The name may have 120 characters and the description 300. Shorten them."
    if problem := topic_names.read(words["names"])[1]:
        return problem
    others = Topic.objects.exclude(pk=topic.pk if topic else 0)
    if others.filter(name__iexact=words["name"]).exists():
        return (
            f"There is a topic named “{words['name']}” already. Open that one from the list of "
            "topics, or give this one another name."
        )
    return ""


def _address_of(name: str) -> str:
    slugs = Topic.objects.values_list("slug", flat=True)
    return given.address_of(name, "topic", lambda stem: slugs.filter(slug__startswith=stem))


def _page(
    request: HttpRequest,
    topic: Topic | None,
    words: dict[str, Any],
    trial: Trial,
    problem: str = "",
) -> HttpResponseBase:
    now = clock.now()
    context = {
        "here": "topics",
        "topic": topic,
        "words": words,
        "stands": _words_of(topic)
        if topic
        else {"name": "", "description": "", "names": "", "query": ""},
        "trial": trial,
        "problem": problem,
        "standing": topic.query if topic and topic.query != words["query"] else "",
        "stories": [
            (each, times.ago(each.last_at, now))
            for each in (filed(topic, now=now) if topic else ())
        ],
        "missing": missing_terms(topic, now=now) if topic else (),
        "asks": asks(topic, now=now) if topic else 0,
        "action": request.path,
        "longest": MAX_LENGTH,
    }
    refused = problem or (trial.problem and request.POST.get("do") == "save")
    return render(request, "desk/topic.html", context, status=422 if refused else 200)


def _tried(query: str, now: datetime) -> Trial:
    """``query`` held against the last days; nothing for an empty one."""
    if not query.strip():
        return Trial(problem="The query is empty. Write a word or a phrase to look for.")
    try:
        found = preview(query, now=now, at_most=AT_MOST)
    except QueryError as error:
        return Trial(
            problem=f"{error.problem[:1].upper()}{error.problem[1:]} {error.remedy}",
            place=around(query, error.position),
        )
    counts = dict(found.by_day)
    dates = [(now - timedelta(days=back)).date() for back in range(found.days - 1, -1, -1)]
    most = max([1, *counts.values()])
    days = tuple(
        (
            f"{date:%a %d}",
            counts.get(date.isoformat(), 0),
            counts.get(date.isoformat(), 0) * 100 // most,
        )
        for date in dates
    )
    examples = tuple(
        Shown(
            pieces(each.title, each.title_marks),
            pieces(each.excerpt, each.excerpt_marks),
            each.source,
            times.ago(each.published_at, now),
            each.url if each.url.startswith(("https://", "http://")) else "",
            each.because,
        )
        for each in found.examples
    )
    return Trial(found, days, examples)


def _words_of(topic: Topic) -> dict[str, Any]:
    return {
        "name": topic.name,
        "description": topic.description,
        "names": topic_names.written(topic.names),
        "query": topic.query,
        "version": topic.query_version,
    }


def _mark(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()[:16]


def _text(request: HttpRequest, name: str, limit: int) -> str:
    value = request.POST.get(name, "").replace("\r\n", "\n").replace("\x00", "")
    return value.strip()[:limit]
