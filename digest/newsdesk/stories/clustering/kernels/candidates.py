"""The loops behind :mod:`index`: what to weigh exactly of all that was found, and weighing it.

Choosing keeps a pool of up to four times as many as are wanted and cuts it back by selection
(D. Musser, "Introspective sorting and selection algorithms", 1997), so that most of what was found
costs one comparison. Comparing joins two sparse vectors by a hash table of the one; a bit map
before it turns most terms of the other away (B. Bloom, "Space/time trade-offs in hash coding with
allowable errors", 1970, with one hash).
"""

from math import exp
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories.clustering.kernels.compiled import compiled
from digest.newsdesk.stories.clustering.kernels.prefetching import LINE, prefetch
from digest.newsdesk.stories.clustering.window import Columns

Serials = NDArray[np.int64]
Keys = NDArray[np.uint32]
Floats = NDArray[np.float32]
Places = NDArray[np.int32]

TABLE = 1 << 14
_AHEAD = 2
"""How many vectors ahead the next is asked for."""


class Choice(NamedTuple):
    """How many articles are weighed exactly: the nearest, and older ones for the crowd.

    Who shares less than ``floor`` is passed over.
    """

    nearest: int
    fade: float
    crowd: int
    crowd_age: float
    floor: float


class Incoming(NamedTuple):
    """What is known of the article that others are compared with, but for its vector.

    ``common``: what any two articles in its language share. Others in another language must share
    ``least_shared`` terms with it.
    """

    language: int
    outlet: int
    common: float
    least_shared: int


@compiled
def choose(
    w: Columns, at: float, touched: Places, sums: Floats, s: Choice
) -> tuple[Serials, NDArray[np.bool_]]:
    """The articles to weigh exactly, in order of serial, and which of them are the older crowd.

    ``sums``, by place, is how much each of ``touched`` shares about; it is left zero. Most are
    passed over by it alone: time only makes an article less near, so who shares less than the last
    of those chosen so far needs no second look.
    """
    crowd = np.full(s.crowd, -1, np.int64)
    height = np.full(s.crowd, -1.0, np.float32)
    pool = np.empty(4 * s.nearest, np.int64)
    faded = np.empty(4 * s.nearest, np.float32)
    count = 0
    old = at - s.crowd_age
    last = s.crowd - 1
    mask = np.uint64(w.mask)
    edge = low = np.float32(-1.0)
    for each in range(touched.size):
        serial = np.int64(touched[each])
        place = np.uint64(serial) & mask
        about = sums[place]
        sums[place] = 0.0
        if about < low or about < s.floor or w.serial[place] != serial:
            continue
        time = w.at[place]
        if time <= old and about > height[last]:
            spot = last
            while spot > 0 and height[spot - 1] < about:
                crowd[spot], height[spot] = crowd[spot - 1], height[spot - 1]
                spot -= 1
            crowd[spot], height[spot] = serial, about
            low = min(edge, height[last])
        if about < edge:
            continue
        near = np.float32(about * exp(-abs(time - at) / s.fade))
        if near < edge:
            continue
        pool[count], faded[count] = serial, near
        count += 1
        if count == pool.size:
            edge = _cut(pool, faded, count, s.nearest)
            low = min(edge, height[last])
            count = s.nearest
    if count > s.nearest:
        _cut(pool, faded, count, s.nearest)
        count = s.nearest
    return _marked(pool[:count], crowd)


@compiled
def _marked(pool: Serials, crowd: Serials) -> tuple[Serials, NDArray[np.bool_]]:
    """All in order, each once, and which of them are of the crowd, where −1 is nobody."""
    # Twice the serial, one more for the crowd.
    marked = np.sort(np.append(pool * 2, crowd[crowd >= 0] * 2 + 1))
    chosen = np.empty(marked.size, np.int64)
    aged = np.empty(marked.size, np.bool_)
    size = 0
    for each in marked:
        if size > 0 and chosen[size - 1] == each >> 1:
            size -= 1
        chosen[size], aged[size] = each >> 1, each & 1 == 1
        size += 1
    return chosen[:size], aged[:size]


@compiled
def _cut(pool: Serials, faded: Floats, count: int, nearest: int) -> np.float32:
    """Leave the nearest at the head of the pool, the first of equals; how near the last is."""
    edge = np.partition(faded[:count], count - nearest)[count - nearest]
    room = nearest
    for each in range(count):
        if faded[each] > edge:
            room -= 1
    left = 0
    for each in range(count):
        if faded[each] < edge:
            continue
        if faded[each] == edge:
            if room == 0:
                continue
            room -= 1
        pool[left], faded[left] = pool[each], faded[each]
        left += 1
    return np.float32(edge)


@compiled
def _stretches(w: Columns, serials: Serials, room: int) -> tuple[Serials, Serials]:
    """Where the vectors of articles begin in a ring of so much ``room``, and how many terms they
    have."""
    begins, sizes = np.empty(serials.size, np.int64), np.empty(serials.size, np.int64)
    for each in range(serials.size):
        place = serials[each] & w.mask
        begins[each], sizes[each] = w.start[place] & (room - 1), w.size[place]
    return begins, sizes


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
    begins, sizes = _stretches(w, serials, held_keys.size)
    hits = np.empty(sizes.max() + 1 if sizes.size else 1, np.uint64)
    for each in range(serials.size):
        if each + _AHEAD < serials.size:
            begin = begins[each + _AHEAD]
            for term in range(begin, begin + sizes[each + _AHEAD], LINE):
                prefetch(held_keys, term)
                prefetch(held_weights, term)
        cosine = 0.0
        common = 0
        hit = np.uint64(0)
        for term in range(begins[each], begins[each] + sizes[each]):
            # Written for each term, counted for those sought: a branch would cost more.
            slot = held_keys[term] & mask
            hits[hit] = np.uint64(term)
            bit = sought[slot >> np.uint32(5)] >> (slot & np.uint32(31))
            hit += np.uint64(bit & np.uint32(1))
        for term in hits[:hit]:
            key = held_keys[term]
            at = table[key & mask]
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


@compiled
def take_off(
    w: Columns,
    language_of: Places,
    outlet_of: Keys,
    others: Serials,
    cosines: Floats,
    shared: Serials,
    incoming: Incoming,
) -> NDArray[np.bool_]:
    """Take off ``cosines`` what is no likeness: all, of articles in another language that share
    fewer terms than ``least_shared``; and what any two in the newcomer's language have in
    ``common``, where 1 stays 1. Returns which of ``others`` its own outlet wrote in its language.
    """
    own = np.zeros(others.size, np.bool_)
    common = np.float32(incoming.common)
    for each in range(others.size):
        place = others[each] & w.mask
        if language_of[place] == incoming.language:
            own[each] = outlet_of[place] == incoming.outlet
        elif shared[each] < incoming.least_shared:
            cosines[each] = 0.0
        if common > 0.0:
            left = (cosines[each] - common) / (np.float32(1.0) - common)
            cosines[each] = max(left, np.float32(0.0))
    return own
