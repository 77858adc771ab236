"""An article as a sparse vector: what it is about, weighed by how rare its terms are.

A term is a number of 32 bits made from its letters: words below 2³¹, pairs of words above. Two
terms share a number once in a thousand million; that is noise next to two events sharing a word.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories import background
from digest.newsdesk.stories.words import UNSPACED, fold, primary, term_keys

TEXT_LIMIT = 1200
"""Characters of the text that are read: news says what happened at the top."""

PAIR = 1 << 31
"""Terms from here on are pairs of words."""

Keys = NDArray[np.uint32]
Floats = NDArray[np.float32]

_SHARES = np.array([2.0, 1.0, 0.5, 0.25], np.float32)
_LEFT, _RIGHT = np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B)


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article as the clusterer sees it. ``at`` is its own time, in seconds since 1970."""

    id: int
    at: float
    title: str
    text: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Vector:
    """Terms in rising order, each once, and a number for each: a count, or a weight."""

    keys: Keys
    weights: Floats


def frequencies(arrival: Arrival) -> Vector:
    """Each term's weighted count: a title counts twice a text, a pair of words a quarter."""
    language = primary(arrival.language)
    title = np.array(term_keys(fold(arrival.title), language), np.uint32)
    text = np.array(term_keys(fold(arrival.text[:TEXT_LIMIT]), language), np.uint32)
    parts = (title, text, _word_pairs(title), _word_pairs(text))
    keys = np.concatenate(parts)
    if not keys.size:
        return Vector(keys, np.empty(0, np.float32))
    order = keys.argsort(kind="stable")
    keys = keys[order]
    counts = _SHARES.repeat([part.size for part in parts])[order]
    first = np.empty(keys.size, np.bool_)
    first[0] = True
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    starts = first.nonzero()[0]
    return Vector(keys[starts], np.add.reduceat(counts, starts))


def _word_pairs(words: Keys) -> Keys:
    left, right = words[:-1], words[1:]
    paired = (left * _LEFT ^ right * _RIGHT) | np.uint32(PAIR)
    # Neighbouring pairs of characters hold each other's letters already.
    kept: Keys = paired[(left & right & np.uint32(UNSPACED)) == 0]
    return kept


class DocumentFrequencies:
    """In how many recent articles each term occurs, over a background that fades.

    Two generations are counted, of ``generation`` articles each; the older is dropped when the
    younger is full. So the table stays small, follows the news, and is the same again when the
    articles since :meth:`horizon` are counted anew after a restart. Terms fall into 2²² slots: at
    200,000 words and millions of pairs, rare terms pass for slightly less rare than they are.
    """

    SLOTS = 1 << 22

    def __init__(
        self, generation: int = 50_000, counted: int = 0, prior_scale: float = 1.0
    ) -> None:
        self.generation = generation
        self.counted = counted
        self._number = counted // generation
        self._prior = np.zeros(self.SLOTS, np.float32)
        for key, count in background.prior(prior_scale).items():
            self._prior[key & (self.SLOTS - 1)] += count
        self._prior_documents = background.DOCUMENTS * prior_scale
        self._old = np.zeros(self.SLOTS, np.int32)
        self._young = np.zeros(self.SLOTS, np.int32)
        self._old_documents = self._young_documents = 0

    @staticmethod
    def horizon(counted: int, generation: int = 50_000) -> int:
        """The first of ``counted`` articles, from zero, that the table still remembers."""
        return max(0, (counted // generation - 1) * generation)

    def count(self, found: Vector) -> None:
        """Take an article's terms into the table."""
        if self.counted // self.generation != self._number:
            self._number = self.counted // self.generation
            self._old, self._old_documents = self._young, self._young_documents
            self._young, self._young_documents = np.zeros(self.SLOTS, np.int32), 0
        self.counted += 1
        self._young_documents += 1
        self._young[found.keys & np.uint32(self.SLOTS - 1)] += 1

    def weigh(self, found: Vector) -> Vector:
        """The terms as a vector of length one: (1 + ln tf) × ln(1 + N / df)."""
        total = self._prior_documents + self._old_documents + self._young_documents
        slots = found.keys & np.uint32(self.SLOTS - 1)
        documents = self._young[slots] + self._old[slots] + self._prior[slots]
        tf = found.weights
        weights = np.where(tf > 1.0, 1.0 + np.log(tf), tf)
        weights *= np.log1p(total / np.maximum(documents, 1.0))
        length = np.sqrt(weights @ weights)
        return Vector(found.keys, (weights / (length or 1.0)).astype(np.float32))
