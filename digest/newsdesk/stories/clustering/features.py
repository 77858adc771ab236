"""An article as a sparse vector: what it is about, weighed by how rare its terms are.

A term is a number of 32 bits made from its letters: words below 2³¹, pairs of words above. Two
terms share a number once in a thousand million; that is noise next to two events sharing a word.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import chain
from math import log, log1p, sqrt

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories.clustering import background
from digest.newsdesk.stories.clustering.kernels.compiled import compiled
from digest.newsdesk.stories.text.amounts import plainly
from digest.newsdesk.stories.text.forms import without_rubric
from digest.newsdesk.stories.text.words import UNSPACED, fold, primary, term_keys

TEXT_LIMIT = 1200
"""Characters of the text that are read: news says what happened at the top."""

PAIR = 1 << 31
"""Terms from here on are pairs of words."""

Keys = NDArray[np.uint32]
Floats = NDArray[np.float32]

_LEFT, _RIGHT = np.uint64(0x9E3779B1), np.uint64(0x85EBCA6B)
_SLOTS = 1 << 22
_PRIOR, _OLD, _YOUNG = 0, 1, 2
_PRIOR_LANGUAGE = "en"
_FEW = 20
"""Articles that a language counts for before there are any."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article as the clusterer sees it. ``at`` is its own time, in seconds since 1970."""

    id: int
    at: float
    title: str
    text: str = ""
    language: str = "en"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Vector:
    """Terms in rising order, each once, and a number for each: a count, or a weight."""

    keys: Keys
    weights: Floats


def frequencies(arrival: Arrival) -> Vector:
    """Each term's weighted count: a title counts twice a text, a pair of words a quarter."""
    language = primary(arrival.language)
    title = term_keys(plainly(fold(without_rubric(arrival.title)), language), language)
    text = term_keys(plainly(fold(arrival.text[:TEXT_LIMIT]), language), language)
    numbers = np.fromiter(chain(title, text), np.uint32, len(title) + len(text))
    return Vector(*_counted(numbers[: len(title)], numbers[len(title) :]))


@compiled
def _counted(title: Keys, text: Keys) -> tuple[Keys, Floats]:
    # A term in the upper bits, its count in quarters in the lower.
    marked = np.empty(2 * (title.size + text.size), np.uint64)
    size = 0
    for words, quarters in ((title, 8), (text, 4)):
        for at in range(words.size):
            marked[size] = (np.uint64(words[at]) << np.uint64(32)) | np.uint64(quarters)
            size += 1
            # Neighbouring pairs of characters hold each other's letters already.
            if at == 0 or words[at - 1] & words[at] & np.uint32(UNSPACED):
                continue
            mixed = (np.uint64(words[at - 1]) * _LEFT) ^ (np.uint64(words[at]) * _RIGHT)
            pair = (mixed & np.uint64(0xFFFFFFFF)) | np.uint64(PAIR)
            marked[size] = (pair << np.uint64(32)) | np.uint64(quarters // 4)
            size += 1
    marked = np.sort(marked[:size])
    keys = np.empty(size, np.uint32)
    counts = np.zeros(size, np.float32)
    last = -1
    for each in marked:
        key = np.uint32(each >> np.uint64(32))
        if last < 0 or keys[last] != key:
            last += 1
            keys[last] = key
        counts[last] += np.float32(each & np.uint64(15)) * np.float32(0.25)
    return keys[: last + 1].copy(), counts[: last + 1].copy()


@compiled
def _noted(table: Floats, keys: Keys) -> None:
    for key in keys:
        table[key & np.uint32(_SLOTS - 1), _YOUNG] += np.float32(1.0)


@compiled
def _weighed(table: Floats, keys: Keys, counts: Floats, total: float) -> Floats:
    weights = np.empty(keys.size, np.float32)
    squares = 0.0
    for at in range(keys.size):
        slot = keys[at] & np.uint32(_SLOTS - 1)
        documents = table[slot, _YOUNG] + table[slot, _OLD] + table[slot, _PRIOR]
        tf = 1.0 + log(counts[at]) if counts[at] > 1.0 else counts[at]
        weight = tf * log1p(total / max(documents, 1.0))
        weights[at] = weight
        squares += weight * weight
    if squares > 0.0:
        weights /= np.float32(sqrt(squares))
    return weights


class DocumentFrequencies:
    """In how many recent articles each term occurs, over a background that fades.

    Two generations are counted, of ``generation`` articles each; the older is dropped when the
    younger is full. So the table stays small, follows the news, and is the same again when the
    articles since :meth:`horizon` are counted anew after a restart. Terms fall into 2²² slots: at
    200,000 words and millions of pairs, rare terms pass for slightly less rare than they are.

    A term is as rare as it is among the articles of its own language: against those of all, every
    word of a language that few write in would be a rare one.
    """

    def __init__(
        self, generation: int = 50_000, counted: int = 0, prior_scale: float = 1.0
    ) -> None:
        self.generation = generation
        self.counted = counted
        self._number = counted // generation
        # By slot, side by side: the background, the older generation, the younger.
        self._table = np.zeros((_SLOTS, 3), np.float32)
        for key, count in background.prior(prior_scale).items():
            self._table[key & (_SLOTS - 1), _PRIOR] += count
        self._prior_documents = background.DOCUMENTS * prior_scale
        self._old_documents: Counter[str] = Counter()
        self._young_documents: Counter[str] = Counter()

    @staticmethod
    def horizon(counted: int, generation: int = 50_000) -> int:
        """The first of ``counted`` articles, from zero, that the table still remembers."""
        return max(0, (counted // generation - 1) * generation)

    def count(self, found: Vector, language: str = _PRIOR_LANGUAGE) -> None:
        """Take the terms of an article, in a language by its primary tag, into the table."""
        if self.counted // self.generation != self._number:
            self._number = self.counted // self.generation
            self._table[:, _OLD] = self._table[:, _YOUNG]
            self._table[:, _YOUNG] = 0.0
            self._old_documents, self._young_documents = self._young_documents, Counter()
        self.counted += 1
        self._young_documents[language] += 1
        _noted(self._table, found.keys)

    def weigh(self, found: Vector, language: str = _PRIOR_LANGUAGE) -> Vector:
        """The terms as a vector of length one: (1 + ln tf) × ln(1 + N / df)."""
        prior = self._prior_documents if language == _PRIOR_LANGUAGE else float(_FEW)
        total = prior + self._old_documents[language] + self._young_documents[language]
        return Vector(found.keys, _weighed(self._table, found.keys, found.weights, total))
