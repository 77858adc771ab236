"""Many queries against one article, in one pass over its words.

Every distinct term of all queries is kept once, in tables keyed by what the text can be asked for
at once: a stem, a first word, a beginning, two characters. A query is true only where one of its
terms is found (the parser sees to that), so only the queries of found terms are weighed.
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from digest.newsdesk.stories.words import fold, is_unspaced, primary, stem, token_spans, tokens
from digest.newsdesk.topics.query import (
    And,
    Language,
    Leaf,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Source,
    Word,
    leaves,
)

Key = TypeVar("Key", bound=Hashable)
Span = tuple[int, int]
Found = dict[int, list[Span]]

_GAP = "\x00"
_NOWHERE: list[Span] = []


@dataclass(frozen=True, slots=True)
class Reading:
    """What of an article is matched. ``names``: its outlet and the agency it credits."""

    title: str
    text: str = ""
    language: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether an article matched, and the terms of the query that were and were not found."""

    matched: bool
    found: tuple[str, ...]
    absent: tuple[str, ...]


class _Words:
    """An article's tokens, title first, with a gap before the text that no phrase can cross."""

    def __init__(self, reading: Reading) -> None:
        title, text = fold(reading.title), fold(reading.text)
        self.folded = f"{title} {_GAP} {text}"
        spans = token_spans(title)
        self.title_length = len(spans)
        spans.append((len(title) + 1, _GAP))
        offset = len(title) + 3
        spans.extend((offset + at, token) for at, token in token_spans(text))
        self.tokens = [token for _, token in spans]
        self.starts = [at for at, _ in spans]
        self.places: dict[str, list[int]] = {}
        for place, token in enumerate(self.tokens):
            self.places.setdefault(token, []).append(place)


class Matcher(Generic[Key]):
    """Queries compiled together; ``match`` says which of them an article satisfies."""

    def __init__(self, queries: Mapping[Key, Query]) -> None:
        self._queries = dict(queries)
        self._leaf_ids: dict[Leaf, int] = {}
        self._asked_by: dict[int, list[Key]] = {}
        for key, query in self._queries.items():
            for leaf in dict.fromkeys(leaves(query)):
                number = self._leaf_ids.setdefault(leaf, len(self._leaf_ids))
                self._asked_by.setdefault(number, []).append(key)
        self._terms = _Terms(self._leaf_ids)

    def __contains__(self, key: object) -> bool:
        return key in self._queries

    def match(self, reading: Reading) -> frozenset[Key]:
        """The keys of all queries that ``reading`` satisfies."""
        found = self._terms.find(reading)
        asked = {key for number in found for key in self._asked_by[number]}
        return frozenset(key for key in asked if self._holds(self._queries[key], found))

    def explain(self, key: Key, reading: Reading) -> Explanation:
        """Why the query under ``key`` did or did not match."""
        query = self._queries[key]
        found = self._terms.find(reading)
        terms = tuple(dict.fromkeys(leaves(query)))
        return Explanation(
            self._holds(query, found),
            tuple(str(leaf) for leaf in terms if self._leaf_ids[leaf] in found),
            tuple(str(leaf) for leaf in terms if self._leaf_ids[leaf] not in found),
        )

    def _holds(self, query: Query, found: Found) -> bool:
        if isinstance(query, And):
            return all(self._holds(part, found) for part in query.parts)
        if isinstance(query, Or):
            return any(self._holds(part, found) for part in query.parts)
        if isinstance(query, Not):
            return not self._holds(query.part, found)
        if isinstance(query, Near):
            left = found.get(self._leaf_ids[query.left], _NOWHERE)
            right = found.get(self._leaf_ids[query.right], _NOWHERE)
            return _are_near(left, right, query.distance)
        return self._leaf_ids[query] in found


class _Terms:
    """The distinct terms of all queries, in tables by what a text is asked for."""

    def __init__(self, leaf_ids: Mapping[Leaf, int]) -> None:
        self._title_only: set[int] = set()
        self._words: dict[str, list[int]] = {}
        self._stems: dict[str, dict[str, list[int]]] = {}
        self._prefixes: dict[str, list[int]] = {}
        self._phrases: dict[str, list[tuple[int, list[str], bool]]] = {}
        self._runs: dict[str, list[tuple[int, str, bool]]] = {}
        self._sources: dict[str, list[tuple[int, list[str], bool]]] = {}
        self._languages: dict[str, list[int]] = {}
        for leaf, number in leaf_ids.items():
            self._file(leaf, number)
        self._prefix_lengths = sorted({len(prefix) for prefix in self._prefixes})

    def _file(self, leaf: Leaf, number: int) -> None:
        if isinstance(leaf, Language):
            self._languages.setdefault(leaf.code, []).append(number)
        elif isinstance(leaf, Source):
            parts = tokens(fold(leaf.name))
            self._sources.setdefault(parts[0], []).append((number, parts, False))
        else:
            if leaf.field == "title":
                self._title_only.add(number)
            self._file_words(leaf, number)

    def _file_words(self, leaf: Word | Phrase, number: int) -> None:
        folded = fold(leaf.text)
        parts = tokens(folded)
        if is_unspaced(folded):
            spaced = isinstance(leaf, Word)
            needle = _trimmed(folded) if spaced else "".join(parts)
            self._runs.setdefault(needle[:2], []).append((number, needle, spaced))
        elif len(parts) > 1:
            self._phrases.setdefault(parts[0], []).append((number, parts, leaf.prefix))
        elif leaf.prefix:
            self._prefixes.setdefault(parts[0], []).append(number)
        elif isinstance(leaf, Phrase):
            self._phrases.setdefault(parts[0], []).append((number, parts, False))
        else:
            self._words.setdefault(parts[0], []).append(number)

    def find(self, reading: Reading) -> Found:
        """Where each term that occurs stands: spans of token places; none for source and lang."""
        words = _Words(reading)
        found: Found = {}
        stems = self._stems_of(primary(reading.language))
        language = primary(reading.language)
        for token, places in words.places.items():
            for number in stems.get(stem(token, language), ()):
                self._note(found, number, [(at, at) for at in places], words)
            for number, parts, is_open in self._phrases.get(token, ()):
                self._note(found, number, _runs_at(words.tokens, places, parts, is_open), words)
            for length in self._prefix_lengths:
                for number in self._prefixes.get(token[:length], ()):
                    if len(token) >= length:
                        self._note(found, number, [(at, at) for at in places], words)
        if self._runs and is_unspaced(words.folded):
            self._find_runs(words, found)
        for number in self._languages.get(language, ()):
            found[number] = []
        for name in reading.names:
            self._find_source(name, found)
        return found

    def _note(self, found: Found, number: int, spans: list[Span], words: _Words) -> None:
        if number in self._title_only:
            spans = [span for span in spans if span[0] < words.title_length]
        if spans:
            found.setdefault(number, []).extend(spans)

    def _stems_of(self, language: str) -> dict[str, list[int]]:
        known = self._stems.get(language)
        if known is None:
            known = self._stems[language] = {}
            for word, numbers in self._words.items():
                known.setdefault(stem(word, language), []).extend(numbers)
        return known

    def _find_runs(self, words: _Words, found: Found) -> None:
        joined = "".join(words.tokens)
        joined_starts: list[int] = []
        at = 0
        for token in words.tokens:
            joined_starts.append(at)
            at += len(token)
        for beginning in self._beginnings(words.folded) | self._beginnings(joined):
            for number, needle, spaced in self._runs[beginning]:
                text, starts = (words.folded, words.starts) if spaced else (joined, joined_starts)
                self._note(found, number, list(_occurrences(text, starts, needle)), words)

    def _beginnings(self, text: str) -> set[str]:
        pairs = {one + two for one, two in pairwise(text)}
        return (pairs | set(text)) & self._runs.keys()

    def _find_source(self, name: str, found: Found) -> None:
        parts = tokens(fold(name))
        for at, token in enumerate(parts):
            for number, wanted, _ in self._sources.get(token, ()):
                if parts[at : at + len(wanted)] == wanted:
                    found[number] = []


def _trimmed(folded: str) -> str:
    spans = token_spans(folded)
    return folded[spans[0][0] : spans[-1][0] + len(spans[-1][1])]


def _runs_at(
    words: list[str], places: Iterable[int], parts: list[str], is_open: bool
) -> list[Span]:
    length = len(parts)
    spans = []
    for at in places:
        run = words[at : at + length]
        if run == parts or (
            is_open
            and len(run) == length
            and run[:-1] == parts[:-1]
            and run[-1].startswith(parts[-1])
        ):
            spans.append((at, at + length - 1))
    return spans


def _occurrences(text: str, starts: list[int], needle: str) -> Iterable[Span]:
    at = text.find(needle)
    while at >= 0:
        first = max(0, bisect_right(starts, at) - 1)
        last = max(0, bisect_right(starts, at + len(needle) - 1) - 1)
        yield first, last
        at = text.find(needle, at + 1)


def _are_near(left: list[Span], right: list[Span], distance: int) -> bool:
    return any(
        max(right_start - left_end, left_start - right_end) <= distance
        for left_start, left_end in left
        for right_start, right_end in right
    )
