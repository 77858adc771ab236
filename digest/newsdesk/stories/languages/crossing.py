"""Stories in two languages that report one event, told by the numbers and names they share.

No dictionary and no model: what survives translation is compared. Numbers are read with their
words for thousands and millions; names by their consonants, whatever letters they are spelled in
(Latin, Cyrillic, Hangul, kana); and names that an editor listed as aliases. Han and Arabic names
are found by aliases alone.

Where vectors of the texts are given, they are evidence beside that. What two stories share counts
twice if their texts are alike, and one thing shared may then be enough. Likeness alone never is:
models place two elections or two quakes near each other. What may be enough alone is how much
nearer two texts are to each other than either is to its next strangers (:mod:`margins`), where
there are strangers to tell. Nor does unlikeness part what shares enough without it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from types import MappingProxyType

from digest.newsdesk.stories.languages.anchors import anchors_of
from digest.newsdesk.stories.languages.embedder import Vector
from digest.newsdesk.stories.languages.margins import PlacedText, margins
from digest.newsdesk.stories.text.words import primary

DAY = 86_400.0
ENOUGH = 2.0
"""Weight of what two stories must share: two rare names and a number, say. Of 3,000 real reports
that had nothing to do with each other, no two in different languages shared as much."""
ALIKE = 0.8
"""Cosine from which two texts are alike, unless told otherwise. A guess on the careful side: it
is the model's scale, and none was measured."""
_TWICE = 2.0
_CLEAR = 2.3
"""Margin, in standard deviations, that is enough whatever is shared. Of 254 articles of WMT21 in
four languages, by multilingual-e5-small, no stranger's was above 2.05, and one translation's in a
hundred below."""
_OPEN = 1.2
"""Margin from which it counts at all, as much as it is of a clear one, beside what is shared."""
_WIDEST = 200
"""Stories that are compared over one name or number."""
_LEAST = 2
"""Distinct names and numbers that they must share, whatever these weigh."""


@dataclass(frozen=True, slots=True)
class ComparedStory:
    """A story as far as it is compared. ``at``: when it was first reported, in seconds.

    ``language``: of the text; ``languages``: primary tags of all its reports, where more are known.
    """

    story: int
    at: float
    language: str
    text: str
    languages: frozenset[str] = frozenset()

    @property
    def told_in(self) -> frozenset[str]:
        """Primary tags of all languages in which it is told."""
        return self.languages | {primary(self.language)}


@dataclass(frozen=True, slots=True)
class Crossing:
    """Two stories, the earlier first, that report one event in two languages, and why.

    ``cosine`` of their texts, where vectors of both were given; ``margin`` if they are nearest to
    each other and have strangers enough to tell.
    """

    one: int
    other: int
    weight: float
    shared: tuple[str, ...]
    cosine: float | None = None
    margin: float | None = None


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
    about: Collection[int] | None = None,
    strangers: Sequence[ComparedStory] = (),
) -> tuple[Crossing, ...]:
    """The pairs that share enough and have no better partner; ``names``: sets of one thing's names.

    What many stories share weighs little. A story is in one pair at most: in its best. ``vectors``:
    of length 1, by text, as far as they are known. ``about``: the stories whose margins are looked
    at, all if none are given; ``strangers``: more texts to tell them by, of older stories, or of
    these in other languages.
    """
    nearest = _margins(stories, strangers, vectors, about, within) if vectors else {}
    found = []
    for pair in _told_by(nearest, stories, near(stories, names, within=within)):
        cosine = _cosine(pair, vectors)
        margin = nearest.get(_pair(pair.one, pair.other))
        weight = verdict(pair.weight, len(pair.shared), cosine, alike, margin)
        if weight is not None:
            found.append((weight, cosine, margin, pair))
    taken: set[int] = set()
    chosen = []
    for weight, cosine, margin, pair in sorted(found, key=lambda each: -each[0]):
        both = {pair.one.story, pair.other.story}
        if not taken & both:
            taken |= both
            first, last = sorted((pair.one, pair.other), key=lambda s: (s.at, s.story))
            told = (round(weight, 2), pair.shared, cosine, margin)
            chosen.append(Crossing(first.story, last.story, *told))
    return tuple(chosen)


def verdict(
    weight: float, shared: int, cosine: float | None, alike: float, margin: float | None = None
) -> float | None:
    """The weight of all evidence if it is enough to join two stories, None if it is not.

    ``weight`` of the ``shared`` names and numbers; ``cosine`` and ``margin`` of the texts, if
    known: a margin says more, and where there is one how alike they are is not asked.
    """
    if margin is not None:
        clear = margin / _CLEAR * ENOUGH
        if margin >= _CLEAR or (margin >= _OPEN and shared and weight + clear >= ENOUGH):
            return weight + clear
    elif cosine is not None and cosine >= alike:
        return weight * _TWICE if shared and weight * _TWICE >= ENOUGH else None
    return weight if shared >= _LEAST and weight >= ENOUGH else None


def _margins(
    stories: Sequence[ComparedStory],
    strangers: Sequence[ComparedStory],
    vectors: Mapping[str, Vector],
    about: Collection[int] | None,
    within: float,
) -> dict[tuple[int, int], float]:
    texts = [
        PlacedText(each.text, each.story, primary(each.language), each.at, asked, candidate)
        for listed, candidate in ((stories, True), (strangers, False))
        for each in listed
        for asked in (candidate and (about is None or each.story in about),)
    ]
    return margins(texts, vectors, within=within)


def _pair(one: ComparedStory, other: ComparedStory) -> tuple[int, int]:
    return min(one.story, other.story), max(one.story, other.story)


def _told_by(
    nearest: Mapping[tuple[int, int], float],
    stories: Sequence[ComparedStory],
    sharing: Sequence[SharedEvidence],
) -> Iterable[SharedEvidence]:
    """The pairs that share something, then those that only a margin tells of."""
    known = {_pair(pair.one, pair.other) for pair in sharing}
    by_story = {each.story: each for each in stories}
    yield from sharing
    for one, other in nearest:
        pair = by_story[one], by_story[other]
        if (one, other) not in known and not pair[0].told_in & pair[1].told_in:
            yield SharedEvidence(*pair, 0.0, ())


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
    """Whether nothing speaks against it: who has reports in one language on both sides knows their
    words, and has kept them apart."""
    return not one.told_in & other.told_in and abs(one.at - other.at) <= within
