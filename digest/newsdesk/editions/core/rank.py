"""Which stories of a window go into an edition, in what order, and why, in words.

A story weighs what its sources weigh, on a logarithm: the tenth outlet says less than the second.
It fades with the age of its last report, by half over a window. A story that readers have had
before counts only by what is new in it. Each pick makes further stories on its topics weaker, so
that one busy subject does not fill the page. The same candidates always give the same picks.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.newsdesk.newsletters.core.calendar import zone

CROWDED = 0.6
SEEN_BEFORE = 0.7
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
    window, ``is_new`` that none did before it, ``in_earlier`` that an earlier edition carried it,
    ``readable`` that some report is in the edition's language. ``topics`` begin with its main one.
    """

    story_id: int
    sources: int
    weight: float
    new_sources: int
    last_at: datetime
    topics: tuple[str, ...] = ()
    is_new: bool = True
    in_earlier: bool = False
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Pick:
    """A chosen story: its score when it was chosen, and the reason a person reads."""

    story_id: int
    score: float
    reason: str
    section: str
    is_update: bool


def rank(
    candidates: Iterable[StoryCandidate], window: EditionWindow, size: int
) -> tuple[Pick, ...]:
    """At most ``size`` picks, the best first; ties go to the later report, then the older story."""
    left = [(strength(each, window), each) for each in candidates]
    crowd: Counter[str] = Counter()
    chosen: list[tuple[float, StoryCandidate]] = []
    while left and len(chosen) < size:
        best = max(left, key=lambda pair: _standing(pair[0], pair[1], crowd))
        left.remove(best)
        score = _standing(best[0], best[1], crowd)[0]
        chosen.append((score, best[1]))
        crowd.update(set(best[1].topics))
    since = since_words(window)
    places: Counter[str] = Counter()
    picks = []
    for score, each in chosen:
        topic = each.topics[0] if each.topics else ""
        places[topic] += 1
        reason = _reason(each, since, places[topic], sum(topic in c.topics for _, c in chosen))
        picks.append(Pick(each.story_id, round(score, 4), reason, topic, each.in_earlier))
    return tuple(picks)


def in_sections(picks: Sequence[Pick]) -> tuple[Pick, ...]:
    """``picks`` gathered under their sections; the section of the best story comes first."""
    order = {section: n for n, section in enumerate(dict.fromkeys(p.section for p in picks))}
    return tuple(sorted(picks, key=lambda pick: order[pick.section]))


def strength(candidate: StoryCandidate, window: EditionWindow) -> float:
    """The story's score before other picks crowd it; above zero for any weight above zero."""
    weight = max(candidate.weight, 0.0)
    if candidate.in_earlier and candidate.sources:
        weight *= min(1.0, candidate.new_sources / candidate.sources) * SEEN_BEFORE
    half_life = max(window.end - window.start, SHORTEST_HALF_LIFE)
    age = max(window.end - candidate.last_at, timedelta(0))
    fading = math.exp2(-(age / half_life))
    return math.log2(1 + weight) * fading * (1.0 if candidate.readable else UNREADABLE)


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


def _standing(
    alone: float, each: StoryCandidate, crowd: Counter[str]
) -> tuple[float, datetime, int]:
    crowding = max((crowd[topic] for topic in each.topics), default=0)
    return alone * CROWDED**crowding, each.last_at, -each.story_id


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
