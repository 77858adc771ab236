"""Group live articles afresh, and mend the labels of the younger ones."""

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories.labels import Moved
from digest.newsdesk.stories.regroup import NO_PAIRS, Groups, Links, Numbers, group

if TYPE_CHECKING:
    from digest.newsdesk.stories.cluster import Clusterer

_LOOSE = 120
"""Latest members of a touched story that are grouped one by one where the window is large."""


def repair(state: "Clusterer") -> tuple[Moved, ...]:
    """Regroup the window, or where it is large the stories touched since the last repair.

    Stories near a touched one take part as they stand: they may gain, or merge, but are not taken
    apart. Returns the moves, made already.
    """
    loose, bulks = _parts(state)
    groups = _groups(state, loose, bulks)
    done = _merged(state, groups)
    window = state.window
    sizes = [len(each) for each in done]
    serials = np.fromiter(chain.from_iterable(done), np.int64, sum(sizes))
    article = window.article[serials & window.mask]
    before = window.story[serials & window.mask]
    mendable = _mendable(state, serials)
    after = np.repeat(np.array(_labels(state, sizes, before, mendable), np.int64), sizes)
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
    return tuple(moved for _, moved in moves)


def _order(state: "Clusterer", serials: list[int]) -> list[int]:
    window = state.window
    at = window.at[np.array(serials, np.int64) & window.mask].tolist()
    return [serial for _, serial in sorted(zip(at, serials, strict=True))]


def _parts(state: "Clusterer") -> tuple[list[int], list[list[int]]]:
    """The articles to regroup one by one, in order of time, and the stories that stay whole."""
    window, stories = state.window, state.stories
    if state.live <= state.setting.repair_whole:
        return _order(state, [each for story in stories.values() for each in story.members]), []
    touched = np.array(sorted(state.touched), np.int64)
    state.near.settle(touched)
    own = dict.fromkeys(window.story[touched & window.mask].tolist())
    rows = window.row[touched & window.mask, 1:].ravel()
    rows = rows[(rows >= 0) & (window.serial[rows & window.mask] == rows)]
    beside = dict.fromkeys(np.sort(window.story[np.unique(rows) & window.mask]).tolist())
    loose: list[int] = []
    bulks = [stories[label].members for label in beside if label not in own]
    for label in own:
        members = stories[label].members
        loose.extend(members[-_LOOSE:])
        if len(members) > _LOOSE:
            bulks.append(members[:-_LOOSE])
    return _order(state, loose), bulks


@dataclass(slots=True)
class _Start:
    """Groups to begin with. ``loose`` articles are looked at one by one; of the whole stories the
    latest members are ``sampled``, and each stands for so many, ``scale``."""

    members: list[list[int]]
    inner: list[float]
    crowd: list[float]
    loose: list[int]
    sampled: list[int] = field(default_factory=list)
    group_of: list[int] = field(default_factory=list)
    scale: list[float] = field(default_factory=list)


def _groups(state: "Clusterer", loose: list[int], bulks: list[list[int]]) -> _Start:
    window, setting = state.window, state.setting
    crowd = window.crowd[np.array(loose, np.int64) & window.mask] * setting.crowding
    crowd_of = dict(zip(loose, crowd.tolist(), strict=True))
    members = _seeds(state, loose)
    inner = [float(len(each)) for each in members]
    crowds = [sum(crowd_of[each] for each in listed) for listed in members]
    start = _Start(members, inner, crowds, loose)
    home = {serial: at for at, listed in enumerate(members) for serial in listed}
    start.group_of = [home[each] for each in loose]
    for each in bulks:
        story = state.stories[int(window.story[each[0] & window.mask])]
        share = len(each) / len(story.members)
        latest = each[-setting.compared :]
        start.sampled.extend(latest)
        start.group_of.extend([len(start.members)] * len(latest))
        start.scale.extend([len(each) / len(latest)] * len(latest))
        start.members.append(list(each))
        start.inner.append(story.inner * share * share)
        start.crowd.append(story.crowd * share * setting.crowding)
    return start


def _merged(state: "Clusterer", start: _Start) -> list[list[int]]:
    """The members of each group once the nearest have merged."""
    window, setting = state.window, state.setting
    count = len(start.loose)
    everybody = np.array(start.loose + start.sampled, np.int64)
    places = everybody & window.mask
    state.near.settle(everybody)
    rank = np.full(window.capacity, -1, np.int64)
    # Sampled members rank last: each loose article looks at them, they look at nobody.
    rank[places] = count
    rank[places[:count]] = np.arange(count)
    ripe = state.clock - setting.ripe
    left, right, affinity = state.near.links(everybody[:count], rank, ripe, setting.weak)
    group_of = np.zeros(window.capacity, np.int64)
    group_of[places] = start.group_of
    scale = np.ones(window.capacity)
    scale[places[count:]] = start.scale
    one, other = group_of[left & window.mask], group_of[right & window.mask]
    inner = np.array(start.inner, np.float64)
    within = one == other
    np.add.at(inner, one[within], 2.0 * affinity[within])
    across = ~within
    links = Links(one[across], other[across], (affinity * scale[right & window.mask])[across])
    size = np.array([len(each) for each in start.members], np.int64)
    home, apart = _constraints(state, start.members)
    groups = Groups(size, inner, np.array(start.crowd, np.float64), home)
    cut = setting.cut + setting.founding * state.founding_rate
    into = group(groups, links, cut, apart)
    merged: dict[int, list[int]] = {}
    for target, members in zip(into.tolist(), start.members, strict=True):
        if target in merged:
            merged[target].extend(members)
        else:
            merged[target] = members
    return list(merged.values())


def _constraints(state: "Clusterer", members: list[list[int]]) -> tuple[Numbers, Numbers]:
    """Per group the story an editor put it in, or −1; and the pairs an editor wants apart."""
    home = np.full(len(members), -1, np.int64)
    cannot, fixed = state.links.cannot, state.fixed
    if not cannot and not fixed:
        return home, NO_PAIRS
    article, mask = state.window.article, state.window.mask
    group_of = {
        int(article[serial & mask]): at for at, listed in enumerate(members) for serial in listed
    }
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
    state: "Clusterer", sizes: list[int], before: Numbers, mendable: NDArray[np.bool_]
) -> list[int]:
    """Each group keeps the story it shares most articles with; what is left gets a new one.

    Articles that may not move weigh more than all that may. The groups' articles, so many of
    each, stand end to end.
    """
    labels, heavy = before.tolist(), np.where(mendable, 1.0, 1e6).tolist()
    claims: list[tuple[float, int, int]] = []
    end = 0
    for at, size in enumerate(sizes):
        begin, end = end, end + size
        weights: dict[int, float] = {}
        for label, weight in zip(labels[begin:end], heavy[begin:end], strict=True):
            weights[label] = weights.get(label, 0.0) + weight
        claims.extend((-weight, label, at) for label, weight in weights.items())
    chosen: dict[int, int] = {}
    taken: set[int] = set()
    for weight, label, at in sorted(claims):
        if at not in chosen and (label not in taken or weight <= -1e6):
            chosen[at] = label
            taken.add(label)
    return [chosen[at] if at in chosen else next(state.labels) for at in range(len(sizes))]
