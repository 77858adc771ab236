"""Group live articles afresh, and mend the labels of the younger ones."""

from typing import TYPE_CHECKING

import numpy as np

from digest.newsdesk.stories.labels import Moved
from digest.newsdesk.stories.regroup import Group, group

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
    groups, samples = _groups(state, loose, bulks)
    _link(state, loose, groups, samples)
    done = group(groups, state.setting.cut, lambda one, other: _apart(state, one, other))
    window = state.window
    moves = []
    for each, label in zip(done, _labels(state, done), strict=True):
        for serial in each.members:
            place = serial & window.mask
            before = int(window.story[place])
            if before != label and _is_mendable(state, serial):
                moves.append((serial, Moved(int(window.article[place]), before, label)))
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


def _groups(
    state: "Clusterer", loose: list[int], bulks: list[list[int]]
) -> tuple[list[Group], dict[int, tuple[int, float]]]:
    """Groups to begin with; per article that is looked at, its group and for how many it stands."""
    window, setting = state.window, state.setting
    crowd = window.crowd[np.array(loose, np.int64) & window.mask] * setting.crowding
    crowd_of = dict(zip(loose, crowd.tolist(), strict=True))
    groups: list[Group] = []
    stands: dict[int, tuple[int, float]] = {}
    for members in _seeds(state, loose):
        for serial in members:
            stands[serial] = (len(groups), 1.0)
        groups.append(Group(members, float(len(members)), sum(crowd_of[each] for each in members)))
    for members in bulks:
        story = state.stories[int(window.story[members[0] & window.mask])]
        share = len(members) / len(story.members)
        latest = members[-setting.compared :]
        for serial in latest:
            stands[serial] = (len(groups), len(members) / len(latest))
        inner = story.inner * share * share
        groups.append(Group(list(members), inner, story.crowd * share * setting.crowding))
    return groups, stands


def _link(
    state: "Clusterer",
    loose: list[int],
    groups: list[Group],
    stands: dict[int, tuple[int, float]],
) -> None:
    """Add the affinities of the loose articles to groups and links."""
    window, weak = state.window, state.setting.weak
    everybody = np.array(list(stands), np.int64)
    state.near.settle(everybody)
    rank = np.full(window.capacity, -1, np.int64)
    # Bulk members rank last: each loose article looks at them, they look at nobody.
    rank[everybody & window.mask] = len(loose)
    ordered = np.array(loose, np.int64)
    rank[ordered & window.mask] = np.arange(len(loose))
    ripe = state.clock - state.setting.ripe
    for position, serial in enumerate(loose):
        near = window.near[serial & window.mask]
        others = near[window.serial[near & window.mask] == near].astype(np.int64)
        others = others[rank[others & window.mask] > position]
        if not others.size:
            continue
        found = state.near.affinities(serial, others, ripe)
        strong = (found >= weak).nonzero()[0]
        here, _ = stands[serial]
        for other, affinity in zip(others[strong].tolist(), found[strong].tolist(), strict=True):
            there, scale = stands[other]
            if there == here:
                groups[here].inner += 2.0 * affinity
            else:
                groups[here].link(here, groups[there], there, affinity * scale)


def _is_mendable(state: "Clusterer", serial: int) -> bool:
    place = serial & state.window.mask
    young = state.window.at[place] >= state.clock - state.setting.mendable
    return bool(young) and not (state.fixed and int(state.window.article[place]) in state.fixed)


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


def _apart(state: "Clusterer", one: list[int], other: list[int]) -> bool:
    if not state.links.cannot and not state.fixed:
        return False
    article, mask = state.window.article, state.window.mask
    here = [int(article[each & mask]) for each in one]
    there = {int(article[each & mask]) for each in other}
    if any(state.links.cannot.get(each, set()) & there for each in here):
        return True
    placed = {state.story_of[each] for each in (*here, *there) if each in state.fixed}
    return len(placed) > 1


def _labels(state: "Clusterer", groups: list[Group]) -> list[int]:
    """Each group keeps the story it shares most articles with; what is left gets a new one.

    Articles that may not move weigh more than all that may.
    """
    story, mask = state.window.story, state.window.mask
    claims: list[tuple[float, int, int]] = []
    for at, each in enumerate(groups):
        weights: dict[int, float] = {}
        for serial in each.members:
            weight = 1.0 if _is_mendable(state, serial) else 1e6
            label = int(story[serial & mask])
            weights[label] = weights.get(label, 0.0) + weight
        claims.extend((-weight, label, at) for label, weight in weights.items())
    chosen: dict[int, int] = {}
    taken: set[int] = set()
    for weight, label, at in sorted(claims):
        if at not in chosen and (label not in taken or weight <= -1e6):
            chosen[at] = label
            taken.add(label)
    return [chosen[at] if at in chosen else next(state.labels) for at in range(len(groups))]
