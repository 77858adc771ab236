"""Suggestions: terms that would have caught what editors pinned, and a story's nearest topic.

Terms are compared by how often they stand in the pinned stories and in all others, by the
log-likelihood ratio G² (Dunning, "Accurate Methods for the Statistics of Surprise", 1993), which
holds for counts as small as an editor's pins.
Nearness is the cosine of the terms' weights, count by rarity.
"""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from digest.newsdesk.stories.text.stopwords import STOP_WORDS
from digest.newsdesk.stories.text.words import is_unspaced, primary
from digest.newsdesk.topics.query.analysis import split

Key = TypeVar("Key", bound=Hashable)

LEAST_SCORE = 2.7
"""G² that chance exceeds one time in ten."""
LEAST_COSINE = 0.05
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Suggested:
    """A term, in how many of the pinned stories it stands, and in how many of the others."""

    term: str
    pinned: int
    others: int
    score: float


@dataclass(frozen=True, slots=True)
class Nearest(Generic[Key]):
    """The topic a story is nearest to, how near (0 to 1), and the terms that say so."""

    topic: Key
    nearness: float
    because: tuple[str, ...]


def terms_of(texts: Iterable[tuple[str, str]]) -> frozenset[str]:
    """What could be a term of a query in (text, language) pairs: words, and pairs of neighbours.

    Pairs are phrases, written with their quotation marks.
    """
    found: set[str] = set()
    for text, language in texts:
        stop = STOP_WORDS.get(primary(language), STOP_WORDS["en"])
        before = ""
        for token in split(text):
            if len(token) < 2 or len(token) > _LONGEST or token in stop or token.isdigit():
                before = ""
                continue
            pieces = _pieces(token)
            found.update(pieces)
            if before and len(pieces) == 1:
                found.add(f'"{before} {token}"')
            before = token if len(pieces) == 1 else ""
    return frozenset(found)


def suggest_terms(
    pinned: Sequence[frozenset[str]], others: Sequence[frozenset[str]], *, limit: int = 8
) -> tuple[Suggested, ...]:
    """The terms that tell ``pinned`` stories from ``others``, the most telling first."""
    if not pinned:
        return ()
    here, there = _counts(pinned), _counts(others)
    found = []
    for term, count in here.items():
        score = _surprise(count, len(pinned), there[term], len(others))
        if score >= LEAST_SCORE:
            found.append(Suggested(term, count, there[term], round(score, 2)))
    found.sort(key=lambda each: (-each.score, -len(each.term), each.term))
    kept: list[Suggested] = []
    for each in found:
        if not any(_within(each, one) or _within(one, each) for one in kept):
            kept.append(each)
        if len(kept) == limit:
            break
    return tuple(kept)


def nearest(
    story: frozenset[str], topics: Mapping[Key, Sequence[frozenset[str]]]
) -> Nearest[Key] | None:
    """The topic whose stories share most with ``story``; None when no topic is near."""
    everything = [terms for stories in topics.values() for terms in stories]
    total = len(everything) + 1
    spread = _counts([*everything, story])
    rarity = {term: math.log(1 + total / count) for term, count in spread.items()}
    best: Nearest[Key] | None = None
    for topic, stories in topics.items():
        counts = _counts(stories)
        size = math.sqrt(sum((count * rarity[term]) ** 2 for term, count in counts.items()))
        own = math.sqrt(sum(rarity[term] ** 2 for term in story))
        if not size or not own:
            continue
        shared = {term: counts[term] * rarity[term] ** 2 for term in story & counts.keys()}
        cosine = sum(shared.values()) / (size * own)
        if cosine >= LEAST_COSINE and (best is None or cosine > best.nearness):
            strongest = sorted(shared, key=lambda term: (-shared[term], term))[:4]
            best = Nearest(topic, round(cosine, 3), tuple(strongest))
    return best


def _pieces(token: str) -> list[str]:
    """A token as it may be asked for: in scripts without spaces, by pairs of characters."""
    if token.isascii() or not is_unspaced(token) or len(token) <= 3:
        return [token]
    return [token[at : at + 2] for at in range(len(token) - 1)]


def _counts(stories: Iterable[frozenset[str]]) -> Counter[str]:
    return Counter(term for terms in stories for term in terms)


def _surprise(here: int, of_here: int, there: int, of_there: int) -> float:
    """G² of the two-by-two table; 0 where the term is no likelier here than there."""
    if here * of_there <= there * of_here:
        return 0.0
    total, having = of_here + of_there, here + there
    cells = (
        (here, of_here * having),
        (of_here - here, of_here * (total - having)),
        (there, of_there * having),
        (of_there - there, of_there * (total - having)),
    )
    return 2 * sum(seen * math.log(seen * total / wanted) for seen, wanted in cells if seen)


def _within(one: Suggested, other: Suggested) -> bool:
    """Whether one term says no more than the other: a word of a phrase with the same counts."""
    bare = one.term.strip('"')
    return bare in other.term.strip('"').split() and one.pinned <= other.pinned
