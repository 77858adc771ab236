"""The live articles, numbered as they come, in columns that are reused as they go."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MANY = 8_192
"""Live articles above which fewer neighbours are kept of each."""


class Columns(NamedTuple):
    """A window's columns as compiled loops take them; true until the window grows."""

    mask: int
    serial: NDArray[np.int64]
    at: NDArray[np.float64]
    bar: NDArray[np.float64]
    near: NDArray[np.int32]
    cosine: NDArray[np.float32]
    lowest: NDArray[np.int32]
    edge: NDArray[np.float64]
    row: NDArray[np.int32]
    share: NDArray[np.float32]
    early: NDArray[np.float32]
    last: NDArray[np.float32]
    stale: NDArray[np.bool_]
    start: NDArray[np.int64]
    size: NDArray[np.int64]


class LiveWindow:
    """Columns over live articles. An article's place in each is ``serial & mask``.

    ``serial`` holds who sits in a place, −1 for nobody. Columns grow as the window does.
    """

    def __init__(
        self, kept: int, nearest: int, kept_of_many: int | None = None, capacity: int = 256
    ) -> None:
        self._kept_of_many = kept_of_many or kept
        self.capacity = capacity
        self.mask = capacity - 1
        self.next = self.oldest = 0
        self.live = 0
        self.serial: NDArray[np.int64] = np.full(capacity, -1, np.int64)
        self.article: NDArray[np.int64] = np.zeros(capacity, np.int64)
        self.at: NDArray[np.float64] = np.zeros(capacity)
        self.language: NDArray[np.int32] = np.zeros(capacity, np.int32)
        self.outlet: NDArray[np.uint32] = np.zeros(capacity, np.uint32)
        # How near strangers came when the article did, and what its neighbours must be nearer than.
        self.level: NDArray[np.float64] = np.zeros(capacity)
        self.bar: NDArray[np.float64] = np.zeros(capacity)
        self.story: NDArray[np.int64] = np.zeros(capacity, np.int64)
        # The row of the story's latest members.
        self.tail: NDArray[np.int32] = np.zeros(capacity, np.int32)
        self.crowd: NDArray[np.float32] = np.zeros(capacity, np.float32)
        self.near: NDArray[np.int32] = np.full((capacity, kept), -1, np.int32)
        self.cosine: NDArray[np.float32] = np.zeros((capacity, kept), np.float32)
        # Nobody in the article's list has a lower serial than this.
        self.lowest: NDArray[np.int32] = np.full(capacity, -1, np.int32)
        # Nobody in the article's list is less near to it than this.
        self.edge: NDArray[np.float64] = np.zeros(capacity)
        self.row: NDArray[np.int32] = np.full((capacity, nearest + 1), -1, np.int32)
        self.share: NDArray[np.float32] = np.zeros((capacity, nearest + 1), np.float32)
        self.early: NDArray[np.float32] = np.zeros((capacity, nearest + 1), np.float32)
        self.last: NDArray[np.float32] = np.zeros(capacity, np.float32)
        self.stale: NDArray[np.bool_] = np.zeros(capacity, np.bool_)
        # Where the article's vector begins in the index, and how many terms it has.
        self.start: NDArray[np.int64] = np.zeros(capacity, np.int64)
        self.size: NDArray[np.int64] = np.zeros(capacity, np.int64)
        self.columns = self._columns()

    _COLUMNS = (
        *("serial", "article", "at", "language", "outlet", "level", "bar", "story", "tail"),
        *("near", "cosine", "lowest", "edge", "row", "share", "early", "last", "stale"),
        *("crowd", "start", "size"),
    )

    def enter(self, article: int, at: float, language: int, outlet: int = 0) -> int:
        """Give an article a place, making room if need be; returns its serial number."""
        if self.full:
            self._grow()
        serial = self.next
        self.next += 1
        place = serial & self.mask
        self.serial[place] = serial
        self.article[place] = article
        self.at[place] = at
        self.language[place] = language
        self.outlet[place] = outlet
        self.crowd[place] = 0.0
        self.near[place] = -1
        self.cosine[place] = 0.0
        self.lowest[place] = -1
        self.edge[place] = np.inf
        self.last[place] = 0.0
        self.stale[place] = True
        self.live += 1
        return serial

    def leave(self, serial: int) -> None:
        """Free an article's place."""
        self.serial[serial & self.mask] = -1
        self.live -= 1
        while self.oldest < self.next and self.serial[self.oldest & self.mask] != self.oldest:
            self.oldest += 1

    @property
    def full(self) -> bool:
        """Whether the next article would land on a live one's place."""
        return self.next - self.oldest >= self.capacity

    def serials(self) -> NDArray[np.int64]:
        """Everybody live, in order of arrival."""
        return np.sort(self.serial[self.serial >= 0])

    def _grow(self) -> None:
        live = self.serials()
        before, self.capacity = self.mask, self.capacity * 2
        self.mask = self.capacity - 1
        if self.capacity > MANY and self.near.shape[1] > self._kept_of_many:
            best = np.argsort(-self.cosine, axis=1, kind="stable")[:, : self._kept_of_many]
            self.near = np.take_along_axis(self.near, best, 1)
            self.cosine = np.take_along_axis(self.cosine, best, 1)
        for name in self._COLUMNS:
            old: NDArray[Any] = getattr(self, name)
            new = np.zeros((self.capacity, *old.shape[1:]), old.dtype)
            if name == "serial":
                new.fill(-1)
            new[live & self.mask] = old[live & before]
            setattr(self, name, new)
        self.columns = self._columns()

    def _columns(self) -> Columns:
        return Columns(self.mask, *(getattr(self, name) for name in Columns._fields[1:]))
