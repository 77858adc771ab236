"""The lists behind :mod:`neighbours`: whom each live article is near to, and how near.

A graph of k nearest neighbours, kept both ways while articles come and go: a newcomer enters its
own list and those of all whom it is nearer to than the farthest there. (Built for a standing set,
the same lists are those of W. Dong, M. Charikar and K. Li, "Efficient k-nearest neighbor graph
construction for generic similarity measures", 2011.) Lists are rows of ``near`` and ``cosine``,
``(capacity, kept)``, in no order.
"""

from math import exp

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories.clustering.kernels.affinities import Lending
from digest.newsdesk.stories.clustering.kernels.compiled import compiled
from digest.newsdesk.stories.clustering.kernels.prefetching import prefetch, prefetch_row
from digest.newsdesk.stories.clustering.window import Columns

Serials = NDArray[np.int64]
Floats = NDArray[np.float32]

_AHEAD = 2
"""How many neighbours ahead the next one's list is asked for."""


@compiled
def insert_neighbours(
    w: Columns, serial: int, others: Serials, cosines: Floats, since: int, s: Lending
) -> None:
    """Write a newcomer's cosines into its list, and into the lists of those it is near to.

    From the serial number ``since`` on, everybody is live.
    """
    kept = w.near.shape[1]
    place = serial & w.mask
    count = 0
    taken = np.empty(others.size, np.int64)
    near = np.empty(others.size, np.float64)
    for each in range(others.size):
        if cosines[each] >= s.floor:
            gap = abs(w.at[others[each] & w.mask] - w.at[place])
            taken[count] = each
            near[count] = cosines[each] * exp(-gap / s.fade)
            count += 1
    taken, near = taken[:count], near[:count]
    if count > kept:
        best = np.argsort(-near, kind="mergesort")[:kept]
        taken, near, count = taken[best], near[best], kept
    for rank in range(count):
        if rank + _AHEAD < count:
            _ask_for(w, others[taken[rank + _AHEAD]] & w.mask)
        other, cosine = others[taken[rank]], cosines[taken[rank]]
        w.near[place, rank] = other
        w.cosine[place, rank] = cosine
        w.edge[place] = min(w.edge[place], near[rank])
        there = other & w.mask
        if near[rank] > w.last[there]:
            w.stale[there] = True
        # A list whose lowest number is live is full of the living.
        column = -1 if w.lowest[there] >= since else _free(w, there, since)
        if column >= 0:
            w.edge[there] = min(w.edge[there], near[rank])
        elif near[rank] > w.edge[there]:
            column = _farthest(w, there, near[rank], s.fade)
        if column >= 0:
            w.near[there, column] = serial
            w.cosine[there, column] = cosine


@compiled
def _ask_for(w: Columns, place: int) -> None:
    """Have what is kept of an article's neighbours come near."""
    prefetch(w.last, place)
    prefetch(w.edge, place)
    prefetch(w.lowest, place)
    prefetch(w.stale, place)
    prefetch_row(w.near, place)
    prefetch_row(w.cosine, place)


@compiled
def _free(w: Columns, place: int, since: int) -> int:
    """The first column of a list that holds nobody, or nobody live; −1 if none."""
    lowest = w.near[place, 0]
    for column in range(w.near.shape[1]):
        lowest = min(lowest, w.near[place, column])
    w.lowest[place] = lowest
    if lowest >= since:
        return -1
    for column in range(w.near.shape[1]):
        held = w.near[place, column]
        if held < 0 or w.serial[held & w.mask] != held:
            return column
    return -1


@compiled
def _farthest(w: Columns, place: int, nearness: float, fade: float) -> int:
    """The column of the farthest in a full list that is less near than ``nearness``, −1 if none.

    Leaves behind how near the farthest is once the newcomer has its column: exact until one dies,
    never too high after.
    """
    column = -1
    least = second = np.inf
    for at in range(w.near.shape[1]):
        gap = abs(w.at[w.near[place, at] & w.mask] - w.at[place])
        faded = w.cosine[place, at] * exp(-gap / fade)
        if faded < least:
            column, least, second = at, faded, least
        elif faded < second:
            second = faded
    if least >= nearness:
        w.edge[place] = least
        return -1
    w.edge[place] = min(second, nearness)
    return column
