"""The inverted index over live articles: which of them share terms with a new one, and how much.

Articles are known by serial number. Only words are indexed: who shares a pair of words shares
the words. What a question finds is then weighed exactly, pairs of words included.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories.clustering.features import PAIR, Floats, Keys, Vector
from digest.newsdesk.stories.clustering.kernels import candidates
from digest.newsdesk.stories.clustering.kernels.postings import Postings
from digest.newsdesk.stories.clustering.window import LiveWindow

Serials = NDArray[np.int64]

_ROOM = 1 << 16


@dataclass(frozen=True, slots=True)
class SearchBudget:
    """How much of the postings one question may read: its price must not grow with the window.

    The bounds bite only where thousands of articles are live; below that every answer is exact.
    """

    latest: int = 3_000
    """Latest articles looked at for one term."""
    effort: int = 14_000
    """Postings read for one question, those of the rarest terms first."""
    floor: float = 0.03
    """Shared weight below which an article is passed over."""


class LiveIndex:
    """Vectors of length one of live articles, found by their words."""

    def __init__(self, window: LiveWindow, reach: SearchBudget) -> None:
        self.reach = reach
        self._window = window
        # The vectors of live articles, end to end, in a ring: a position counts on for ever.
        self._keys: Keys = np.zeros(_ROOM, np.uint32)
        self._weights: Floats = np.zeros(_ROOM, np.float32)
        self._end = 0
        self._postings = Postings()
        self._sums = np.zeros(window.capacity, np.float32)
        self._table = np.zeros(candidates.TABLE, np.int32)

    def add(self, serial: int, vector: Vector) -> None:
        """Make an article findable."""
        self._keep(serial, vector)
        words = int(vector.keys.searchsorted(np.uint32(PAIR)))
        oldest = self._window.oldest
        self._postings.add(serial, vector.keys[:words], vector.weights[:words], oldest)

    def find(
        self, vector: Vector, at: float, choice: candidates.Choice
    ) -> tuple[Serials, NDArray[np.bool_]]:
        """Live articles worth weighing: those that share words, nearest to ``vector`` and ``at``.

        In order of serial, and which of them are the older crowd.
        """
        window = self._window
        if self._sums.size != window.capacity:
            self._sums = np.zeros(window.capacity, np.float32)
        words = int(vector.keys.searchsorted(np.uint32(PAIR)))
        bounds = (self.reach.latest, self.reach.effort)
        keys, weights, sums = vector.keys[:words], vector.weights[:words], self._sums
        found = self._postings.find(window.mask, keys, weights, sums, window.oldest, bounds)
        return candidates.choose(window.columns, at, found, sums, choice)

    def cosines(self, vector: Vector, serials: Serials) -> tuple[Floats, NDArray[np.int64]]:
        """The cosine of ``vector`` with each article, and how many terms they share."""
        columns, table = self._window.columns, self._table
        held, weights = self._keys, self._weights
        return candidates.compare(
            columns, vector.keys, vector.weights, held, weights, serials, table
        )

    def _keep(self, serial: int, vector: Vector) -> None:
        window, count = self._window, vector.keys.size
        while (begin := self._room_for(serial, count)) < 0:
            self._widen(serial)
        at = begin % self._keys.size
        self._keys[at : at + count] = vector.keys
        self._weights[at : at + count] = vector.weights
        place = serial & window.mask
        window.start[place], window.size[place] = begin, count
        self._end = begin + count

    def _room_for(self, serial: int, count: int) -> int:
        """Where a vector of ``count`` terms may begin, in one piece; −1 if nowhere."""
        window, room, begin = self._window, self._keys.size, self._end
        if begin % room + count > room:
            begin += room - begin % room
        oldest = window.oldest
        first = begin if oldest == serial else int(window.start[oldest & window.mask])
        return begin if begin + count - first <= room else -1

    def _widen(self, serial: int) -> None:
        """Twice the room, the live vectors moved together."""
        window, room = self._window, self._keys.size
        keys, weights = self._keys, self._weights
        self._keys, self._weights = np.zeros(room * 2, np.uint32), np.zeros(room * 2, np.float32)
        end = 0
        live = window.serials()
        for place in (live[live != serial] & window.mask).tolist():
            at, count = int(window.start[place]) % room, int(window.size[place])
            self._keys[end : end + count] = keys[at : at + count]
            self._weights[end : end + count] = weights[at : at + count]
            window.start[place] = end
            end += count
        self._end = end
