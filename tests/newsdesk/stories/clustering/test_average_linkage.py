"""Grouping afresh: what has no link to the rest is grouped as if the rest were not there."""

from math import sqrt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.stories.clustering.kernels.average_linkage import group
from digest.newsdesk.stories.clustering.kernels.groups import GroupLinks, Groups

CUT = 0.2


def graph(seed: int, count: int) -> tuple[Groups, GroupLinks]:
    random = np.random.default_rng(seed)
    pairs = random.integers(0, count, (3 * count, 2))
    one, other = pairs[pairs[:, 0] != pairs[:, 1]].T
    nobody = np.full(count, -1, np.int64)
    groups = Groups(np.ones(count, np.int64), np.ones(count), random.random(count) * 0.1, nobody)
    return groups, GroupLinks(one, other, random.random(one.size) * 0.6)


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40))
def test_parts_without_a_link_between_them_are_grouped_apart(
    seed: int, left: int, right: int
) -> None:
    (mine, near), (theirs, far) = graph(seed, left), graph(seed + 1, right)
    # The second part's groups are numbered after the first's; the links are shuffled as two decks
    # are, each in its own order.
    order = np.random.default_rng(seed).permutation(near.one.size + far.one.size)
    order[np.argsort(order >= near.one.size, kind="stable")] = np.arange(order.size)
    both = GroupLinks(
        np.append(near.one, far.one + left)[order],
        np.append(near.other, far.other + left)[order],
        np.append(near.affinity, far.affinity)[order],
    )
    whole = Groups(*(np.append(a, b) for a, b in zip(mine, theirs, strict=True)))
    expected = [*group(mine, near, CUT), *(group(theirs, far, CUT) + left)]
    assert group(whole, both, CUT).tolist() == expected


def test_the_nearest_merge_first_and_a_group_counts_as_the_mean_of_its_members() -> None:
    ones, nobody = np.ones(4), np.full(4, -1, np.int64)
    groups = Groups(np.ones(4, np.int64), ones, np.zeros(4), nobody)
    links = GroupLinks(np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([0.9, 0.5, 0.6]))
    # First 0 and 1, then 2 and 3; the two pairs are left 0.5 / √(3.8 · 3.2) near: below the cut.
    assert group(groups, links, CUT).tolist() == [0, 0, 2, 2]


def merged(groups: Groups, links: GroupLinks, apart: np.ndarray) -> list[int]:
    """What :func:`group` says: all pairs looked at anew before each merger."""
    count = groups.size.size
    size, inner, crowd, home = (each.tolist() for each in groups)
    totals: dict[tuple[int, int], float] = {}
    for one, other, affinity in zip(*links, strict=True):
        pair = (min(one, other), max(one, other))
        totals[pair] = totals.get(pair, 0.0) + affinity
    members = [{each} for each in range(count)]

    def margin(one: int, other: int) -> float:
        near = totals[one, other] / sqrt(inner[one] * inner[other])
        return near - (crowd[one] / size[one] + crowd[other] / size[other]) / 2

    def may_join(one: int, other: int) -> bool:
        if home[one] != home[other] and min(home[one], home[other]) >= 0:
            return False
        both = (members[one], members[other])
        return not any(
            (a in both[0] and b in both[1]) or (a in both[1] and b in both[0]) for a, b in apart
        )

    while True:
        near = [(-margin(*pair), pair) for pair in totals if may_join(*pair)]
        best, (one, other) = min(near, default=(0.0, (0, 0)))
        if -best < CUT or not near:
            break
        inner[one] += inner[other] + 2 * totals.pop((one, other))
        size[one], crowd[one] = size[one] + size[other], crowd[one] + crowd[other]
        home[one] = max(home[one], home[other])
        members[one] |= members[other]
        for pair in [each for each in totals if other in each]:
            third = pair[0] + pair[1] - other
            kept = (min(one, third), max(one, third))
            totals[kept] = totals.get(kept, 0.0) + totals.pop(pair)
    # Who was taken over is also in the group that took it, and a group is known by its first.
    return [min(one for one in range(count) if each in members[one]) for each in range(count)]


@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.sampled_from((0, 256)))
def test_groups_are_merged_as_a_plain_search_of_all_pairs_merges_them(
    seed: int, count: int, few: int
) -> None:
    groups, links = graph(seed, count)
    random = np.random.default_rng(seed)
    apart = random.integers(0, count, (2, 2))
    home = np.where(random.random(count) < 0.1, random.integers(0, 3, count), -1)
    groups = groups._replace(home=home)
    assert group(groups, links, CUT, apart, few).tolist() == merged(groups, links, apart)


@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.booleans())
def test_a_part_is_grouped_the_same_in_a_square_of_all_pairs_and_in_a_table(
    seed: int, count: int, even: bool
) -> None:
    groups, links = graph(seed, count)
    if even:
        # Equals among the margins: the order of groups decides.
        groups = groups._replace(crowd=np.zeros(count))
        links = links._replace(affinity=np.round(links.affinity, 1))
    random = np.random.default_rng(seed)
    apart = random.integers(0, count, (2, 2))
    home = np.where(random.random(count) < 0.1, random.integers(0, 3, count), -1)
    groups = groups._replace(home=home)
    square, table = (group(groups, links, CUT, apart, few) for few in (count, 0))
    assert square.tolist() == table.tolist()
