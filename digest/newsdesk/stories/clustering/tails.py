"""The latest members of each live story, side by side in memory, as compiled loops read them."""

import numpy as np
from numpy.typing import NDArray


class Tails:
    """A row of serials for each story, ``latest`` of them at most, written round and round.

    ``end`` counts what was ever written to a row; the last ``size`` of it are members.
    """

    def __init__(self, latest: int) -> None:
        self.latest = latest
        self.serial: NDArray[np.int32] = np.zeros((64, latest), np.int32)
        self.end: NDArray[np.int32] = np.zeros(64, np.int32)
        self.size: NDArray[np.int32] = np.zeros(64, np.int32)
        self._unused = list(range(64))[::-1]

    def begin(self) -> int:
        """An empty row."""
        if not self._unused:
            count = self.end.size
            self._unused = list(range(count, 2 * count))[::-1]
            self.serial = np.concatenate([self.serial, np.zeros_like(self.serial)])
            self.end = np.concatenate([self.end, np.zeros_like(self.end)])
            self.size = np.concatenate([self.size, np.zeros_like(self.size)])
        row = self._unused.pop()
        self.end[row] = self.size[row] = 0
        return row

    def give_back(self, row: int) -> None:
        """Let another story have the row."""
        self._unused.append(row)

    def add(self, row: int, serial: int) -> None:
        """Write a story's next member."""
        end = int(self.end[row])
        self.serial[row, end % self.latest] = serial
        self.end[row] = end + 1
        self.size[row] = min(int(self.size[row]) + 1, self.latest)

    def drop(self, row: int, at: int, members: list[int]) -> None:
        """Follow a story that lost its member at index ``at``; ``members`` are those left."""
        size = int(self.size[row])
        first = len(members) + 1 - size
        if at < first:
            return
        if at == first and first == 0:
            # The oldest of all: what is left stands in order already.
            self.size[row] = size - 1
            return
        left = members[-self.latest :]
        self.serial[row, : len(left)] = left
        self.end[row] = self.size[row] = len(left)
