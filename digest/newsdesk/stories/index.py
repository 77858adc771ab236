"""The inverted index over live articles: which of them share terms with a new one, and how much.

Articles are known by serial number. Only words are indexed: who shares a pair of words shares
the words. What a question finds is then weighed exactly, pairs of words included.
"""

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories.features import PAIR, Floats, Keys, Vector
from digest.newsdesk.stories.window import Window

Serials = NDArray[np.int64]

_BITMAP = 1 << 18


@dataclass(frozen=True, slots=True)
class Reach:
    """How much of the postings one question may walk: its price must not grow with the window.

    The bounds bite only where thousands of articles are live; below that every answer is exact.
    """

    latest: int = 3_000
    """Latest articles looked at for one term."""
    effort: int = 14_000
    """Postings walked for one question, those of the rarest terms first."""
    floor: float = 0.03
    """Shared weight below which an article is passed over."""


class LiveIndex:
    """Vectors of length one of live articles, found by their words."""

    def __init__(self, window: Window, reach: Reach) -> None:
        self.reach = reach
        self._window = window
        self._vectors: dict[int, NDArray[np.uint64]] = {}
        # Per word: serial in the upper half of each number, the weight's bits in the lower.
        self._postings: dict[int, array[int]] = {}
        self._sums = np.zeros(window.capacity, np.float32)
        self._marks = np.zeros(window.capacity, np.int32)
        self._bitmap = np.zeros(_BITMAP, np.bool_)
        self._sweep_at = 1024

    def add(self, serial: int, vector: Vector) -> None:
        """Make an article findable."""
        bits = vector.weights.view(np.uint32).astype(np.uint64)
        self._vectors[serial] = (vector.keys.astype(np.uint64) << np.uint64(32)) | bits
        words = int(np.searchsorted(vector.keys, np.uint32(PAIR)))
        entries = ((serial << 32) + bits[:words].astype(np.int64)).tolist()
        postings = self._postings
        for key, entry in zip(vector.keys[:words].tolist(), entries, strict=True):
            listed = postings.get(key)
            if listed is None:
                postings[key] = array("q", (entry,))
            else:
                listed.append(entry)
        if len(postings) > self._sweep_at:
            self._sweep()

    def remove(self, serial: int) -> None:
        """Forget an article; its postings are swept out later."""
        del self._vectors[serial]

    def find(self, vector: Vector) -> tuple[Serials, Floats]:
        """Live articles that share words with ``vector``, and about how much of its length."""
        window, sums = self._window, self._sums
        if sums.size != window.capacity:
            sums = self._sums = np.zeros(window.capacity, np.float32)
            self._marks = np.zeros(window.capacity, np.int32)
        lists, weights = self._lists(vector)
        if not lists:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        sizes = [each.size for each in lists]
        entries = np.concatenate(lists)
        # An array cannot grow while something looks into it.
        del lists
        serials = entries >> 32
        slots = serials & window.mask
        shares = (entries & 0xFFFFFFFF).astype(np.uint32).view(np.float32)
        shares *= np.repeat(np.array(weights, np.float32), sizes)
        np.add.at(sums, slots, shares)
        found = sums[slots]
        passed = ((found >= self.reach.floor) & (window.serial[slots] == serials)).nonzero()[0]
        sums[slots] = 0.0
        there = slots[passed]
        # Each article once: the one whose mark stayed.
        marks = np.arange(passed.size, dtype=np.int32)
        self._marks[there] = marks
        once = passed[self._marks[there] == marks]
        return serials[once], found[once]

    def cosines(self, vector: Vector, serials: Serials) -> tuple[Floats, NDArray[np.int64]]:
        """The cosine of ``vector`` with each article, and how many terms they share."""
        if not serials.size:
            return np.empty(0, np.float32), np.empty(0, np.int64)
        held = [self._vectors[each] for each in serials.tolist()]
        starts = np.zeros(len(held), np.int64)
        np.cumsum([each.size for each in held[:-1]], out=starts[1:])
        packed = np.concatenate(held)
        keys = (packed >> np.uint64(32)).astype(np.uint32)
        mine = vector.keys & np.uint32(_BITMAP - 1)
        self._bitmap[mine] = True
        likely = self._bitmap[keys & np.uint32(_BITMAP - 1)].nonzero()[0]
        self._bitmap[mine] = False
        asked = keys[likely]
        at = np.minimum(np.searchsorted(vector.keys, asked), vector.keys.size - 1)
        hit = vector.keys[at] == asked
        likely, at = likely[hit], at[hit]
        theirs = (packed[likely] & np.uint64(0xFFFFFFFF)).astype(np.uint32).view(np.float32)
        owner = np.searchsorted(starts, likely, side="right") - 1
        sums = np.bincount(owner, theirs * vector.weights[at], len(held))
        return sums.astype(np.float32), np.bincount(owner, minlength=len(held))

    def _lists(self, vector: Vector) -> tuple[list[NDArray[np.int64]], list[float]]:
        """Postings of the vector's words with the words' weights, within :class:`Reach`."""
        words = int(np.searchsorted(vector.keys, np.uint32(PAIR)))
        held = []
        total = 0
        keys: Keys = vector.keys[:words]
        for key, weight in zip(keys.tolist(), vector.weights[:words].tolist(), strict=True):
            listed = self._postings.get(key)
            if listed is not None:
                size = min(len(listed), self.reach.latest)
                total += size
                held.append((size, key, weight, listed))
        if total > self.reach.effort:
            held.sort(key=lambda each: each[:2])
        left = self.reach.effort
        lists: list[NDArray[np.int64]] = []
        weights: list[float] = []
        for size, _, weight, listed in held:
            left -= size
            if left < 0 and lists and total > self.reach.effort:
                break
            lists.append(np.frombuffer(listed, np.int64)[-size:])
            weights.append(weight)
        return lists, weights

    def _sweep(self) -> None:
        """Drop postings of articles that are no longer live."""
        oldest = self._window.oldest << 32
        for key in list(self._postings):
            listed = self._postings[key]
            if listed[-1] < oldest:
                del self._postings[key]
            elif listed[0] < oldest and len(listed) > 16:
                entries = np.frombuffer(listed, np.int64)
                gone = int(np.searchsorted(entries, oldest))
                del entries
                del listed[:gone]
        self._sweep_at = max(1024, len(self._postings) * 5 // 4)
