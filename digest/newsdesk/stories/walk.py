"""The loops behind :mod:`index`: what to weigh exactly of all that was found, and weighing it."""

from math import exp
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories.compiled import compiled
from digest.newsdesk.stories.window import Columns

Serials = NDArray[np.int64]
Keys = NDArray[np.uint32]
Floats = NDArray[np.float32]

TABLE = 1 << 14


class Choice(NamedTuple):
    """How many articles are weighed exactly: the nearest, and older ones for the crowd."""

    nearest: int
    fade: float
    crowd: int
    crowd_age: float


@compiled
def choose(
    w: Columns, at: float, serials: Serials, about: Floats, s: Choice
) -> tuple[Serials, NDArray[np.bool_]]:
    """The articles to weigh exactly, in order of serial, and which of them are the older crowd."""
    count = serials.size
    crowd = np.full(s.crowd, -1, np.int64)
    height = np.zeros(s.crowd, np.float32)
    faded = np.empty(count, np.float32)
    old = at - s.crowd_age
    last = s.crowd - 1
    for each in range(count):
        time = w.at[serials[each] & w.mask]
        faded[each] = about[each] * exp(-abs(time - at) / s.fade)
        if time <= old and (about[each] > height[last] or crowd[last] < 0):
            spot = last
            while spot > 0 and (crowd[spot - 1] < 0 or height[spot - 1] < about[each]):
                crowd[spot], height[spot] = crowd[spot - 1], height[spot - 1]
                spot -= 1
            crowd[spot], height[spot] = each, about[each]
    taken = np.zeros(count, np.int8)
    if count > s.nearest:
        edge = np.partition(faded, count - s.nearest)[count - s.nearest]
        room = s.nearest
        for each in range(count):
            if faded[each] > edge:
                taken[each] = 1
                room -= 1
        for each in range(count):
            if faded[each] == edge and room > 0:
                taken[each] = 1
                room -= 1
    else:
        taken[:] = 1
    for rank in range(s.crowd):
        if crowd[rank] >= 0:
            taken[crowd[rank]] |= 2
    chosen = taken.nonzero()[0]
    chosen = chosen[np.argsort(serials[chosen])]
    return serials[chosen], taken[chosen] >= 2


@compiled
def compare(
    w: Columns,
    keys: Keys,
    weights: Floats,
    held_keys: Keys,
    held_weights: Floats,
    serials: Serials,
    table: NDArray[np.int32],
) -> tuple[Floats, Serials]:
    """The cosine of a vector with those of live articles, and how many terms they share.

    ``table`` is zero and is left so: by the last bits of a term, one more than its position.
    """
    mask = np.uint32(TABLE - 1)
    chained = np.zeros(keys.size, np.int32)
    # A bit a slot, which fits the nearest cache: most terms of the others are not in the vector.
    sought = np.zeros(TABLE >> 5, np.uint32)
    for at in range(keys.size):
        slot = keys[at] & mask
        sought[slot >> np.uint32(5)] |= np.uint32(1) << (slot & np.uint32(31))
        chained[at] = table[slot]
        table[slot] = at + 1
    cosines = np.empty(serials.size, np.float32)
    shared = np.zeros(serials.size, np.int64)
    for each in range(serials.size):
        place = serials[each] & w.mask
        start = w.start[place] & (held_keys.size - 1)
        cosine = 0.0
        common = 0
        for term in range(start, start + w.size[place]):
            key = held_keys[term]
            slot = key & mask
            if not (sought[slot >> np.uint32(5)] >> (slot & np.uint32(31))) & np.uint32(1):
                continue
            at = table[slot]
            while at > 0:
                if keys[at - 1] == key:
                    cosine += weights[at - 1] * held_weights[term]
                    common += 1
                    break
                at = chained[at - 1]
        cosines[each] = cosine
        shared[each] = common
    for key in keys:
        table[key & mask] = 0
    return cosines, shared
