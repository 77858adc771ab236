"""The wire: the day's stories, what may be breaking, and what goes out next."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digest.kit import clock
from digest.newsdesk.alerts.candidates import MayBeBreaking, may_be_breaking
from digest.newsdesk.editions.day import day
from digest.newsdesk.editions.models import Edition, Item, SavedSearch
from digest.newsdesk.editions.searching.narrow import (
    Narrowing,
    OfferedToNarrow,
    narrowed,
    offered,
)
from digest.newsdesk.editions.wire import WireStory, lines
from digest.newsdesk.stories.doubtful import how_many
from digest.newsdesk.topics.models import Topic
from digest.staff.access import Right
from digest.web.desk import times
from digest.web.desk.editions.outlook import Outlook, outlook
from digest.web.desk.editions.planned import next_planned
from digest.web.desk.guard import can, member_of, needs
from digest.web.desk.kept import KeptValues, shown_alike
from digest.web.desk.searches.asked import WireAsked, tongue
from digest.web.desk.searches.looked import looked
from digest.web.desk.shown.sparkline import points
from digest.web.desk.stamps import as_it_stands, came_in

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


@dataclass(frozen=True, slots=True)
class Wire:
    """One page of the wire and what stands beside it: the same for all who may see the desk."""

    stories: tuple[WireLine, ...]
    found: int
    hot: tuple[MayBeBreaking, ...]
    topics: tuple[Topic, ...]
    topic: Topic | None
    editions: tuple[Open, ...]
    doubts: int


# Thirty editors look at the same wire. While nothing has changed it is made once in so many
# seconds, in which "12 min ago" stays true.
_wires: KeptValues[Wire] = KeptValues(15)
_lists: KeptValues[str] = KeptValues(15)
_narrowed: KeptValues[frozenset[int]] = KeptValues(60)
_offered: KeptValues[OfferedToNarrow] = KeptValues(300)
_besides: KeptValues["Beside"] = KeptValues(15)


@require_safe
@needs(Right.SEE_DESK)
def wire_page(request: HttpRequest) -> HttpResponseBase:
    """The day's stories, by topic and by words."""
    now, member = clock.now(), member_of(request)
    asked, page = WireAsked.of(request.GET), _page(request.GET.get("page", ""))
    mark = looked(request, now=now)
    to = Narrowing(asked.source, asked.language, mark if asked.new else None)
    key = (as_it_stands(request), asked, to, page)
    wire = _wires.get(key, lambda: _wire(came_in(request), now, asked, to, page))
    takes = tuple(
        each
        for each in wire.editions
        if each.takes and can(request, Right.CURATE, each.edition.newsletter_id)
    )
    may_raise = can(request, Right.RAISE_ALERT)
    rights = tuple(each.edition.pk for each in takes), may_raise
    here_url = request.get_full_path()
    searches = SavedSearch.objects.filter(member=member)
    piece = {
        "wire": wire,
        "takes": takes,
        "may_raise": may_raise,
        "here_url": here_url,
    }
    context = {
        "here": "wire",
        "stories": shown_alike(
            request, _lists, "desk/wire_stories.html", (*key, *rights, here_url), piece
        ),
        "wire": wire,
        "asked": asked,
        "page": page,
        "has_further": wire.found > page * SHOWN,
        "doubts": "99+" if wire.doubts > 99 else wire.doubts,
        "since": times.day_and_time(mark, member.time_zone, now),
        "offered": _offered.get(now.date(), lambda: offered(now=now)),
        "searches": [(each, WireAsked.of(each.asked)) for each in searches],
        "may_curate": can(request, Right.CURATE),
        "may_raise": may_raise,
        "tongue": tongue,
    }
    return render(request, "desk/wire.html", context)


def _wire(stamp: str, now: datetime, asked: WireAsked, to: Narrowing, page: int) -> Wire:
    topics = tuple(Topic.objects.all())
    topic = next((each for each in topics if each.slug == asked.topic), None)
    topic_id = topic.pk if topic else None
    if asked.q:
        found = day.matching(asked.q, now=now, stamp=stamp, topic_id=topic_id)
    else:
        found = day.order(now=now, stamp=stamp, topic_id=topic_id)
    if to != Narrowing():
        among = _narrowed.get((stamp, to), lambda: narrowed(to, now=now))
        found = tuple(story for story in found if story in among)
    shown = lines(found[(page - 1) * SHOWN : page * SHOWN], now=now)
    return Wire(
        stories=tuple(line(each, now) for each in shown),
        found=len(found),
        hot=may_be_breaking(now=now),
        topics=topics,
        topic=topic,
        editions=open_editions(now),
        doubts=how_many(now=now),
    )


def _page(value: str) -> int:
    number = int(value) if value.isascii() and value.isdecimal() and len(value) < 6 else 1
    return min(max(number, 1), MOST_PAGES)


@dataclass(frozen=True, slots=True)
class Beside:
    """The wire beside a sheet: the strongest that it does not have, and what may be breaking."""

    lines: tuple[WireLine, ...]
    hot: tuple[MayBeBreaking, ...]


def beside(request: HttpRequest, taken: Collection[int], *, now: datetime) -> Beside:
    """The wire beside a sheet with the stories ``taken``."""
    key = (as_it_stands(request), frozenset(taken))
    return _besides.get(key, lambda: _beside(came_in(request), taken, now))


def _beside(stamp: str, taken: Collection[int], now: datetime) -> Beside:
    strongest = day.order(now=now, stamp=stamp)[: BESIDE + len(taken)]
    others = [story for story in strongest if story not in taken][:BESIDE]
    shown = tuple(line(each, now) for each in lines(others, now=now))
    return Beside(shown, may_be_breaking(now=now))


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


def open_editions(now: datetime) -> tuple[Open, ...]:
    """Those that go next and are not closed, with the stories that each holds."""
    editions = (
        Edition.objects.filter(
            newsletter__isnull=False, state__in=(State.DRAFT, State.HELD, State.APPROVED)
        )
        .select_related("newsletter", "approved_by", "seen_by")
        .order_by("slot_at")[:NEXT]
    )
    stories: dict[int, set[int]] = {each.pk: set() for each in editions}
    live = Item.objects.filter(edition__in=stories, killed=False)
    for edition_id, story_id in live.values_list("edition_id", "story_id"):
        stories[edition_id].add(story_id)
    next_of = next_planned(stories.keys())
    return tuple(
        Open(each, outlook(each, now, planned=next_of.get(each.pk)), frozenset(stories[each.pk]))
        for each in editions
    )
