"""The distinct terms of many queries, found in an article all at once.

A plain word is looked up by its stem, per language of the article; everything else is a needle in
the article's line, and one automaton (Aho and Corasick, 1975) finds all needles in one pass.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import ahocorasick

from digest.newsdesk.stories.text.words import fold, is_unspaced, stem, tokens
from digest.newsdesk.topics.query.analysis import PARTICLES, ArticleWords, is_hangul, split
from digest.newsdesk.topics.query.tree import Language, Leaf, Phrase, Source, Word

Span = tuple[int, int]
Numbers = tuple[int, ...]

_MOST_KEPT = 200_000
_LONGEST_KEPT = 40
_MARKED = (("\u0e00", "\u0eff"), ("\u1000", "\u109f"), ("\u1780", "\u17ff"))
"""Thai, Lao, Burmese, Khmer: a vowel or tone sign after a match makes it part of another word."""


class TermMatches:
    """Which terms an article has (``numbers``), and where those stand whose place matters."""

    __slots__ = ("_spans", "_terms", "numbers", "words")

    def __init__(self, terms: "Terms", words: ArticleWords) -> None:
        self.words = words
        self.numbers: set[int] = set()
        self._terms = terms
        self._spans: dict[int, list[Span]] = {}

    def note(self, number: int, span: Span) -> None:
        """A needle was seen at ``span``: first and last offset in the line."""
        self.numbers.add(number)
        self._spans.setdefault(number, []).append(span)

    def spans(self, number: int) -> list[Span]:
        """Where term ``number`` stands in the line; nowhere for sources and languages."""
        if number in self._spans or number not in self.numbers:
            return self._spans.get(number, [])
        found = self._spans[number] = self._terms.places_of_word(number, self.words)
        return found


class Terms:
    """Compiled terms; ``find`` says which of them an article has."""

    def __init__(self, leaf_numbers: Mapping[Leaf, int]) -> None:
        self._words: dict[str, list[int]] = {}
        self._title_words: dict[str, list[int]] = {}
        self._text_of: dict[int, tuple[str, bool]] = {}
        self._sources: list[tuple[list[str], int]] = []
        self._languages: dict[str, set[int]] = {}
        self._in_title: set[int] = set()
        self._seen: dict[str, tuple[_Seen, _Seen]] = {}
        needles: dict[str, list[tuple[int, int, bool]]] = {}
        for leaf, number in leaf_numbers.items():
            self._file(leaf, number, needles)
        self._automaton = _automaton(needles)
        self._named = lru_cache(maxsize=10_000)(self._numbers_of_names)

    def find(self, words: ArticleWords) -> TermMatches:
        """The terms that an article has."""
        sighting = TermMatches(self, words)
        numbers = sighting.numbers
        anywhere, in_title = self._seen_in(words.language)
        if self._words:
            numbers.update(anywhere.of(words.tokens))
        if self._title_words:
            numbers.update(in_title.of(words.title_tokens))
        if self._automaton is not None:
            self._find_needles(self._automaton, sighting)
        numbers.update(self._languages.get(words.language, ()))
        if self._sources and words.names:
            numbers.update(self._named(words.names))
        return sighting

    def places_of_word(self, number: int, words: ArticleWords) -> list[Span]:
        """Where a plain word stands, in any inflection; empty for what is not a plain word."""
        text, only_title = self._text_of.get(number, ("", False))
        if not text:
            return []
        wanted = stem(text, words.language)
        end = len(words.title_tokens) if only_title else len(words.tokens)
        return [
            (start, start + len(token) - 1)
            for start, token in zip(words.starts[:end], words.tokens[:end], strict=True)
            if stem(token, words.language) == wanted
        ]

    def _file(
        self, leaf: Leaf, number: int, needles: dict[str, list[tuple[int, int, bool]]]
    ) -> None:
        if isinstance(leaf, Language):
            self._languages.setdefault(leaf.code, set()).add(number)
        elif isinstance(leaf, Source):
            self._sources.append((tokens(fold(leaf.name)), number))
        elif word := plain_word(leaf):
            table = self._title_words if leaf.field else self._words
            table.setdefault(word, []).append(number)
            self._text_of[number] = (word, bool(leaf.field))
        else:
            if leaf.field:
                self._in_title.add(number)
            for needle, bare in needles_of(leaf):
                needles.setdefault(needle, []).append((number, len(needle), bare))

    def _find_needles(self, automaton: ahocorasick.Automaton, sighting: TermMatches) -> None:
        line, title_end = sighting.words.line, sighting.words.title_end
        for end, entries in automaton.iter(line):
            for number, length, bare in entries:
                if number in self._in_title and end > title_end:
                    continue
                if bare and not stands_alone(line, end):
                    continue
                first = end - length + 1
                sighting.note(number, (first + (line[first] == " "), end - (line[end] == " ")))

    def _seen_in(self, language: str) -> "tuple[_Seen, _Seen]":
        known = self._seen.get(language)
        if known is None:
            if len(self._seen) > 200:
                self._seen.clear()
            known = _Seen(self._words, language), _Seen(self._title_words, language)
            self._seen[language] = known
        return known

    def _numbers_of_names(self, names: tuple[str, ...]) -> Numbers:
        parts = [split(name) for name in names]
        return tuple(
            number
            for wanted, number in self._sources
            if any(_holds_run(name, wanted) for name in parts)
        )


class _Seen:
    """Which plain words tokens of one language are inflections of; remembered token by token."""

    def __init__(self, words: Mapping[str, Iterable[int]], language: str) -> None:
        self._language = language
        self._stems: dict[str, list[int]] = {}
        for word, numbers in words.items():
            self._stems.setdefault(stem(word, language), []).extend(numbers)
        self._numbers: dict[str, list[int]] = {}
        self._others: set[str] = set()

    def of(self, found: Iterable[str]) -> Iterator[int]:
        """The numbers of all words of which ``found`` has an inflection; some more than once."""
        for token in set(found) - self._others:
            numbers = self._numbers.get(token)
            if numbers is None:
                numbers = self._stems.get(stem(token, self._language), [])
                self._remember(token, numbers)
            yield from numbers

    def _remember(self, token: str, numbers: list[int]) -> None:
        if len(token) > _LONGEST_KEPT:
            return
        if len(self._others) + len(self._numbers) >= _MOST_KEPT:
            self._others.clear()
            self._numbers.clear()
        if numbers:
            self._numbers[token] = numbers
        else:
            self._others.add(token)


def plain_word(leaf: Word | Phrase) -> str:
    """The folded word of a term that is matched by its stem; empty for every other term."""
    if isinstance(leaf, Phrase) or leaf.prefix:
        return ""
    parts = tokens(fold(leaf.text))
    return parts[0] if len(parts) == 1 and not is_unspaced(parts[0]) else ""


def needles_of(leaf: Word | Phrase) -> list[tuple[str, bool]]:
    """What to look for in the line, and whether what follows a match has to be looked at.

    Korean spells compounds with and without a space, so a phrase of Korean words alone has a
    second needle without them.
    """
    parts = tokens(fold(leaf.text))
    first, last = parts[0], parts[-1]
    is_exact = isinstance(leaf, Phrase) or leaf.prefix
    left = " " if not is_unspaced(first) or (is_hangul(first) and is_exact) else ""
    right = "" if leaf.prefix or is_unspaced(last) else " "
    bare = not leaf.prefix and (
        (is_hangul(last) and isinstance(leaf, Phrase)) or _takes_marks(last[-1])
    )
    found = [(f"{left}{' '.join(parts)}{right}", bare)]
    if len(parts) > 1 and all(map(is_hangul, parts)):
        found.append((f"{left}{''.join(parts)}{right}", bare))
    return found


def stands_alone(line: str, end: int) -> bool:
    """Whether what follows the needle that ends at ``end`` leaves it the word it is.

    After Thai and its like: no sign that belongs to the last letter. After Korean: a particle.
    """
    following = line[end + 1]
    if _takes_marks(line[end]):
        return unicodedata.category(following) not in ("Mn", "Mc")
    return following == " " or line[end + 1 : line.index(" ", end + 1)] in PARTICLES


def _takes_marks(character: str) -> bool:
    return any(first <= character <= last for first, last in _MARKED)


def _holds_run(parts: list[str], wanted: list[str]) -> bool:
    length = len(wanted)
    return any(parts[at : at + length] == wanted for at in range(len(parts) - length + 1))


def _automaton(
    needles: Mapping[str, list[tuple[int, int, bool]]],
) -> ahocorasick.Automaton | None:
    if not needles:
        return None
    automaton = ahocorasick.Automaton()
    for needle, entries in needles.items():
        automaton.add_word(needle, tuple(entries))
    automaton.make_automaton()
    return automaton
