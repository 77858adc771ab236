"""A story's own page: what it says, who says it, and what an editor may do about it."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from digest.kit import clock
from digest.newsdesk.alerts import candidates
from digest.newsdesk.alerts.core.words import AlertRefused
from digest.newsdesk.alerts.models import Alert, Candidate
from digest.newsdesk.editions.day import day
from digest.newsdesk.stories import mend
from digest.newsdesk.stories import rename as renaming
from digest.newsdesk.stories.coverage import coverage
from digest.newsdesk.stories.models import Story
from digest.newsdesk.stories.page import near, story_page
from digest.newsdesk.stories.shown.own_words import NAME_LIMIT
from digest.newsdesk.stories.text.urgent import urgent_word
from digest.newsdesk.topics.models import StoryTopic
from digest.staff.access import Right
from digest.web.desk import times
from digest.web.desk.editions.planned import additions
from digest.web.desk.guard import can, member_of, needs, not_done
from digest.web.desk.shown.sparkline import points
from digest.web.desk.told.naming import TypedName, name_forms
from digest.web.desk.wire import open_editions

_MERGES_FOLLOWED = 20


@require_safe
@needs(Right.SEE_DESK)
def page(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The story; one that was merged shows the one it became."""
    story = get_object_or_404(Story, public_id=public_id)
    root = _root(story)
    if root.pk != story.pk:
        messages.info(request, f"“{story.headline}” was merged into this story.")
        return redirect("desk:story", root.public_id)
    return _page(request, story)


@require_POST
@needs(Right.CURATE)
def merge(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Merge the story into another one."""
    story = get_object_or_404(Story, public_id=public_id)

    def step() -> mend.Mended:
        into = _named(request, "into")
        return mend.merge(story.pk, into.pk, member=member_of(request), now=clock.now())

    return _made(request, story, step, "The two are one story now.")


@require_POST
@needs(Right.CURATE)
def split(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Put the chosen articles into a story of their own."""
    story = get_object_or_404(Story, public_id=public_id)

    def step() -> mend.Mended:
        return mend.split(story.pk, _chosen(request), member=member_of(request), now=clock.now())

    return _made(request, story, step, "They are a story of their own now: this one.")


@require_POST
@needs(Right.CURATE)
def move(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Put the chosen articles into another story."""
    story = get_object_or_404(Story, public_id=public_id)

    def step() -> mend.Mended:
        to = _named(request, "to")
        by, now = member_of(request), clock.now()
        return mend.move(story.pk, _chosen(request), to.pk, member=by, now=now)

    return _made(request, story, step, "They are in this story now.")


@require_POST
@needs(Right.CURATE)
def rename(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Give the story a headline of the newsroom's own in one language, or take it back."""
    story = get_object_or_404(Story, public_id=public_id)
    typed, by, now = TypedName.of(request), member_of(request), clock.now()
    try:
        changed = renaming.rename(
            story.pk, typed.language, typed.words, typed.base, member=by, now=now
        )
    except renaming.RenameRefused as error:
        clashes = isinstance(error, renaming.NameClash)
        return _page(request, _root(story), str(error), replace(typed, clashes=clashes))
    day.forget()
    messages.success(request, "Saved." if changed else "Nothing to save: it says that already.")
    return redirect("desk:story", story.public_id)


@require_POST
@needs(Right.RAISE_ALERT)
def raise_on(request: HttpRequest, candidate_id: int) -> HttpResponseBase:
    """Draft an alert on what may be breaking; the next page shows it, nothing goes out."""
    candidate = get_object_or_404(Candidate.objects.select_related("story"), pk=candidate_id)
    story = _root(candidate.story)
    try:
        raised = candidates.raise_on(candidate_id, member=member_of(request), now=clock.now())
    except AlertRefused as error:
        not_done(request, str(error))
        return redirect("desk:story", story.public_id)
    return redirect("desk:alert", Alert.objects.get(pk=raised.alert_id).public_id)


@require_POST
@needs(Right.RAISE_ALERT)
def dismiss(request: HttpRequest, candidate_id: int) -> HttpResponseBase:
    """Take what is not breaking off the desk."""
    candidate = get_object_or_404(Candidate, pk=candidate_id)
    candidates.dismiss(candidate.pk, member=member_of(request), now=clock.now())
    messages.success(request, "Dismissed. It comes back only if the story grows much faster.")
    return redirect("desk:wire")


def _made(
    request: HttpRequest, story: Story, step: Callable[[], mend.Mended], done: str
) -> HttpResponseBase:
    try:
        mended = step()
    except mend.MendRefused as error:
        return _page(request, _root(story), str(error))
    day.forget()
    messages.success(request, done)
    return redirect("desk:story", Story.objects.get(pk=mended.story_id).public_id)


def _page(
    request: HttpRequest, story: Story, problem: str = "", typed: TypedName | None = None
) -> HttpResponseBase:
    now, member, may_curate = clock.now(), member_of(request), can(request, Right.CURATE)
    find = request.GET.get("find", "").replace("\x00", "").strip()[:100]
    saying = request.GET.get("saying", "").replace("\x00", "").strip()[:100]
    shown = story_page(story)
    covered = coverage([story.pk])[story.pk]
    open_now = open_editions(now)
    coming = additions(story.pk, [each.edition for each in open_now])
    filed = StoryTopic.objects.filter(story=story).exclude(by=StoryTopic.By.BARRED)
    context = {
        "here": "wire",
        "story": story,
        "page": shown,
        "saying": saying,
        "reports": story_page(story, saying) if saying else shown,
        "label": next((urgent_word(each.title) for each in shown.told if each.is_lead), ""),
        "pictured": covered.pictured,
        "points": points(shown.series),
        "topics": list(filed.order_by("-share").select_related("topic")),
        "hot": candidates.may_be_breaking(now=now, story_id=story.pk),
        "find": find,
        "near": near(story, now=now, q=find),
        "when": lambda at: times.day_and_time(at, member.time_zone, now),
        "lasted": times.span(story.last_at - story.first_at),
        "ago": times.ago(story.last_at, now),
        "problem": problem,
        "typed": typed,
        "names": name_forms(story, typed) if may_curate else (),
        "name_limit": NAME_LIMIT,
        "editions": [
            (each, each.takes and can(request, Right.CURATE, each.edition.newsletter_id))
            for each in open_now
        ],
        "coming": coming,
        "may_curate": may_curate,
        "may_raise": can(request, Right.RAISE_ALERT),
    }
    return render(request, "desk/story.html", context, status=422 if problem else 200)


def _root(story: Story) -> Story:
    for _ in range(_MERGES_FOLLOWED):
        if story.merged_into is None:
            break
        story = story.merged_into
    return story


def _named(request: HttpRequest, field: str) -> Story:
    """The story that a form names by its public id."""
    try:
        found = Story.objects.filter(public_id=UUID(request.POST.get(field, ""))).first()
    except ValueError:
        found = None
    if found is None:
        raise mend.MendRefused("Choose the other story from the list.")
    return _root(found)


def _chosen(request: HttpRequest) -> list[int]:
    values = request.POST.getlist("article")[: mend.MOST + 1]
    return [int(value) for value in values if value.isdecimal() and len(value) < 19]
