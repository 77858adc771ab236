"""Many queries against one article, in one pass over its words.

Every distinct term of all queries is looked for once. For each query one set of terms is chosen of
which at least one must be there (of ``korea AND (missile OR launch)``, say, ``korea``); only the
queries of which such a term was found are weighed at all.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

from digest.newsdesk.topics.query.analysis import ArticleText, ArticleWords
from digest.newsdesk.topics.query.terms import Span, TermMatches, Terms
from digest.newsdesk.topics.query.tree import (
    And,
    Language,
    Leaf,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Some,
    Source,
    leaves,
)

Key = TypeVar("Key", bound=Hashable)
Test = Callable[[TermMatches], bool]


class Matcher(Generic[Key]):
    """Queries compiled together; ``match`` says which of them an article satisfies."""

    def __init__(self, queries: Mapping[Key, Query]) -> None:
        self._keys = tuple(queries)
        self._known = frozenset(queries)
        self._numbers: dict[Leaf, int] = {}
        for query in queries.values():
            for leaf in leaves(query):
                self._numbers.setdefault(leaf, len(self._numbers))
        self._tests = [self._compiled(query) for query in queries.values()]
        self._roused: dict[int, list[int]] = {}
        for at, query in enumerate(queries.values()):
            for leaf in _guard(query, True) or leaves(query):
                self._roused.setdefault(self._numbers[leaf], []).append(at)
        self._waking = frozenset(self._roused)
        self._terms = Terms(self._numbers)

    def __contains__(self, key: object) -> bool:
        return key in self._known

    def match(self, reading: ArticleText) -> frozenset[Key]:
        """The keys of all queries that ``reading`` satisfies."""
        return self.match_words(ArticleWords(reading))

    def match_words(self, words: ArticleWords) -> frozenset[Key]:
        """As :meth:`match`, for an article whose words are there already."""
        sighting = self._terms.find(words)
        roused: set[int] = set()
        for number in self._waking & sighting.numbers:
            roused.update(self._roused[number])
        tests, keys = self._tests, self._keys
        return frozenset(keys[at] for at in roused if tests[at](sighting))

    def sighting(self, reading: ArticleText) -> TermMatches:
        """What of all queries' terms ``reading`` has, for an explanation."""
        return self._terms.find(ArticleWords(reading))

    def holds(self, query: Query, sighting: TermMatches) -> bool:
        """Whether a query, or a part of one, made of known terms is true of what was sighted."""
        return self._compiled(query)(sighting)

    def number(self, leaf: Leaf) -> int:
        """The number under which a sighting knows ``leaf``; KeyError if no query has it."""
        return self._numbers[leaf]

    def _compiled(self, query: Query) -> Test:
        if isinstance(query, Not):
            inner = self._compiled(query.part)
            return lambda sighting: not inner(sighting)
        if isinstance(query, Some):
            return _at_least(query.count, [self._compiled(part) for part in query.parts])
        if isinstance(query, Near):
            return self._near(query)
        if isinstance(query, And | Or):
            terms = frozenset(
                self._numbers[part] for part in query.parts if not isinstance(part, _COMPOUND)
            )
            others = tuple(
                self._compiled(part) for part in query.parts if isinstance(part, _COMPOUND)
            )
            return _all_of(terms, others) if isinstance(query, And) else _any_of(terms, others)
        number = self._numbers[query]
        return lambda sighting: number in sighting.numbers

    def _near(self, query: Near) -> Test:
        left = [self._numbers[leaf] for leaf in query.left]
        right = [self._numbers[leaf] for leaf in query.right]
        distance = query.distance

        def test(sighting: TermMatches) -> bool:
            if sighting.numbers.isdisjoint(left) or sighting.numbers.isdisjoint(right):
                return False
            return _are_near(sighting, left, right, distance)

        return test


_COMPOUND = (And, Or, Not, Near, Some)


def _all_of(terms: frozenset[int], others: tuple[Test, ...]) -> Test:
    if not others:
        return lambda sighting: terms <= sighting.numbers
    return lambda sighting: terms <= sighting.numbers and all(other(sighting) for other in others)


def _any_of(terms: frozenset[int], others: tuple[Test, ...]) -> Test:
    if not others:
        return lambda sighting: not terms.isdisjoint(sighting.numbers)
    return lambda sighting: (
        not terms.isdisjoint(sighting.numbers) or any(other(sighting) for other in others)
    )


def _at_least(count: int, parts: list[Test]) -> Test:
    def test(sighting: TermMatches) -> bool:
        held = 0
        for part in parts:
            held += part(sighting)
            if held == count:
                return True
        return False

    return test


def _are_near(sighting: TermMatches, left: list[int], right: list[int], distance: int) -> bool:
    """Whether a place of ``left`` is within ``distance`` words of one of ``right``."""
    places = sorted(
        [(*_words_of(sighting, span), False) for number in left for span in sighting.spans(number)]
        + [
            (*_words_of(sighting, span), True)
            for number in right
            for span in sighting.spans(number)
        ]
    )
    reach: list[int | None] = [None, None]  # the latest last word of either side so far
    for first, last, side in places:
        other = reach[not side]
        if other is not None and first - other <= distance:
            return True
        mine = reach[side]
        reach[side] = last if mine is None else max(mine, last)
    return False


def _words_of(sighting: TermMatches, span: Span) -> tuple[int, int]:
    return sighting.words.step(span[0]), sighting.words.step(span[1])


def _guard(query: Query, positive: bool) -> frozenset[Leaf] | None:
    """Terms of which at least one is in every article that satisfies ``query``.

    With ``positive`` false: in every article that does not. None where there are no such terms.
    Of several choices the one whose terms are likely to be rarest.
    """
    if isinstance(query, Not):
        return _guard(query.part, not positive)
    if isinstance(query, Near):
        if not positive:
            return None
        return min(frozenset(query.left), frozenset(query.right), key=_commonness)
    if isinstance(query, Some):
        found = [_guard(part, True) for part in query.parts] if positive else [None]
        sure = [part for part in found if part is not None]
        return frozenset().union(*sure) if len(sure) == len(found) else None
    if isinstance(query, And | Or):
        parts = [_guard(part, positive) for part in query.parts]
        known = [part for part in parts if part is not None]
        if isinstance(query, And) == positive:
            return min(known, key=_commonness, default=None)
        return frozenset().union(*known) if len(known) == len(parts) else None
    return frozenset((query,)) if positive else None


def _commonness(terms: frozenset[Leaf]) -> float:
    return sum(map(_share, terms))


def _share(leaf: Leaf) -> float:
    """A guess at how many articles of a thousand have the term."""
    if isinstance(leaf, Language):
        return 500.0
    if isinstance(leaf, Source):
        return 50.0
    length = len(leaf.text)
    share = 60.0 / length
    if isinstance(leaf, Phrase):
        share = 5.0 if " " in leaf.text else 30.0 / length
    if leaf.prefix:
        share *= 2
    return share / 4 if leaf.field else share
