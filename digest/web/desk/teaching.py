"""A topic's lessons: what it asks, what it took by itself and why, and drafts of its query."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from digest.kit import clock
from digest.newsdesk.topics.define import StaleTopic, define
from digest.newsdesk.topics.drafts import drafts
from digest.newsdesk.topics.lessons import SaidOf, lessons
from digest.newsdesk.topics.models import Topic
from digest.newsdesk.topics.query.parse import MAX_LENGTH
from digest.newsdesk.topics.query.tree import QueryError
from digest.newsdesk.topics.teaching.model import LEAST_DECISIONS
from digest.staff.access import Right
from digest.web.desk import given, times
from digest.web.desk.guard import member_of, needs, not_done


@require_safe
@needs(Right.CURATE)
def lessons_page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What the topic asks, what it accepted and set aside, and edits of its query."""
    topic = get_object_or_404(Topic, slug=slug)
    now = clock.now()
    found = lessons(topic, now=now)

    def aged(said: tuple[SaidOf, ...]) -> list[tuple[SaidOf, str]]:
        return [(each, times.ago(each.last_at, now)) for each in said]

    context = {
        "here": "topics",
        "topic": topic,
        "asks": aged(found.asks),
        "accepted": aged(found.accepted),
        "set_aside": aged(found.set_aside),
        "decisions": found.decisions,
        "wanted": LEAST_DECISIONS,
        "waiting": found.waiting,
        "drafts": drafts(topic, now=now),
    }
    return render(request, "desk/lessons.html", context)


@require_POST
@needs(Right.CURATE)
def take_draft(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Put a drafted query in force."""
    topic = get_object_or_404(Topic, slug=slug)
    query = request.POST.get("query", "").replace("\r\n", "\n").strip()[: MAX_LENGTH + 1]
    try:
        define(
            slug,
            query=query,
            now=clock.now(),
            member=member_of(request),
            version=given.number(request.POST.get("version", "")),
            name=topic.name,
        )
    except (StaleTopic, QueryError) as error:
        not_done(request, str(error))
    else:
        messages.success(request, f"The query of {topic.name} is saved, and applied to last days.")
    return redirect("desk:lessons", slug)
