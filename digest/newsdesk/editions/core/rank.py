"""Which stories of a window go into an edition, in what order, and why, in words.

A story weighs what its sources weigh and how many they are, each on a logarithm: the tenth outlet
says less than the second, and no single outlet, however heavy, says as much as many. It fades with
the age of its last report, by half over two windows: what thirty outlets told last night still
leads over what one told five minutes ago. A story that readers have had before counts only by what
is new in it, but by all of that if it erupts again. A topic has so many places and no more while
stories on others wait, so that one busy subject does not fill the page. The same candidates always
give the same picks.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.newsdesk.newsletters.core.calendar import zone

TOPIC_SHARE = 0.4
"""Share of the places that stories on one main topic may have while others wait; two at least."""
SEEN_BEFORE = 0.7
"""What the news in a story that an earlier edition carried is worth, where it is a trickle."""
ERUPTS = 0.5
"""Share of a story's sources reporting anew from which that is worth all of it."""
FADES_OVER = 2
"""Windows in which a story fades by half."""
UNREADABLE = 0.3
SHORTEST_HALF_LIFE = timedelta(hours=3)
HEAVIEST_SOURCE = 5.0


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
    strongest = sorted(
        ((strength(each, window), each) for each in candidates),
        key=lambda pair: (pair[0], pair[1].last_at, -pair[1].story_id),
        reverse=True,
    )
    places = max(2, math.ceil(size * TOPIC_SHARE))
    crowd: Counter[str] = Counter()
    chosen: list[tuple[float, StoryCandidate]] = []
    beyond: list[tuple[float, StoryCandidate]] = []
    for pair in strongest:
        topic = pair[1].topics[0] if pair[1].topics else ""
        crowd[topic] += 1
        (beyond if topic and crowd[topic] > places else chosen).append(pair)
    # Places that nobody else wants go to those beyond their topic's share.
    taken = {each.story_id for _, each in [*chosen, *beyond][:size]}
    chosen = [pair for pair in strongest if pair[1].story_id in taken]
    since = since_words(window)
    place: Counter[str] = Counter()
    picks = []
    for score, each in chosen:
        topic = each.topics[0] if each.topics else ""
        place[topic] += 1
        reason = _reason(each, since, place[topic], sum(topic in c.topics for _, c in chosen))
        picks.append(
            Pick(each.story_id, round(score, 4), reason, topic, each.in_earlier, each.had_at)
        )
    return tuple(picks)


def in_sections(picks: Sequence[Pick]) -> tuple[Pick, ...]:
    """``picks`` gathered under their sections; the section of the best story comes first."""
    order = {section: n for n, section in enumerate(dict.fromkeys(p.section for p in picks))}
    return tuple(sorted(picks, key=lambda pick: order[pick.section]))


def strength(candidate: StoryCandidate, window: EditionWindow) -> float:
    """The story's score, whatever else there is; above zero where a source has any weight."""
    weight, sources = max(candidate.weight, 0.0), float(candidate.sources)
    if candidate.in_earlier and candidate.sources:
        new = min(1.0, candidate.new_sources / candidate.sources)
        told = SEEN_BEFORE + (1.0 - SEEN_BEFORE) * min(1.0, new / ERUPTS)
        weight, sources = weight * new * told, sources * new * told
    half_life = max(window.end - window.start, SHORTEST_HALF_LIFE) * FADES_OVER
    age = max(window.end - candidate.last_at, timedelta(0))
    fading = math.exp2(-(age / half_life))
    standing = (math.log2(1 + weight) + (math.log2(1 + sources) if weight else 0.0)) / 2
    return standing * fading * (1.0 if candidate.readable else UNREADABLE)


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


def _reason(each: StoryCandidate, since: str, place: int, on_topic: int) -> str:
    parts = [_count(each.sources, "source")]
    if each.in_earlier:
        parts.append(f"was in an earlier edition, {_count(each.new_sources, 'source')} since then")
    elif each.is_new:
        parts.append(f"new since {since}")
    else:
        parts.append(f"{_count(each.new_sources, 'source')} since {since}")
    if each.topics:
        topic = each.topics[0]
        if on_topic == 1:
            parts.append(f"nothing else on {topic}")
        else:
            parts.append(f"strongest on {topic}" if place == 1 else f"number {place} on {topic}")
    if not each.readable:
        parts.append("in another language")
    return ", ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
