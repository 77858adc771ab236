"""Which live articles hold a word, the latest last: one list a word, in one stretch of memory.

A posting is a number: the article's serial in the upper half, the word's weight in the lower. A
list that is full doubles its room if more than half of it is live; the longest forget their oldest.

An inverted file in memory, read term at a time into accumulators, the rarest terms first: J. Zobel
and A. Moffat, "Inverted files for text search engines", 2006, sections 3 and 5. Room is given out
in powers of two and kept by size when given back: D. Knuth, "The Art of Computer Programming",
volume 1, section 2.5. By word number, arrays are ``(numbers,)``; by place, ``(capacity,)``.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories.clustering.kernels.compiled import compiled
from digest.newsdesk.stories.clustering.kernels.numbering import Numbering
from digest.newsdesk.stories.clustering.kernels.prefetching import prefetch

Serials = NDArray[np.int64]
Floats = NDArray[np.float32]
Places = NDArray[np.int32]

_SCALE = 1 << 31
_LEAST = 4
_MOST = 1 << 12
_AHEAD = np.uint64(24)
"""How many postings ahead the sum of the next is asked for."""


class _Lists(NamedTuple):
    """By word number: where its list begins in ``memory``, its room, and how many were written.

    ``free`` holds, by the bits of a room's size, the first room that was given back, −1 if none;
    each names the next. ``end`` is how much memory was ever given out.
    """

    begin: Serials
    room: Serials
    written: Serials
    memory: Serials
    free: Serials
    end: Serials


class Postings:
    """The lists of all words; at most :data:`LONGEST` articles are remembered of each."""

    LONGEST = _MOST

    def __init__(self) -> None:
        none = np.zeros(256, np.int64)
        free = np.full(64, -1, np.int64)
        memory = np.zeros(1 << 12, np.int64)
        self._lists = _Lists(none, none.copy(), none.copy(), memory, free, np.zeros(1, np.int64))
        self._numbering = Numbering()
        self._sweep_at = 1024

    def __len__(self) -> int:
        return len(self._numbering)

    def add(self, serial: int, words: NDArray[np.uint32], weights: Floats, oldest: int) -> None:
        """Post an article under its words; articles before ``oldest`` are no longer live."""
        if len(self._numbering) > self._sweep_at:
            self._sweep(oldest)
        listed = self._numbering.enter(words)
        if self._numbering.room > self._lists.begin.size:
            self._widen()
        done = 0
        while (done := _append(self._lists, listed, weights, serial, oldest, done)) < listed.size:
            memory = self._lists.memory
            self._lists = self._lists._replace(memory=np.append(memory, np.zeros_like(memory)))

    def find(
        self,
        mask: int,
        words: NDArray[np.uint32],
        weights: Floats,
        sums: Floats,
        oldest: int,
        bounds: tuple[int, int],
    ) -> Places:
        """The articles posted under the words, each once; some may have left since ``oldest``.

        ``sums``, by place, is zero; it is left with Σ of an article's weights × the words', and
        whoever reads it clears it. ``bounds``: latest articles of a word, and postings in all,
        those of the rarest words first.
        """
        numbers = self._numbering.find(words)
        return _gather(mask, self._lists, numbers, weights, sums, oldest, bounds)

    def _widen(self) -> None:
        """Room for as many lists as there may be numbers."""
        more = np.zeros(self._numbering.room - self._lists.begin.size, np.int64)
        begin, room, written = (np.append(each, more) for each in self._lists[:3])
        self._lists = self._lists._replace(begin=begin, room=room, written=written)

    def _sweep(self, oldest: int) -> None:
        """Forget the words that no live article holds."""
        self._numbering.forget(_abandon(self._lists, oldest))
        self._sweep_at = max(1024, len(self._numbering) * 5 // 4)


@compiled
def _shelf(room: int) -> int:
    """The place of a room's size among the sizes: its logarithm."""
    shelf = 0
    while room > 1:
        room >>= 1
        shelf += 1
    return shelf


@compiled
def _allot(lists: _Lists, room: int) -> int:
    """Where there is so much room; −1 if nowhere."""
    shelf = _shelf(room)
    begin = lists.free[shelf]
    if begin >= 0:
        lists.free[shelf] = lists.memory[begin]
        return int(begin)
    begin = lists.end[0]
    if begin + room > lists.memory.size:
        return -1
    lists.end[0] = begin + room
    return int(begin)


@compiled
def _give_back(lists: _Lists, number: int) -> None:
    """Keep a word's room for the next that needs as much."""
    shelf = _shelf(lists.room[number])
    lists.memory[lists.begin[number]] = lists.free[shelf]
    lists.free[shelf] = lists.begin[number]


@compiled
def _make_room(lists: _Lists, number: int, oldest: int) -> bool:
    """Drop what is no longer live from a full list if that is half of it, else double its room."""
    begin, room, count = lists.begin[number], lists.room[number], lists.written[number]
    gone = 0
    while gone < count and (lists.memory[begin + gone] >> 32) < oldest:
        gone += 1
    there = begin
    if gone * 2 < count or room == 0:
        there = _allot(lists, max(_LEAST, room * 2))
        if there < 0:
            return False
    for at in range(gone, count):
        lists.memory[there + at - gone] = lists.memory[begin + at]
    if there != begin or room == 0:
        if room > 0:
            _give_back(lists, number)
        lists.begin[number], lists.room[number] = there, max(_LEAST, room * 2)
    lists.written[number] = count - gone
    return True


@compiled
def _append(
    lists: _Lists, numbers: Serials, weights: Floats, serial: int, oldest: int, done: int
) -> int:
    """Post an article from the word at ``done`` on; returns where memory ran out, or the end."""
    for at in range(done, numbers.size):
        number = numbers[at]
        full = lists.written[number] == lists.room[number] and lists.room[number] < _MOST
        if full and not _make_room(lists, number, oldest):
            return at
        spot = lists.written[number] & (lists.room[number] - 1)
        part = np.int64(np.float64(weights[at]) * _SCALE)
        lists.memory[lists.begin[number] + spot] = (serial << 32) | part
        lists.written[number] += 1
    return int(numbers.size)


@compiled
def _abandon(lists: _Lists, oldest: int) -> Serials:
    """Take back the room of words whose latest article is no longer live; returns the words."""
    found = np.empty(lists.room.size, np.int64)
    many = 0
    for number in range(lists.room.size):
        room = lists.room[number]
        if room == 0:
            continue
        latest = lists.memory[lists.begin[number] + ((lists.written[number] - 1) & (room - 1))]
        if lists.written[number] == 0 or (latest >> 32) < oldest:
            _give_back(lists, number)
            lists.room[number] = lists.written[number] = 0
            found[many] = number
            many += 1
    return found[:many]


@compiled
def _gather(
    mask: int,
    lists: _Lists,
    numbers: Serials,
    weights: Floats,
    sums: Floats,
    oldest: int,
    bounds: tuple[int, int],
) -> Places:
    """As :meth:`Postings.find`, for word ``numbers``, −1 for a word that nobody holds."""
    most, effort = bounds
    sizes = np.zeros(numbers.size, np.int64)
    for number in numbers:
        if number >= 0:
            prefetch(lists.written, number)
            prefetch(lists.room, number)
            prefetch(lists.begin, number)
    for word in range(numbers.size):
        number = numbers[word]
        if number >= 0:
            sizes[word] = min(lists.written[number], lists.room[number], most)
            latest = (lists.written[number] - 1) & (lists.room[number] - 1)
            prefetch(lists.memory, lists.begin[number] + latest)
    total = sizes.sum()
    order = np.arange(numbers.size)
    if total > effort:
        order = np.argsort(sizes, kind="mergesort")
    # No more is read than this: the first word's list, or lists within the effort.
    touched = np.empty(min(total, max(effort, most)) + 1, np.int32)
    # Unsigned, for else each access would ask whether its index counts from the end.
    memory, turned, live = lists.memory, np.uint64(mask), np.uint64(oldest)
    count = np.uint64(0)
    left = effort
    for rank in range(order.size):
        word = order[rank]
        left -= sizes[word]
        if left < 0 and total > effort and left + sizes[word] < effort:
            break
        if sizes[word] == 0:
            continue
        number = numbers[word]
        weight = np.float32(weights[word] / _SCALE)
        begin, written = np.uint64(lists.begin[number]), np.uint64(lists.written[number])
        turn = np.uint64(lists.room[number] - 1)
        # So many further back, counted round the list so that it stays above zero.
        ahead = written + turn * _AHEAD
        for back in range(1, sizes[word] + 1):
            later = memory[begin + ((ahead - np.uint64(back)) & turn)]
            prefetch(sums, np.uint64(later >> 32) & turned)
            entry = memory[begin + ((written - np.uint64(back)) & turn)]
            serial = np.uint64(entry >> 32)
            if serial < live:
                break
            place = serial & turned
            before = sums[place]
            # Written for each posting, counted for the first: a branch would cost more.
            touched[count] = np.int32(serial)
            count += np.uint64(before == 0.0)
            sums[place] = before + weight * np.float32(entry & 0xFFFFFFFF)
    return touched[:count]
