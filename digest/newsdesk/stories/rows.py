"""The loops behind :mod:`neighbours`: coefficient rows, affinities, and the lists they rest on."""

from math import exp, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories.compiled import compiled
from digest.newsdesk.stories.window import Columns

Serials = NDArray[np.int64]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_NOTHING = 0.01


class Lending(NamedTuple):
    """The numbers of :class:`Smoothing`, as the loops take them."""

    nearest: int
    share: float
    doubt: float
    early_share: float
    early_doubt: float
    power: int
    moving: float
    fade: float
    stranger: float
    floor: float


@compiled
def enlist(
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
        other, cosine = others[taken[rank]], cosines[taken[rank]]
        w.near[place, rank] = other
        w.cosine[place, rank] = cosine
        w.edge[place] = min(w.edge[place], near[rank])
        there = other & w.mask
        if near[rank] > w.last[there]:
            w.stale[there] = True
        column = _free(w, there, since)
        if column >= 0:
            w.edge[there] = min(w.edge[there], near[rank])
        elif near[rank] > w.edge[there]:
            column = _farthest(w, there, near[rank], s.fade)
        if column >= 0:
            w.near[there, column] = serial
            w.cosine[there, column] = cosine


@compiled
def _free(w: Columns, place: int, since: int) -> int:
    """The first column of a list that holds nobody, or nobody live; −1 if none."""
    lowest = w.near[place, 0]
    for column in range(w.near.shape[1]):
        lowest = min(lowest, w.near[place, column])
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


@compiled
def settle(w: Columns, serials: Serials, s: Lending) -> None:
    """Bring the rows of ``serials`` up to their neighbours."""
    count = s.nearest
    best = np.empty(count, np.int64)
    raw = np.empty(count, np.float64)
    faded = np.empty(count, np.float64)
    share = np.empty(count, np.float64)
    for serial in serials:
        place = serial & w.mask
        if w.stale[place]:
            _pick(w, place, s, best, raw, faded)
            _lend(w, place, s, best, raw, faded, share)


@compiled
def _pick(w: Columns, place: int, s: Lending, best: Serials, raw: Doubles, faded: Doubles) -> None:
    """The nearest neighbours, in order of nearness; −1 where there is none."""
    best[:] = -1
    raw[:] = 0.0
    faded[:] = 0.0
    last = s.nearest - 1
    for column in range(w.near.shape[1]):
        other = w.near[place, column]
        if other < 0:
            break
        cosine = np.float64(w.cosine[place, column])
        there = other & w.mask
        if cosine - s.stranger <= faded[last] or w.serial[there] != other:
            continue
        value = cosine * exp(-abs(w.at[there] - w.at[place]) / s.fade) - s.stranger
        if value <= faded[last]:
            continue
        spot = last
        while spot > 0 and faded[spot - 1] < value:
            faded[spot], best[spot], raw[spot] = faded[spot - 1], best[spot - 1], raw[spot - 1]
            spot -= 1
        faded[spot], best[spot], raw[spot] = value, other, cosine


@compiled
def _lend(
    w: Columns,
    place: int,
    s: Lending,
    best: Serials,
    raw: Doubles,
    faded: Doubles,
    share: Doubles,
) -> None:
    """Write the row: what each of the nearest lends, for good and for labels on arrival."""
    total = summed = 0.0
    for rank in range(s.nearest):
        share[rank] = faded[rank] ** s.power
        total += faded[rank]
        summed += share[rank]
    # Raised to a power, a faint neighbour may round to nothing.
    summed = max(summed, 1e-30)
    outer = inner = 0.0
    for rank in range(s.nearest):
        share[rank] /= summed
        outer += 2.0 * share[rank] * raw[rank]
        inner += share[rank] * share[rank]
    for one in range(s.nearest):
        # In order of nearness: what follows lends less still.
        if share[one] < _NOTHING:
            break
        pairs = 0.0
        for other in range(s.nearest):
            if other == one or best[other] < 0:
                continue
            there = best[other] & w.mask
            sought, found = np.int32(best[one]), -1
            # Looking at all is faster than stopping: nothing depends on what was seen before.
            for column in range(w.near.shape[1]):
                if w.near[there, column] == sought:
                    found = column
            if found >= 0:
                pairs += share[other] * w.cosine[there, found]
        inner += share[one] * pairs
    late = s.share * total / (total + s.doubt)
    early = s.early_share * total / (total + s.early_doubt)
    late_norm = sqrt(1.0 + late * outer + late * late * inner)
    early_norm = sqrt(1.0 + early * outer + early * early * inner)
    w.row[place, 0] = w.serial[place]
    w.share[place, 0] = 1.0 / late_norm
    w.early[place, 0] = 1.0 / early_norm
    for rank in range(s.nearest):
        w.row[place, rank + 1] = best[rank]
        w.share[place, rank + 1] = share[rank] * late / late_norm
        w.early[place, rank + 1] = share[rank] * early / early_norm
    w.last[place] = s.stranger + max(faded[s.nearest - 1], s.moving * faded[0])
    w.stale[place] = False


@compiled
def _reach(w: Columns, place: int, ripe: float, reached: Floats) -> None:
    """Spread the article's smoothed vector: per place, its product with the vector there."""
    late = w.at[place] < ripe
    for rank in range(w.row.shape[1]):
        source = w.row[place, rank]
        there = source & w.mask
        if source < 0 or w.serial[there] != source:
            continue
        share = w.share[place, rank] if late else w.early[place, rank]
        reached[there] += share
        for column in range(w.near.shape[1]):
            held = w.near[there, column]
            if held < 0:
                break
            if w.serial[held & w.mask] == held:
                reached[held & w.mask] += w.cosine[there, column] * share


@compiled
def _clear(w: Columns, place: int, reached: Floats) -> None:
    for rank in range(w.row.shape[1]):
        source = w.row[place, rank]
        if source < 0:
            continue
        there = source & w.mask
        reached[there] = 0.0
        for column in range(w.near.shape[1]):
            held = w.near[there, column]
            if held < 0:
                break
            reached[held & w.mask] = 0.0


@compiled
def _affinity(
    w: Columns, place: int, there: int, ripe: float, fade: float, reached: Floats
) -> float:
    late = w.at[there] < ripe
    cosine = 0.0
    for rank in range(w.row.shape[1]):
        source = w.row[there, rank]
        spot = source & w.mask
        if source >= 0 and w.serial[spot] == source:
            cosine += reached[spot] * (w.share[there, rank] if late else w.early[there, rank])
    return cosine * exp(-abs(w.at[there] - w.at[place]) / fade)


@compiled
def affinities(
    w: Columns, serial: int, others: Serials, ripe: float, fade: float, reached: Floats
) -> Doubles:
    """Smoothed cosine × decay between a live article and others, their rows settled."""
    place = serial & w.mask
    found = np.empty(others.size, np.float64)
    _reach(w, place, ripe, reached)
    for each in range(others.size):
        found[each] = _affinity(w, place, others[each] & w.mask, ripe, fade, reached)
    _clear(w, place, reached)
    return found


@compiled
def cohesion(w: Columns, members: Serials, fade: float, reached: Floats) -> float:
    """The sum of affinities among members: each pair twice, each member with itself at 1."""
    inner = float(members.size)
    for one in range(members.size - 1):
        place = members[one] & w.mask
        _reach(w, place, -np.inf, reached)
        for other in range(one + 1, members.size):
            inner += 2.0 * _affinity(w, place, members[other] & w.mask, -np.inf, fade, reached)
        _clear(w, place, reached)
    return inner


@compiled
def links(
    w: Columns,
    loose: Serials,
    rank: Serials,
    ripe: float,
    weak: float,
    fade: float,
    reached: Floats,
) -> tuple[Serials, Serials, Doubles]:
    """Affinities of at least ``weak`` between each loose article and those listed with it.

    ``rank``, by place, says who looks at whom: each article at those that rank after it.
    """
    count = 0
    size = 1024
    left, right = np.empty(size, np.int64), np.empty(size, np.int64)
    found = np.empty(size, np.float64)
    for position in range(loose.size):
        place = loose[position] & w.mask
        _reach(w, place, ripe, reached)
        for column in range(w.near.shape[1]):
            other = w.near[place, column]
            if other < 0:
                break
            there = other & w.mask
            if w.serial[there] != other or rank[there] <= position:
                continue
            affinity = _affinity(w, place, there, ripe, fade, reached)
            if affinity < weak:
                continue
            if count == size:
                left = np.append(left, np.empty(size, np.int64))
                right = np.append(right, np.empty(size, np.int64))
                found = np.append(found, np.empty(size, np.float64))
                size *= 2
            left[count], right[count], found[count] = loose[position], other, affinity
            count += 1
        _clear(w, place, reached)
    return left[:count], right[:count], found[:count]
