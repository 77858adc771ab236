"""Group a window of articles afresh, by average link, strongest pair of groups first."""

from heapq import heapify, heappop, heappush
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories.compiled import compiled

Numbers = NDArray[np.int64]
Doubles = NDArray[np.float64]


class Groups(NamedTuple):
    """Groups of articles to begin with, by position.

    ``size`` is how many articles a group has; ``inner`` sums the affinities inside, each pair twice
    and each article with itself at 1; ``crowd`` sums how far each of them raises the cut. ``home``
    is the story an editor put a group in, −1 if none: two that differ never become one.
    """

    size: Numbers
    inner: Doubles
    crowd: Doubles
    home: Numbers


class Links(NamedTuple):
    """Summed affinities between groups ``one`` and ``other``; a pair may be listed in parts."""

    one: Numbers
    other: Numbers
    affinity: Doubles


class _Chains(NamedTuple):
    """Each group's neighbours, gone ones among them, as a chain of nodes: ``first`` by group,
    ``node`` the neighbour, ``follows`` the next; −1 ends it. ``filled``: nodes, and pairs."""

    first: Numbers
    node: Numbers
    follows: Numbers
    filled: Numbers


NO_PAIRS: Numbers = np.empty((0, 2), np.int64)


def group(groups: Groups, links: Links, cut: float, apart: Numbers = NO_PAIRS) -> Numbers:
    """Merge ``groups`` while two of them are nearer than ``cut`` and what their crowds add to it.

    Nearness is the mean affinity over √ of the groups' cohesions. ``apart`` lists pairs of groups
    that must never be in one. Returns per group the one it ended in.
    """
    copied = Groups(
        groups.size.copy(), groups.inner.copy(), groups.crowd.copy(), groups.home.copy()
    )
    packed = Links(
        np.ascontiguousarray(links.one),
        np.ascontiguousarray(links.other),
        np.ascontiguousarray(links.affinity),
    )
    into = _group(copied, packed, cut, apart)
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
def _parts(count: int, links: Links) -> tuple[Numbers, Numbers]:
    """The links in order of the part of the graph they lie in, and where each part begins.

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
    starts = np.zeros(parts + 1, np.int64)
    for at in range(links.one.size):
        starts[part[links.one[at]] + 1] += 1
    starts = np.cumsum(starts)
    order = np.empty(links.one.size, np.int64)
    filled = starts.copy()
    for at in range(links.one.size):
        here = part[links.one[at]]
        order[filled[here]] = at
        filled[here] += 1
    return order, starts


@compiled
def _group(groups: Groups, links: Links, cut: float, apart: Numbers) -> Numbers:
    count = groups.size.size
    into = np.arange(count)
    age = np.zeros(count, np.int64)
    first = np.full(count, -1, np.int64)
    order, starts = _parts(count, links)
    for part in range(starts.size - 1):
        listed = order[starts[part] : starts[part + 1]]
        if listed.size > 0:
            _merge(groups, links, listed, cut, apart, into, age, first)
    return into


@compiled
def _merge(
    groups: Groups,
    links: Links,
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
