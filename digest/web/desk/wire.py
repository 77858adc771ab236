"""The wire: the day's stories, what may be breaking, and what goes out next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digest.kit import clock
from digest.newsdesk.alerts.candidates import MayBeBreaking, may_be_breaking
from digest.newsdesk.editions.day import day
from digest.newsdesk.editions.models import Edition, Item
from digest.newsdesk.editions.wire import WireStory, lines
from digest.newsdesk.topics.models import Topic
from digest.staff.access import Right, may
from digest.web.desk import times
from digest.web.desk.editions.outlook import Outlook, outlook
from digest.web.desk.guard import member_of, needs
from digest.web.desk.shown.sparkline import points
from digest.web.desk.stamps import came_in

State = Edition.State
SHOWN = 60
MOST_PAGES = 500
BESIDE = 30
NEXT = 4


@dataclass(frozen=True, slots=True)
class WireLine:
    """A story as a line of the wire."""

    story_id: int
    public_id: str
    headline: str
    label: str
    language: str
    sources: str
    ago: str
    topics: tuple[str, ...]
    points: str


@dataclass(frozen=True, slots=True)
class Open:
    """An edition that is still to go."""

    edition: Edition
    outlook: Outlook
    story_ids: frozenset[int]

    @property
    def takes(self) -> bool:
        """Whether stories may still be added."""
        return self.edition.state in (State.DRAFT, State.HELD)


@require_safe
@needs(Right.SEE_DESK)
def wire_page(request: HttpRequest) -> HttpResponseBase:
    """The day's stories, by topic and by words."""
    now, role = clock.now(), member_of(request).role
    q = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    topics = list(Topic.objects.all())
    topic = next((each for each in topics if each.slug == request.GET.get("topic")), None)
    page = _page(request.GET.get("page", ""))
    found = _found(request, now, topic, q)
    first = (page - 1) * SHOWN
    context = {
        "here": "wire",
        "here_url": request.get_full_path(),
        "stories": [line(each, now) for each in lines(found[first : first + SHOWN], now=now)],
        "found": len(found),
        "page": page,
        "has_further": len(found) > first + SHOWN,
        "hot": may_be_breaking(now=now),
        "topics": topics,
        "topic": topic,
        "q": q,
        "editions": _open(now),
        "may_curate": may(role, Right.CURATE),
        "may_raise": may(role, Right.RAISE_ALERT),
    }
    return render(request, "desk/wire.html", context)


def _found(request: HttpRequest, now: datetime, topic: Topic | None, q: str) -> tuple[int, ...]:
    stamp, topic_id = came_in(request), topic.pk if topic else None
    if q:
        return day.matching(q, now=now, stamp=stamp, topic_id=topic_id)
    return day.order(now=now, stamp=stamp, topic_id=topic_id)


def _page(value: str) -> int:
    number = int(value) if value.isascii() and value.isdecimal() and len(value) < 6 else 1
    return min(max(number, 1), MOST_PAGES)


Beside = dict[str, Sequence[WireLine] | Sequence[MayBeBreaking]]


def beside(request: HttpRequest, taken: Collection[int], *, now: datetime) -> Beside:
    """The wire beside a sheet: what may be breaking, and the strongest that it does not have."""
    strongest = day.order(now=now, stamp=came_in(request))[: BESIDE + len(taken)]
    others = [story for story in strongest if story not in taken][:BESIDE]
    shown = [line(each, now) for each in lines(others, now=now)]
    return {"lines": shown, "hot": may_be_breaking(now=now)}


def line(story: WireStory, now: datetime) -> WireLine:
    """One story as the wire shows it."""
    count = story.source_count
    return WireLine(
        story_id=story.story_id,
        public_id=story.public_id,
        headline=story.headline,
        label=story.label,
        language=story.language,
        sources="1 source" if count == 1 else f"{count} sources",
        ago=times.ago(story.last_at, now),
        topics=story.topics,
        points=points(story.series),
    )


def _open(now: datetime) -> list[Open]:
    editions = (
        Edition.objects.filter(
            newsletter__isnull=False, state__in=(State.DRAFT, State.HELD, State.APPROVED)
        )
        .select_related("newsletter", "approved_by")
        .order_by("slot_at")[:NEXT]
    )
    return [Open(each, outlook(each, now), _stories_of(each)) for each in editions]


def _stories_of(edition: Edition) -> frozenset[int]:
    live = Item.objects.filter(edition=edition, killed=False)
    return frozenset(live.values_list("story_id", flat=True))
