"""The loops behind :mod:`neighbours`: coefficient rows, and affinities."""

from math import exp, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories.clustering.kernels.compiled import compiled
from digest.newsdesk.stories.clustering.kernels.prefetching import prefetch_row
from digest.newsdesk.stories.clustering.window import Columns

Serials = NDArray[np.int64]
Numbers = NDArray[np.int32]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_NOTHING = 0.01


class Latest(NamedTuple):
    """The rows of :class:`Tails`, as the loops take them."""

    serial: Numbers
    end: Numbers
    size: Numbers


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
    # Who has no neighbour that is nearer than strangers come borrows little from anyone. Who came
    # when few were there knows of few strangers: what the nearest has met counts too.
    bar = w.bar[place]
    if best[0] >= 0:
        bar = max(bar, w.bar[best[0] & w.mask])
    summed = max(summed + bar**s.power, 1e-30)
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
        if rank + 1 < w.row.shape[1] and w.row[place, rank + 1] >= 0:
            prefetch_row(w.near, w.row[place, rank + 1] & w.mask)
            prefetch_row(w.cosine, w.row[place, rank + 1] & w.mask)
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
def approach(
    w: Columns,
    serial: int,
    story: Serials,
    tail: Numbers,
    t: Latest,
    barred: Serials,
    s: Lending,
    fade: float,
    reached: Floats,
) -> tuple[Serials, Doubles]:
    """The stories of an article's nearest neighbours, in order of nearness, but for those barred;
    and its mean affinity to the latest members of each. All rows concerned are settled.

    ``story`` and ``tail`` say, by place, whose an article is and in which row of ``t`` it stands.
    """
    place = serial & w.mask
    labels = np.empty(s.nearest, np.int64)
    means = np.empty(s.nearest, np.float64)
    members = np.empty(t.serial.shape[1], np.int64)
    found = np.empty(t.serial.shape[1], np.float64)
    count = 0
    settle(w, np.full(1, serial), s)
    _reach(w, place, -np.inf, reached)
    for rank in range(1, w.row.shape[1]):
        if w.row[place, rank] < 0:
            continue
        other = w.row[place, rank] & w.mask
        label = story[other]
        if _holds(labels[:count], label) or _holds(barred, label):
            continue
        row = tail[other]
        size, turn = t.size[row], t.end[row] - t.size[row]
        for each in range(size):
            members[each] = t.serial[row, (turn + each) % members.size]
        settle(w, members[:size], s)
        for each in range(size):
            found[each] = _affinity(w, place, members[each] & w.mask, -np.inf, fade, reached)
        labels[count] = label
        means[count] = (found[0] + _summed(found[1:size])) / size
        count += 1
    _clear(w, place, reached)
    return labels[:count], means[:count]


@compiled
def _holds(among: Serials, sought: int) -> bool:
    held = False
    for each in among:
        held |= each == sought
    return held


@compiled
def _summed(terms: Doubles) -> float:
    """The sum of up to 128 terms in eight strands, in numpy's order: the last bit is the same."""
    total = 0.0
    whole = terms.size - terms.size % 8
    if whole > 0:
        strand = terms[:8].copy()
        for begin in range(8, whole, 8):
            strand += terms[begin : begin + 8]
        left = (strand[0] + strand[1]) + (strand[2] + strand[3])
        total = left + ((strand[4] + strand[5]) + (strand[6] + strand[7]))
    for at in range(whole, terms.size):
        total += terms[at]
    return total


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
    weak: Doubles,
    fade: float,
    reached: Floats,
) -> tuple[Serials, Serials, Doubles]:
    """Affinities of at least ``weak``, by place, between each loose article and those listed with
    it.

    ``rank``, by place, says who looks at whom: each article at those that rank after it.
    """
    count = 0
    size = 1024
    left, right = np.empty(size, np.int64), np.empty(size, np.int64)
    found = np.empty(size, np.float64)
    for position in range(loose.size):
        place = loose[position] & w.mask
        least = weak[place]
        _reach(w, place, ripe, reached)
        for column in range(w.near.shape[1]):
            other = w.near[place, column]
            if other < 0:
                break
            there = other & w.mask
            if w.serial[there] != other or rank[there] <= position:
                continue
            affinity = _affinity(w, place, there, ripe, fade, reached)
            if affinity < least:
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
