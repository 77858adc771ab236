"""Group live articles afresh, and mend the labels of the younger ones."""

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories.clustering.kernels.average_linkage import NO_PAIRS, group
from digest.newsdesk.stories.clustering.kernels.groups import Doubles, GroupLinks, Groups, Numbers
from digest.newsdesk.stories.clustering.labels import Moved

if TYPE_CHECKING:
    from digest.newsdesk.stories.clustering.cluster import Clusterer

_LOOSE = 120
"""Latest members of a touched story that are grouped one by one where the window is large."""


def repair(state: "Clusterer") -> tuple[Moved, ...]:
    """Cluster the window anew, or where it is large the stories touched since the last repair.

    Stories near a touched one take part as they stand: they may gain, or merge, but are not taken
    apart. Returns the moves, made already.
    """
    loose, bulks, split = _parts(state)
    start = _start(state, loose, bulks)
    serials, home = _listed(start, _merged(state, start), split)
    window = state.window
    article = window.article[serials & window.mask]
    before = window.story[serials & window.mask]
    mendable = _mendable(state, serials)
    after = _labels(state, home, before, mendable)
    moves = [
        (int(serials[at]), Moved(int(article[at]), int(before[at]), int(after[at])))
        for at in np.flatnonzero((before != after) & mendable).tolist()
    ]
    for serial, moved in moves:
        state.part(serial)
        state.join(serial, moved.after, 0.0)
    changed = dict.fromkeys(label for _, moved in moves for label in (moved.before, moved.after))
    for label in changed:
        if label in state.stories:
            state.measure(state.stories[label])
    return tuple(_weighed(state, serial, moved) for serial, moved in moves)


def _weighed(state: "Clusterer", serial: int, moved: Moved) -> Moved:
    """A move made already, with how certain it is that the article belongs where it is now."""
    alone = len(state.stories[moved.after].members) == 1
    return moved if alone else replace(moved, score=state.certainty(serial, moved.after))


def _flat(lists: list[list[int]], sizes: Numbers) -> Numbers:
    return np.fromiter(chain.from_iterable(lists), np.int64, int(sizes.sum()))


def _sizes(lists: list[list[int]]) -> Numbers:
    return np.fromiter(map(len, lists), np.int64, len(lists))


def _order(state: "Clusterer", lists: list[list[int]]) -> Numbers:
    """Everybody in the lists, in order of time."""
    window = state.window
    serials = _flat(lists, _sizes(lists))
    return serials[np.lexsort((serials, window.at[serials & window.mask]))]


def _parts(state: "Clusterer") -> tuple[Numbers, list[list[int]], int]:
    """The articles to cluster anew one by one, in order of time, and the stories that stay whole.

    Last, how many of these are all but the latest of a story, and stand at the end.
    """
    window, stories = state.window, state.stories
    if state.live <= state.setting.repair_whole:
        return _order(state, [story.members for story in stories.values()]), [], 0
    touched = np.array(sorted(state.touched), np.int64)
    state.near.settle(touched)
    own = dict.fromkeys(window.story[touched & window.mask].tolist())
    rows = window.row[touched & window.mask, 1:].ravel()
    rows = rows[(rows >= 0) & (window.serial[rows & window.mask] == rows)]
    beside = np.unique(window.story[rows & window.mask]).tolist()
    members = [stories[label].members for label in own]
    bulks = [stories[label].members for label in beside if label not in own]
    split = [each[:-_LOOSE] for each in members if len(each) > _LOOSE]
    return _order(state, [each[-_LOOSE:] for each in members]), bulks + split, len(split)


@dataclass(slots=True)
class _Start:
    """Groups to begin with: of ``loose`` articles, looked at one by one, then whole stories.

    The first ``seeds`` groups hold ``seeded``, so many each as ``size`` says. Of the whole stories
    the latest members are ``sampled``, and each stands for so many, ``scale``. ``group_of`` is for
    the loose and the sampled.
    """

    loose: Numbers
    sampled: Numbers
    group_of: Numbers
    scale: Doubles
    seeds: int
    seeded: Numbers
    bulks: list[list[int]]
    size: Numbers
    inner: Doubles
    crowd: Doubles


def _start(state: "Clusterer", loose: Numbers, bulks: list[list[int]]) -> _Start:
    window, setting = state.window, state.setting
    # In single precision, as the crowd itself.
    crowd = (window.crowd[loose & window.mask] * setting.crowding).astype(np.float64)
    seeded, size, group_of = loose, np.ones(loose.size, np.int64), np.arange(loose.size)
    if state.links.must or state.fixed:
        seeds = _seeds(state, loose.tolist())
        size = _sizes(seeds)
        seeded = _flat(seeds, size)
        crowd_of = dict(zip(loose.tolist(), crowd.tolist(), strict=True))
        crowd = np.array([sum(crowd_of[each] for each in listed) for listed in seeds], np.float64)
        group_of = np.empty_like(loose)
        by_serial, order = np.argsort(loose), np.argsort(seeded)
        group_of[by_serial] = np.repeat(np.arange(size.size), size)[order]
    latest = [each[-setting.compared :] for each in bulks]
    lately, bulk = _sizes(latest), _sizes(bulks)
    sampled = _flat(latest, lately)
    first = np.array([each[0] for each in bulks], np.int64)
    stories = [state.stories[each] for each in window.story[first & window.mask].tolist()]
    share = bulk / np.array([len(story.members) for story in stories], np.float64)
    inner = np.array([story.inner for story in stories], np.float64) * share * share
    crowds = np.array([story.crowd for story in stories], np.float64) * share * setting.crowding
    return _Start(
        loose=loose,
        sampled=sampled,
        group_of=np.append(group_of, np.repeat(size.size + np.arange(bulk.size), lately)),
        scale=np.append(np.ones(loose.size), np.repeat(bulk / lately, lately)),
        seeds=size.size,
        seeded=seeded,
        bulks=bulks,
        size=np.append(size, bulk),
        inner=np.append(size.astype(np.float64), inner),
        crowd=np.append(crowd, crowds),
    )


def _merged(state: "Clusterer", start: _Start) -> Numbers:
    """Per group the one it ended in, once the nearest have merged."""
    window, setting = state.window, state.setting
    everybody = np.append(start.loose, start.sampled)
    state.near.settle(everybody)
    # Sampled members rank last: each loose article looks at them, they look at nobody.
    rank = np.full(window.capacity, -1, np.int64)
    rank[everybody & window.mask] = np.arange(everybody.size)
    ripe = state.clock - setting.ripe
    left, right, affinity = state.near.links(start.loose, rank, ripe, state.weak)
    left, right = rank[left & window.mask], rank[right & window.mask]
    one, other = start.group_of[left], start.group_of[right]
    inner, within = start.inner, one == other
    np.add.at(inner, one[within], 2.0 * affinity[within])
    across = ~within
    links = GroupLinks(one[across], other[across], (affinity * start.scale[right])[across])
    home, apart = _constraints(state, start)
    groups = Groups(start.size, inner, start.crowd, home)
    return group(groups, links, state.cut, apart)


def _listed(start: _Start, into: Numbers, split: int) -> tuple[Numbers, Numbers]:
    """The articles of each group that changed or may have, group by group, and its number.

    A whole story that nobody joined keeps its label, which nobody else may claim.
    """
    _, first, at, count = np.unique(
        into, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.empty_like(first)
    order[np.argsort(first)] = np.arange(first.size)
    number = order[at]
    bulks = np.arange(len(start.bulks))
    taking = (count[at[start.seeds :]] > 1) | (bulks >= bulks.size - split)
    chosen = bulks[taking]
    lists = [start.bulks[each] for each in chosen.tolist()]
    serials = np.append(start.seeded, _flat(lists, start.size[start.seeds + chosen]))
    groups = np.append(np.arange(start.seeds), start.seeds + chosen)
    numbers = np.repeat(number[groups], start.size[groups])
    turn = np.argsort(numbers, kind="stable")
    return serials[turn], numbers[turn]


def _constraints(state: "Clusterer", start: _Start) -> tuple[Numbers, Numbers]:
    """Per group the story an editor put it in, or −1; and the pairs an editor wants apart."""
    home = np.full(start.size.size, -1, np.int64)
    cannot, fixed = state.links.cannot, state.fixed
    if not cannot and not fixed:
        return home, NO_PAIRS
    serials = np.append(start.seeded, _flat(start.bulks, start.size[start.seeds :]))
    articles = state.window.article[serials & state.window.mask].tolist()
    numbers = np.repeat(np.arange(start.size.size), start.size).tolist()
    group_of = dict(zip(articles, numbers, strict=True))
    for each, at in group_of.items():
        if each in fixed:
            home[at] = state.story_of[each]
    apart = [
        (at, group_of[other])
        for each, at in group_of.items()
        for other in sorted(cannot.get(each, ()))
        if other in group_of
    ]
    return home, np.array(apart, np.int64).reshape(-1, 2)


def _mendable(state: "Clusterer", serials: Numbers) -> NDArray[np.bool_]:
    """Which articles may move: the younger ones that no editor has placed."""
    places = serials & state.window.mask
    mendable: NDArray[np.bool_] = state.window.at[places] >= state.clock - state.setting.mendable
    if state.fixed:
        mendable &= ~np.isin(state.window.article[places], list(state.fixed))
    return mendable


def _seeds(state: "Clusterer", loose: list[int]) -> list[list[int]]:
    """Articles one by one, those that an editor linked or placed together as one."""
    must, fixed = state.links.must, state.fixed
    if not must and not fixed:
        return [[each] for each in loose]
    window = state.window
    seeds: dict[int, list[int]] = {}
    seed_of: dict[int, int] = {}
    first_fixed: dict[int, int] = {}
    for serial in loose:
        article = int(window.article[serial & window.mask])
        linked = [state.serial_of.get(each, -1) for each in must.get(article, ())]
        others = [seed_of[each] for each in linked if each in seed_of]
        if article in fixed:
            placed = first_fixed.setdefault(state.story_of[article], serial)
            others.append(seed_of.get(placed, placed))
        home = min(others, default=serial)
        seeds.setdefault(home, [])
        for other in sorted({each for each in others if each != home and each in seeds}):
            for member in seeds.pop(other):
                seeds[home].append(member)
                seed_of[member] = home
        seeds[home].append(serial)
        seed_of[serial] = home
    return list(seeds.values())


def _labels(
    state: "Clusterer", home: Numbers, before: Numbers, mendable: NDArray[np.bool_]
) -> Numbers:
    """Each group keeps the story it shares most articles with; what is left gets a new one.

    Articles that may not move weigh more than all that may. ``home`` is each article's group, in
    rising order.
    """
    order = np.lexsort((before, home))
    label, heavy = before[order], np.where(mendable[order], 1.0, 1e6)
    begins = np.ones(order.size, np.bool_)
    begins[1:] = (home[1:] != home[:-1]) | (label[1:] != label[:-1])
    starts = np.flatnonzero(begins)
    weights = np.add.reduceat(heavy, starts) if starts.size else heavy
    claims = np.lexsort((home[starts], label[starts], -weights))
    best = starts[claims]
    chosen: dict[int, int] = {}
    taken: set[int] = set()
    for weight, wanted, at in zip(
        weights[claims].tolist(), label[best].tolist(), home[best].tolist(), strict=True
    ):
        if at not in chosen and (wanted not in taken or weight >= 1e6):
            chosen[at] = wanted
            taken.add(wanted)
    groups, which = np.unique(home, return_inverse=True)
    labels = [chosen[at] if at in chosen else next(state.labels) for at in groups.tolist()]
    return np.array(labels, np.int64)[which]
