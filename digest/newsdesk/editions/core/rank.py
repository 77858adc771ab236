"""Which stories of a window go into an edition, in what order, and why, in words.

A story weighs what its sources weigh and how many they are, each on a logarithm: the tenth outlet
says less than the second, and no single outlet, however heavy, says as much as many. Outlets that
only reprint another's text add little, and so do those that said nothing in the window. It fades
with the time since its height, by half over two windows: what thirty outlets told last night still
leads over what one told five minutes ago, and one late report makes no old story young. Outlets
that report in the last hours lift it, as do the newsroom's own topics and an editor's hand. A story
that readers have had before counts only by what is new in it, but by all of that if it erupts
again. A topic has so many places and no more while stories on others wait, so that one busy subject
does not fill the page. The same candidates always give the same picks.

The order is made of nothing but what the reason tells (see :class:`StoryFacts`), rounded as it is
told, so that no reason speaks against the order that is seen.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from digest.kit.text import cut
from digest.newsdesk.newsletters.core.calendar import zone

TOPIC_SHARE = 0.4
"""Share of the places that stories on one main topic may have while others wait; two at least."""
SEEN_BEFORE = 0.7
"""What the news in a story that an earlier edition carried is worth, where it is a trickle."""
ERUPTS = 10
"""Sources reporting anew from which that is worth all of it."""
REPRINT = 0.15
"""What an outlet that reprints another's text adds, of what one with its own report adds."""
BEFORE = 0.5
"""What an outlet that reported before the window alone adds, of what one within it adds."""
LATELY = timedelta(hours=3)
GROWTH = 0.3
"""What each doubling of the sources in the last hours adds to a story."""
BEAT = 1.25
"""What a story on one of the newsroom's topics is worth beside one on none."""
BY_HAND = 1.3
"""What it is worth that an editor filed the story under its topic by hand."""
FADES_OVER = 2
"""Windows in which a story fades by half."""
UNREADABLE = 0.3
SHORTEST_HALF_LIFE = timedelta(hours=3)
HEAVIEST_SOURCE = 5.0
LONGEST_TOPIC = 60
"""Letters of a topic's name in a reason, which is stored in 300."""


@dataclass(frozen=True, slots=True)
class EditionWindow:
    """What an edition covers, [start, end), and the zone its reasons are told in."""

    start: datetime
    end: datetime
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class StoryCandidate:
    """A story with at least one report in the window.

    ``weight`` is the sum of its sources' weights, ``new_sources`` those that reported within the
    window, ``is_new`` that none did before it, ``in_earlier`` that its readers had it before, at
    ``had_at`` last, ``readable`` that some report is in the edition's language. ``topics`` begin
    with its main one.

    ``new_weight`` is the weight of the new sources (their share of ``weight`` when unknown),
    ``reprints`` those of them that only reprint another's text, which both weights count by
    ``REPRINT``. ``peak_at`` is when most told it within the window (``last_at`` when unknown),
    ``lately`` the sources that told something of their own in the window's last ``LATELY``,
    ``pinned`` that an editor filed it by hand.
    """

    story_id: int
    sources: int
    weight: float
    new_sources: int
    last_at: datetime
    topics: tuple[str, ...] = ()
    is_new: bool = True
    in_earlier: bool = False
    had_at: datetime | None = None
    readable: bool = True
    new_weight: float | None = None
    reprints: int = 0
    peak_at: datetime | None = None
    lately: int = 0
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class StoryFacts:
    """All that a story's place comes from, as its reason tells it.

    ``own``: sources with a report of their own, ``news`` those sources, reprints too, that reported
    in the window; ``weight`` in halves, rounded up, 0 where no source has any; ``hours`` since its
    height in whole hours, 0 for the last three; ``lately`` from two on.
    """

    own: int
    reprints: int
    news: int
    weight: float
    had: bool
    hours: int
    lately: int
    on_beat: bool
    pinned: bool
    readable: bool

    @property
    def breadth(self) -> float:
        """How many sources it counts as."""
        sources = self.own + self.reprints
        counted = self.news + (0.0 if self.had else BEFORE * (sources - self.news))
        counted -= (1 - REPRINT) * self.reprints
        return counted * _worth(self.news) if self.had else counted

    @property
    def ordinary_weight(self) -> float:
        """The weight that it has where each source weighs 1; a reason tells any other."""
        return _in_halves(self.breadth)


@dataclass(frozen=True, slots=True)
class Pick:
    """A chosen story: its score when it was chosen, and the reason a person reads."""

    story_id: int
    score: float
    reason: str
    section: str
    is_update: bool
    had_at: datetime | None = None


def rank(
    candidates: Iterable[StoryCandidate], window: EditionWindow, size: int
) -> tuple[Pick, ...]:
    """At most ``size`` picks, the best first; ties go to the later report, then the older story."""
    return pick(
        sorted(((strength(each, window), each) for each in candidates), key=order, reverse=True),
        window,
        size,
    )


def order(scored: tuple[float, StoryCandidate]) -> tuple[float, datetime, int]:
    """The key by which scored stories stand, the greatest first."""
    points, each = scored
    return points, each.last_at, -each.story_id


def pick(
    strongest: Iterable[tuple[float, StoryCandidate]], window: EditionWindow, size: int
) -> tuple[Pick, ...]:
    """At most ``size`` of stories that come with their :func:`strength`, in :func:`order`.

    No more is taken from ``strongest`` than it needs.
    """
    places = max(2, math.ceil(size * TOPIC_SHARE))
    crowd: Counter[str] = Counter()
    chosen: list[tuple[int, float, StoryCandidate]] = []
    beyond: list[tuple[int, float, StoryCandidate]] = []
    for number, (points, each) in enumerate(strongest):
        topic = each.topics[0] if each.topics else ""
        crowd[topic] += 1
        (beyond if topic and crowd[topic] > places else chosen).append((number, points, each))
        if len(chosen) == size:
            break
    # Places that nobody else wants go to those beyond their topic's share.
    chosen = sorted([*chosen, *beyond][:size], key=lambda each: each[0])
    on_topic = Counter(topic for _, _, each in chosen for topic in set(each.topics))
    place: Counter[str] = Counter()
    picks = []
    for _, points, each in chosen:
        topic = each.topics[0] if each.topics else ""
        # Under each of its topics: one that is above on a topic beside its main one is above.
        place.update(set(each.topics))
        reason = _reason(each, window, place[topic], on_topic[topic])
        picks.append(
            Pick(each.story_id, round(points, 4), reason, topic, each.in_earlier, each.had_at)
        )
    return tuple(picks)


def in_sections(picks: Sequence[Pick]) -> tuple[Pick, ...]:
    """``picks`` gathered under their sections; the section of the best story comes first."""
    order = {section: n for n, section in enumerate(dict.fromkeys(p.section for p in picks))}
    return tuple(sorted(picks, key=lambda pick: order[pick.section]))


def strength(candidate: StoryCandidate, window: EditionWindow) -> float:
    """The story's score, whatever else there is; above zero where a source has any weight."""
    return score(facts(candidate, window), window)


def facts(candidate: StoryCandidate, window: EditionWindow) -> StoryFacts:
    """What of a story its place comes from."""
    sources, had = max(candidate.sources, 1), candidate.in_earlier
    news = min(max(candidate.new_sources, 0), sources)
    reprints = min(max(candidate.reprints, 0), sources - 1, max(news - had, 0))
    weight = max(candidate.weight, 0.0)
    of_news = candidate.new_weight
    of_news = weight * news / sources if of_news is None else min(max(of_news, 0.0), weight)
    told = of_news * _worth(news) if had else of_news + BEFORE * (weight - of_news)
    age = max(window.end - (candidate.peak_at or candidate.last_at), timedelta(0))
    return StoryFacts(
        own=sources - reprints,
        reprints=reprints,
        news=news,
        weight=_in_halves(told),
        had=had,
        hours=age // timedelta(hours=1) if age >= LATELY else 0,
        lately=candidate.lately if candidate.lately > 1 else 0,
        on_beat=bool(candidate.topics),
        pinned=candidate.pinned,
        readable=candidate.readable,
    )


def score(told: StoryFacts, window: EditionWindow) -> float:
    """What a story is worth; no fact that speaks for it lowers this."""
    if not told.weight:
        return 0.0
    half_life = max(window.end - window.start, SHORTEST_HALF_LIFE) * FADES_OVER
    fading = math.exp2(-(timedelta(hours=told.hours) / half_life))
    standing = (math.log2(1 + told.weight) + math.log2(1 + told.breadth)) / 2
    growth = GROWTH * math.log2(told.lately) if told.lately else 0.0
    lifts = (BEAT if told.on_beat else 1.0) * (BY_HAND if told.pinned else 1.0)
    return (standing * fading + growth) * lifts * (1.0 if told.readable else UNREADABLE)


def _worth(news: int) -> float:
    """What each source anew is worth in a story that readers had."""
    return SEEN_BEFORE + (1.0 - SEEN_BEFORE) * min(1.0, news / ERUPTS)


def _in_halves(weight: float) -> float:
    return math.ceil(round(weight * 2, 6)) / 2 if weight > 1e-6 else 0.0


@lru_cache(maxsize=256)
def since_words(window: EditionWindow) -> str:
    """The window's start as an editor says it: ``07:00``, ``yesterday``, ``Friday``, ``3 May``."""
    in_zone = zone(window.time_zone)
    start, end = window.start.astimezone(in_zone), window.end.astimezone(in_zone)
    days = (end.date() - start.date()).days
    if days == 0:
        return f"{start:%H:%M}"
    if days == 1:
        return "yesterday"
    return f"{start:%A}" if days < 7 else f"{start.day} {start:%B}"


@lru_cache(maxsize=1024)
def height_words(window: EditionWindow, hours: int) -> str:
    """The moment so many hours before the window's end: ``22:00``, ``Friday 22:00``."""
    in_zone = zone(window.time_zone)
    at = (window.end - timedelta(hours=hours)).astimezone(in_zone)
    if hours < 24:
        return f"{at:%H:%M}"
    return f"{at:%A %H:%M}" if hours < 7 * 24 else f"{at.day} {at:%B %H:%M}"


def _reason(each: StoryCandidate, window: EditionWindow, place: int, on_topic: int) -> str:
    told, since = facts(each, window), since_words(window)
    head = _count(told.own, "source")
    if told.reprints:
        head += f" and {_count(told.reprints, 'reprint')}"
    if told.weight != told.ordinary_weight:
        verb = "counts" if told.own + told.reprints == 1 else "count"
        head += f" that {verb} as {told.weight:g}"
    parts = [head]
    if told.had:
        parts.append(f"was in an earlier edition, {_count(told.news, 'source')} since then")
    elif told.news == told.own + told.reprints:
        parts.append(f"new since {since}" if each.is_new else f"all since {since}")
    else:
        parts.append(f"{_count(told.news, 'source')} since {since}")
    if told.hours:
        parts.append(f"most before {height_words(window, told.hours)}")
    if told.lately:
        parts.append(f"{told.lately} in the last {LATELY // timedelta(hours=1)} hours")
    if told.pinned:
        parts.append("filed by hand")
    if each.topics:
        topic = cut(each.topics[0], LONGEST_TOPIC)
        if on_topic == 1:
            parts.append(f"nothing else on {topic}")
        else:
            parts.append(f"strongest on {topic}" if place == 1 else f"number {place} on {topic}")
    if not told.readable:
        parts.append("in another language")
    return ", ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
