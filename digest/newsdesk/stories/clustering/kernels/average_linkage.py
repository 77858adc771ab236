"""Group a window of articles afresh, by average link, strongest pair of groups first.

Average linkage is that of R. Sokal and C. Michener, "A statistical method for evaluating systematic
relationships", 1958. Parts of the graph are found by union-find with path halving (R. Tarjan and
J. van Leeuwen, "Worst-case analysis of set union algorithms", 1984). A small part is merged in a
square of all pairs, each group remembering its nearest (D. Müllner, "Modern hierarchical,
agglomerative clustering algorithms", 2011, the generic algorithm); a large one from a heap of pairs
in which outdated ones are passed over. By group, arrays are ``(groups,)``; by link, ``(links,)``.
"""

from heapq import heapify, heappop, heappush
from math import isnan, sqrt
from typing import NamedTuple

import numpy as np

from digest.newsdesk.stories.clustering.kernels.compiled import compiled
from digest.newsdesk.stories.clustering.kernels.groups import Doubles, GroupLinks, Groups, Numbers


class _Chains(NamedTuple):
    """Each group's neighbours, gone ones among them, as a chain of nodes: ``first`` by group,
    ``node`` the neighbour, ``follows`` the next; −1 ends it. ``filled``: nodes, and pairs."""

    first: Numbers
    node: Numbers
    follows: Numbers
    filled: Numbers


class _Square(NamedTuple):
    """Groups ``nodes``, rising, each with each: ``totals`` in common, NaN if nothing; how ``near``,
    where above the cut, the lower first; and per group the nearest, ``best``, of those after it."""

    nodes: Numbers
    totals: Doubles
    near: Doubles
    best: Numbers


_FEW = 256  # groups of a part up to which each pair has its place in a square

NO_PAIRS: Numbers = np.empty((0, 2), np.int64)


def group(
    groups: Groups, links: GroupLinks, cut: float, apart: Numbers = NO_PAIRS, few: int = _FEW
) -> Numbers:
    """Merge ``groups`` while two of them are nearer than ``cut`` and what their crowds add to it.

    Nearness is the mean affinity over √ of the groups' cohesions. ``apart`` lists pairs of groups
    that must never be in one. Parts of the graph of up to ``few`` groups are merged in a square
    of all their pairs, larger ones in a table; the result is the same. Returns per group the one
    it ended in.
    """
    copied = Groups._make(each.copy() for each in groups)
    ready = np.ascontiguousarray
    packed = GroupLinks(ready(links.one), ready(links.other), ready(links.affinity))
    into = _group(copied, packed, cut, apart, few)
    while (into[into] != into).any():
        into = into[into]
    return into


@compiled
def _slot(pairs: Numbers, one: int, other: int) -> int:
    """Where the pair sits in a table with open addressing, or would; −1 is nobody."""
    low, high = min(one, other), max(one, other)
    pair = (low << 32) | high
    mask = pairs.size - 1
    mixed = low * 0x9E3779B1 + high * 0x85EBCA6B
    slot = (mixed ^ (mixed >> 15)) & mask
    while pairs[slot] >= 0 and pairs[slot] != pair:
        slot = (slot + 1) & mask
    return slot


@compiled
def _margin(groups: Groups, affinity: float, one: int, other: int) -> float:
    """How near two groups are, less what their crowds ask."""
    # mean affinity / √(W · W'), with W = inner / n²: the sizes cancel out.
    near = affinity / sqrt(groups.inner[one] * groups.inner[other])
    crowd = groups.crowd[one] / groups.size[one] + groups.crowd[other] / groups.size[other]
    return float(near - crowd / 2)


@compiled
def _add(
    pairs: Numbers, totals: Doubles, chains: _Chains, one: int, other: int, affinity: float
) -> None:
    """Add to what two groups have in common; there is room."""
    slot = _slot(pairs, one, other)
    totals[slot] += affinity
    if pairs[slot] >= 0:
        return
    pairs[slot] = (min(one, other) << 32) | max(one, other)
    first, node, follows, filled = chains.first, chains.node, chains.follows, chains.filled
    at = filled[0]
    node[at], follows[at], first[one] = other, first[one], at
    node[at + 1], follows[at + 1], first[other] = one, first[other], at + 1
    filled[0] += 2
    filled[1] += 1


@compiled
def _wider(
    pairs: Numbers, totals: Doubles, chains: _Chains, into: Numbers
) -> tuple[Numbers, Doubles]:
    """The table with twice the room, without pairs of which one is gone."""
    wide, sums = np.full(pairs.size * 2, -1, np.int64), np.zeros(pairs.size * 2)
    chains.filled[1] = 0
    for slot in range(pairs.size):
        one, other = pairs[slot] >> 32, pairs[slot] & 0xFFFFFFFF
        if pairs[slot] >= 0 and into[one] == one and into[other] == other:
            there = _slot(wide, one, other)
            wide[there], sums[there] = pairs[slot], totals[slot]
            chains.filled[1] += 1
    return wide, sums


@compiled
def _longer(chains: _Chains, more: int) -> _Chains:
    """The chains with room for so many nodes more."""
    room = np.empty(chains.node.size + more, np.int64)
    node, follows = np.append(chains.node, room), np.append(chains.follows, room)
    return _Chains(chains.first, node, follows, chains.filled)


@compiled
def _is_barred(groups: Groups, into: Numbers, apart: Numbers, one: int, other: int) -> bool:
    """Whether an editor said that two groups are two stories. ``apart`` is ``(pairs, 2)``."""
    if groups.home[one] != groups.home[other] and min(groups.home[one], groups.home[other]) >= 0:
        return True
    for row in range(apart.shape[0]):
        here, there = apart[row, 0], apart[row, 1]
        while into[here] != here:
            here = into[here]
        while into[there] != there:
            there = into[there]
        if (here == one and there == other) or (here == other and there == one):
            return True
    return False


@compiled
def _absorb(
    groups: Groups,
    into: Numbers,
    pairs: Numbers,
    totals: Doubles,
    chains: _Chains,
    one: int,
    other: int,
) -> None:
    """Make two groups one."""
    groups.inner[one] += groups.inner[other] + 2.0 * totals[_slot(pairs, one, other)]
    groups.crowd[one] += groups.crowd[other]
    groups.size[one] += groups.size[other]
    groups.home[one] = max(groups.home[one], groups.home[other])
    into[other] = one
    at = chains.first[other]
    while at >= 0:
        third = chains.node[at]
        at = chains.follows[at]
        if into[third] == third and third != one:
            _add(pairs, totals, chains, one, third, totals[_slot(pairs, other, third)])


@compiled
def _neighbours(chains: _Chains, into: Numbers, one: int) -> Numbers:
    """The groups that have something in common with ``one`` and are still there."""
    count = 0
    at = chains.first[one]
    while at >= 0:
        count += 1
        at = chains.follows[at]
    found = np.empty(count, np.int64)
    count = 0
    at = chains.first[one]
    while at >= 0:
        if into[chains.node[at]] == chains.node[at]:
            found[count] = chains.node[at]
            count += 1
        at = chains.follows[at]
    return found[:count]


@compiled
def _queue(
    groups: Groups, pairs: Numbers, totals: Doubles, cut: float
) -> list[tuple[float, int, int, int, int]]:
    """The pairs above the cut as a heap: margin below zero, the groups, their ages."""
    queue = [(0.0, 0, 0, 0, 0) for _ in range(0)]
    for slot in range(pairs.size):
        if pairs[slot] >= 0:
            one, other = pairs[slot] >> 32, pairs[slot] & 0xFFFFFFFF
            margin = _margin(groups, totals[slot], one, other)
            if margin >= cut:
                queue.append((-margin, one, other, 0, 0))
    heapify(queue)
    return queue


@compiled
def _dealt(part: Numbers, parts: int) -> tuple[Numbers, Numbers]:
    """Who is in each part, in order, all in one row, and where each part begins."""
    starts = np.zeros(parts + 1, np.int64)
    for each in part:
        starts[each + 1] += 1
    starts = np.cumsum(starts)
    order = np.empty(part.size, np.int64)
    filled = starts.copy()
    for at in range(part.size):
        order[filled[part[at]]] = at
        filled[part[at]] += 1
    return order, starts


@compiled
def _parts(count: int, links: GroupLinks) -> tuple[Numbers, int]:
    """Which part of the graph each group lies in, and how many parts there are.

    No merger in one part touches another: each is done by itself, in tables that fit the cache.
    """
    above = np.arange(count)
    for at in range(links.one.size):
        one, other = links.one[at], links.other[at]
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        while above[other] != other:
            above[other] = above[above[other]]
            other = above[other]
        above[max(one, other)] = min(one, other)
    # Nobody stands above a smaller number: in rising order, each one's top is known already.
    part = np.empty(count, np.int64)
    parts = 0
    for each in range(count):
        if above[each] == each:
            part[each] = parts
            parts += 1
        else:
            part[each] = part[above[each]]
    return part, parts


@compiled
def _group(groups: Groups, links: GroupLinks, cut: float, apart: Numbers, few: int) -> Numbers:
    """As :func:`group`; who was merged twice points to where it went first."""
    count = groups.size.size
    into = np.arange(count)
    age = np.zeros(count, np.int64)
    first = np.full(count, -1, np.int64)
    part, parts = _parts(count, links)
    members, begins = _dealt(part, parts)
    order, starts = _dealt(part[links.one], parts)
    for each in range(parts):
        listed = order[starts[each] : starts[each + 1]]
        nodes = members[begins[each] : begins[each + 1]]
        if nodes.size > few:
            _merge(groups, links, listed, cut, apart, into, age, first)
        elif nodes.size > 1:
            _merge_few(groups, _square(groups, links, listed, cut, nodes), cut, apart, into)
    return into


@compiled
def _foremost(near: Doubles, one: int) -> int:
    """The nearest of those that come after ``one``, the first of equals; itself if none."""
    best, most = one, -np.inf
    for other in range(one + 1, near.shape[0]):
        if near[one, other] > most:
            best, most = other, near[one, other]
    return best


@compiled
def _square(
    groups: Groups, links: GroupLinks, listed: Numbers, cut: float, nodes: Numbers
) -> _Square:
    """The square of ``nodes``, their links being those ``listed``; ``(nodes, nodes)``."""
    count = nodes.size
    totals, near = np.full((count, count), np.nan), np.full((count, count), -np.inf)
    for at in listed:
        one = np.searchsorted(nodes, links.one[at])
        other = np.searchsorted(nodes, links.other[at])
        before = 0.0 if isnan(totals[one, other]) else totals[one, other]
        totals[one, other] = totals[other, one] = before + links.affinity[at]
    square = _Square(nodes, totals, near, np.empty(count, np.int64))
    for one in range(count):
        for other in range(one + 1, count):
            if not isnan(totals[one, other]):
                margin = _margin(groups, totals[one, other], nodes[one], nodes[other])
                near[one, other] = margin if margin >= cut else -np.inf
        square.best[one] = _foremost(near, one)
    return square


@compiled
def _take_over(groups: Groups, square: _Square, cut: float, one: int, other: int) -> None:
    """Make two groups of a square one."""
    nodes, totals, near, _ = square
    here, there = nodes[one], nodes[other]
    groups.inner[here] += groups.inner[there] + 2.0 * totals[one, other]
    groups.crowd[here] += groups.crowd[there]
    groups.size[here] += groups.size[there]
    groups.home[here] = max(groups.home[here], groups.home[there])
    totals[one, other] = totals[other, one] = np.nan
    for third in range(nodes.size):
        if not isnan(totals[other, third]):
            before = 0.0 if isnan(totals[one, third]) else totals[one, third]
            totals[one, third] = totals[third, one] = before + totals[other, third]
            totals[other, third] = totals[third, other] = np.nan
            near[min(other, third), max(other, third)] = -np.inf
        if not isnan(totals[one, third]):
            margin = _margin(groups, totals[one, third], here, nodes[third])
            low, high = min(one, third), max(one, third)
            near[low, high] = margin if margin >= cut else -np.inf


@compiled
def _merge_few(groups: Groups, square: _Square, cut: float, apart: Numbers, into: Numbers) -> None:
    """As :func:`_merge`, in a square."""
    nodes, _, near, best = square
    while True:
        one, most = -1, -np.inf
        for each in range(nodes.size):
            if near[each, best[each]] > most:
                one, most = each, near[each, best[each]]
        if one < 0:
            return
        other = best[one]
        near[one, other] = -np.inf
        if _is_barred(groups, into, apart, nodes[one], nodes[other]):
            best[one] = _foremost(near, one)
            continue
        into[nodes[other]] = nodes[one]
        _take_over(groups, square, cut, one, other)
        for each in range(other):
            held = best[each]
            if each == one or held in (one, other):
                best[each] = _foremost(near, each)
            elif each < one and (-near[each, one], one) < (-near[each, held], held):
                best[each] = one


@compiled
def _merge(
    groups: Groups,
    links: GroupLinks,
    listed: Numbers,
    cut: float,
    apart: Numbers,
    into: Numbers,
    age: Numbers,
    first: Numbers,
) -> None:
    """Merge the groups of one part, whose links are ``listed``."""
    room = 8
    while room < listed.size * 4:
        room *= 2
    pairs, totals = np.full(room, -1, np.int64), np.zeros(room)
    node, follows = np.empty(room, np.int64), np.empty(room, np.int64)
    chains = _Chains(first, node, follows, np.zeros(2, np.int64))
    for at in listed:
        _add(pairs, totals, chains, links.one[at], links.other[at], links.affinity[at])
    queue = _queue(groups, pairs, totals, cut)
    while len(queue) > 0:
        _, one, other, age_one, age_other = heappop(queue)
        # One that is gone has its age no more.
        if age[one] != age_one or age[other] != age_other:
            continue
        if _is_barred(groups, into, apart, one, other):
            continue
        more = _neighbours(chains, into, other).size
        if chains.filled[0] + 2 * more > chains.node.size:
            chains = _longer(chains, 2 * more)
        while 2 * (chains.filled[1] + more) > pairs.size:
            pairs, totals = _wider(pairs, totals, chains, into)
        _absorb(groups, into, pairs, totals, chains, one, other)
        age[one] += 1
        age[other] = -1
        for third in _neighbours(chains, into, one):
            margin = _margin(groups, totals[_slot(pairs, one, third)], one, third)
            if margin >= cut:
                low, high = min(one, third), max(one, third)
                heappush(queue, (-margin, low, high, age[low], age[high]))
