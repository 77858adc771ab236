"""What of a story its topics are learned from: words, names, things it speaks of, where it stood.

A feature has a kind, by the letter before its colon, and a value from 0 to 1:

- ``w:`` a word's stem or a pair of characters, ``p:`` a pair of neighbouring words as names are;
- ``x:`` a thing of the word list or a set of aliases, whatever the language: what is learned from
  an English report holds for a Korean one;
- ``h:`` a heading of the word list under which one of its things stands, ``H:`` two or more of
  them: what was learned from an epidemic holds for a vaccine;
- ``k:`` the kind of section that its feeds filed it under, whatever they call it;
- ``t:`` another topic whose query the story matches; ``c:`` the section as the feeds name it;
  ``s:`` an outlet; ``l:`` a language;
- ``q:`` how much of the story the topic's own query matches.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories.text.stopwords import STOP_WORDS
from digest.newsdesk.stories.text.words import fold, is_unspaced, primary, stem
from digest.newsdesk.topics.query.analysis import ArticleText, split
from digest.newsdesk.topics.query.wordlist import themes
from digest.newsdesk.topics.teaching.sections import kinds_of

ARTICLES = 6
"""How many articles of a story are read; a story's first reports say what it is about."""
LONGEST_TEXT = 1_500
"""Characters of each text that are read."""
MOST_WORDS = 400
"""Features of words a story may have, so that no story weighs more memory than another."""
_LONGEST_WORD = 40
_IN_TEXT = 0.6
"""What a word in the text counts beside one in a title."""


@dataclass(frozen=True, slots=True)
class Filing:
    """An article as it is learned from, with what its feeds filed it under."""

    reading: ArticleText
    sections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Meaning:
    """Where a model of language puts a story, and which model: of two models' places none tells."""

    made_by: str
    place: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Traits:
    """A story's features with their values, and how words among them were written.

    ``meaning`` where a model of language was asked about it.
    """

    values: Mapping[str, float]
    written: Mapping[str, str]
    meaning: Meaning | None = field(default=None, compare=False)

    def under(self, topics: Mapping[str, float]) -> "Traits":
        """The same with the share of the story that each topic's query matches."""
        shares = {f"t:{name}": share for name, share in topics.items() if share > 0}
        return replace(self, values={**self.values, **shares}) if shares else self


def traits(
    reports: Sequence[Filing], things: Iterable[str], meaning: Meaning | None = None
) -> Traits:
    """The features of a story but for its topics; ``things`` are the sets of names that it names.

    :meth:`Traits.under` adds the topics.
    """
    words: dict[str, float] = {}
    written: dict[str, str] = {}
    values: dict[str, float] = {}
    for report in reports[:ARTICLES]:
        reading = report.reading
        language = primary(reading.language)
        for text, worth in ((reading.title, 1.0), (reading.text[:LONGEST_TEXT], _IN_TEXT)):
            for key, word in _words(text, language):
                if worth > words.get(key, 0.0) and (key in words or len(words) < MOST_WORDS):
                    words[key] = worth
                    written.setdefault(key, word)
        values.update((f"s:{fold(name)}", 1.0) for name in reading.names)
        for name in report.sections:
            if name:
                values[f"c:{fold(name)}"] = 1.0
                values.update((f"k:{kind}", 1.0) for kind in kinds_of(name))
        if language:
            values[f"l:{language}"] = 1.0
    length = math.sqrt(sum(value * value for value in words.values())) or 1.0
    values.update((key, value / length) for key, value in words.items())
    listed = themes()
    headings: Counter[str] = Counter()
    for name in things:
        values[f"x:{name}"] = 1.0
        headings.update(listed.get(name, ()))
    for heading, count in headings.items():
        values[f"h:{heading}"] = 1.0
        if count > 1:
            values[f"H:{heading}"] = 1.0
    return Traits(values, written, meaning)


def _words(text: str, language: str) -> list[tuple[str, str]]:
    """Keys of words and of neighbours in ``text``, each with how it was written."""
    stop = STOP_WORDS.get(language, STOP_WORDS["en"])
    found: list[tuple[str, str]] = []
    before = ""
    for token in split(text):
        if len(token) > _LONGEST_WORD or token in stop or token.isdigit():
            before = ""
        elif not token.isascii() and is_unspaced(token):
            found.extend(
                (f"w:{token[at : at + 2]}", token[at : at + 2])
                for at in range(max(1, len(token) - 1))
            )
            before = ""
        elif len(token) > 1:
            found.append((f"w:{stem(token, language)}", token))
            if before:
                found.append((f"p:{before} {token}", f"{before} {token}"))
            before = token
        else:
            before = ""
    return found
