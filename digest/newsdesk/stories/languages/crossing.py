"""Stories in two languages that report one event, told by the numbers and names they share.

No dictionary and no model: what survives translation is compared. Numbers are read with their
words for thousands and millions; names by their consonants, whatever letters they are spelled in
(Latin, Cyrillic, Hangul, kana); and names that an editor listed as aliases. Han and Arabic names
are found by aliases alone.

Where vectors of the texts are given, they are evidence beside that. What two stories share counts
twice if their texts are alike, and one thing shared may then be enough. Likeness alone never is:
models place two elections or two quakes near each other. Nor does unlikeness part what shares
enough without it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from types import MappingProxyType

from digest.newsdesk.stories.languages.anchors import anchors_of
from digest.newsdesk.stories.languages.embedder import Vector
from digest.newsdesk.stories.text.words import primary

DAY = 86_400.0
ENOUGH = 2.0
"""Weight of what two stories must share: two rare names and a number, say. Of 3,000 real reports
that had nothing to do with each other, no two in different languages shared as much."""
ALIKE = 0.8
"""Cosine from which two texts are alike, unless told otherwise. A guess on the careful side: it
is the model's scale, and none was measured."""
_TWICE = 2.0
_WIDEST = 200
"""Stories that are compared over one name or number."""
_LEAST = 2
"""Distinct names and numbers that they must share, whatever these weigh."""


@dataclass(frozen=True, slots=True)
class ComparedStory:
    """A story as far as it is compared. ``at``: when it was first reported, in seconds."""

    story: int
    at: float
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Crossing:
    """Two stories, the earlier first, that report one event in two languages, and why.

    ``cosine`` of their texts, where vectors of both were given.
    """

    one: int
    other: int
    weight: float
    shared: tuple[str, ...]
    cosine: float | None = None


@dataclass(frozen=True, slots=True)
class SharedEvidence:
    """Two stories in two languages and all they share: enough, or enough if they are alike."""

    one: ComparedStory
    other: ComparedStory
    weight: float
    shared: tuple[str, ...]


def crossings(
    stories: Sequence[ComparedStory],
    names: Iterable[Sequence[str]] = (),
    *,
    within: float = DAY,
    vectors: Mapping[str, Vector] = MappingProxyType({}),
    alike: float = ALIKE,
) -> tuple[Crossing, ...]:
    """The pairs that share enough and have no better partner; ``names``: sets of one thing's names.

    What many stories share weighs little. A story is in one pair at most: in its best. ``vectors``:
    of length 1, by text, as far as they are known.
    """
    found = []
    for pair in near(stories, names, within=within):
        cosine = _cosine(pair, vectors)
        weight = verdict(pair.weight, len(pair.shared), cosine, alike)
        if weight is not None:
            found.append((weight, cosine, pair))
    taken: set[int] = set()
    chosen = []
    for weight, cosine, pair in sorted(found, key=lambda each: -each[0]):
        both = {pair.one.story, pair.other.story}
        if not taken & both:
            taken |= both
            first, last = sorted((pair.one, pair.other), key=lambda s: (s.at, s.story))
            chosen.append(Crossing(first.story, last.story, round(weight, 2), pair.shared, cosine))
    return tuple(chosen)


def verdict(weight: float, shared: int, cosine: float | None, alike: float) -> float | None:
    """The weight of all evidence if it is enough to join two stories, None if it is not.

    ``weight`` of the ``shared`` names and numbers; ``cosine`` of the texts, if known.
    """
    if cosine is not None and cosine >= alike:
        return weight * _TWICE if shared and weight * _TWICE >= ENOUGH else None
    return weight if shared >= _LEAST and weight >= ENOUGH else None


def near(
    stories: Sequence[ComparedStory], names: Iterable[Sequence[str]] = (), *, within: float = DAY
) -> list[SharedEvidence]:
    """The pairs whose texts it is worth to compare, those that share most first."""
    sets = tuple(tuple(row) for row in names)
    anchors = [anchors_of(each.text, each.language, sets) for each in stories]
    spread = Counter(key for found in anchors for key in found)
    holders: dict[str, list[int]] = {}
    for at, found in enumerate(anchors):
        for key in found:
            holders.setdefault(key, []).append(at)
    rarity = {key: log(len(stories) / n + 1) / log(len(stories) + 1) for key, n in spread.items()}
    shared: dict[tuple[int, int], list[str]] = {}
    for key, held in holders.items():
        for rank, one in enumerate(held[:_WIDEST]):
            for other in held[rank + 1 : _WIDEST]:
                if _may_cross(stories[one], stories[other], within):
                    shared.setdefault((one, other), []).append(key)
    pairs = []
    for (one, other), both in shared.items():
        weight = sum(min(anchors[one][key], anchors[other][key]) * rarity[key] for key in both)
        if weight * _TWICE >= ENOUGH:
            pairs.append((-weight, one, other, tuple(sorted(both))))
    return [
        SharedEvidence(stories[one], stories[other], -less, keys)
        for less, one, other, keys in sorted(pairs)
    ]


def _cosine(pair: SharedEvidence, vectors: Mapping[str, Vector]) -> float | None:
    one, other = vectors.get(pair.one.text), vectors.get(pair.other.text)
    return None if one is None or other is None else float(one @ other)


def _may_cross(one: ComparedStory, other: ComparedStory, within: float) -> bool:
    return primary(one.language) != primary(other.language) and abs(one.at - other.at) <= within
