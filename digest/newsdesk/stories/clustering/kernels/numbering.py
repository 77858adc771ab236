"""Small numbers for words in use, so that what is kept of a word can stand in arrays.

A hash table with open addressing and linear probing, at most half full, hashed by multiplication:
D. Knuth, "The Art of Computer Programming", volume 3, section 6.4. Nothing is ever taken out of it:
what is forgotten makes a new table. ``(slots,)`` by slot, ``(room,)`` by number.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories.clustering.kernels.compiled import compiled

Serials = NDArray[np.int64]
Words = NDArray[np.uint32]

_ROOM = 256


class _Table(NamedTuple):
    """By slot a word in the upper half and its number in the lower, −1 in an empty slot; by number
    its word, and whether it is in use. ``unused`` is a stack of free numbers, ``left`` how many."""

    slot: Serials
    named: Words
    used: NDArray[np.bool_]
    unused: Serials
    left: Serials


class Numbering:
    """A number from 0 for each word that was entered and not forgotten since.

    Words are below 2³¹.
    """

    def __init__(self) -> None:
        self._table = _table(np.zeros(_ROOM, np.uint32), np.zeros(_ROOM, np.bool_))

    def __len__(self) -> int:
        return self.room - int(self._table.left[0])

    @property
    def room(self) -> int:
        """All numbers are below this; it grows with the words."""
        return self._table.named.size

    def find(self, words: Words) -> Serials:
        """The numbers of words, −1 for a word that has none."""
        return _find(self._table, words)

    def enter(self, words: Words) -> Serials:
        """The numbers of words, each once in ``words``; who has none is given one."""
        while self._table.left[0] < words.size:
            named, used = self._table.named, self._table.used
            self._table = _table(
                np.append(named, np.zeros_like(named)), np.append(used, np.zeros_like(used))
            )
        return _enter(self._table, words)

    def forget(self, numbers: Serials) -> None:
        """Take back the numbers of words."""
        self._table.used[numbers] = False
        self._table = _table(self._table.named, self._table.used)


def _table(named: Words, used: NDArray[np.bool_]) -> _Table:
    """The table of the words in use, half of its slots taken at most."""
    unused = np.zeros(named.size, np.int64)
    free = np.flatnonzero(~used)[::-1]
    unused[: free.size] = free
    slots = np.full(named.size * 2, -1, np.int64)
    table = _Table(slots, named, used, unused, np.array([free.size], np.int64))
    _fill(table)
    return table


@compiled
def _slot(table: _Table, word: np.uint32) -> int:
    """Where a word sits in the table, or would."""
    mask = table.slot.size - 1
    mixed = np.int64(word) * 0x9E3779B1
    slot = (mixed ^ (mixed >> 17)) & mask
    while table.slot[slot] >= 0 and table.slot[slot] >> 32 != np.int64(word):
        slot = (slot + 1) & mask
    return int(slot)


@compiled
def _fill(table: _Table) -> None:
    """Enter the words in use into the slots of a new table."""
    for number in range(table.named.size):
        if table.used[number]:
            word = table.named[number]
            table.slot[_slot(table, word)] = (np.int64(word) << 32) | number


@compiled
def _find(table: _Table, words: Words) -> Serials:
    """As :meth:`Numbering.find`."""
    found = np.empty(words.size, np.int64)
    for at in range(words.size):
        held = table.slot[_slot(table, words[at])]
        found[at] = held & 0xFFFFFFFF if held >= 0 else -1
    return found


@compiled
def _enter(table: _Table, words: Words) -> Serials:
    """As :meth:`Numbering.enter`; there are numbers enough."""
    found = np.empty(words.size, np.int64)
    for at in range(words.size):
        slot = _slot(table, words[at])
        if table.slot[slot] < 0:
            table.left[0] -= 1
            number = table.unused[table.left[0]]
            table.slot[slot] = (np.int64(words[at]) << 32) | number
            table.named[number], table.used[number] = words[at], True
        found[at] = table.slot[slot] & 0xFFFFFFFF
    return found
