"""Group a window of articles afresh, by average link, strongest pair of groups first."""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from math import sqrt

Pairs = dict[int, dict[int, float]]


@dataclass(slots=True)
class _Group:
    members: list[int]
    inner: float
    links: dict[int, float] = field(default_factory=dict)
    age: int = 0
    spread: float = 0.0

    def measure(self) -> None:
        """√ of the sum of affinities inside, each pair twice and each member with itself at 1."""
        self.spread = sqrt(self.inner)


def group(
    seeds: list[list[int]],
    pairs: Pairs,
    cut: float,
    apart: Callable[[list[int], list[int]], bool] = lambda one, two: False,
) -> list[list[int]]:
    """Merge ``seeds`` while two groups' mean affinity, over √ of their cohesions, is ≥ ``cut``.

    ``pairs`` holds affinities both ways; what is missing counts as 0. ``apart`` forbids a merge.
    """
    groups = [_seed(members, pairs) for members in seeds]
    _link(groups, pairs)
    queue = [
        (-strength, one, other, 0, 0)
        for one, each in enumerate(groups)
        for other in each.links
        if one < other and (strength := _strength(groups, one, other)) >= cut
    ]
    heapify(queue)
    gone: set[int] = set()
    while queue:
        _, one, other, age_one, age_other = heappop(queue)
        if one in gone or other in gone:
            continue
        if groups[one].age != age_one or groups[other].age != age_other:
            continue
        if apart(groups[one].members, groups[other].members):
            continue
        _merge(groups, one, other)
        gone.add(other)
        for third in groups[one].links:
            strength = _strength(groups, one, third)
            if strength >= cut:
                low, high = min(one, third), max(one, third)
                heappush(queue, (-strength, low, high, groups[low].age, groups[high].age))
    return [each.members for at, each in enumerate(groups) if at not in gone]


def _seed(members: list[int], pairs: Pairs) -> _Group:
    inner = float(len(members))
    if len(members) > 1:
        for one in members:
            near = pairs.get(one, {})
            inner += sum(near.get(other, 0.0) for other in members if other != one)
    made = _Group(list(members), inner)
    made.measure()
    return made


def _link(groups: list[_Group], pairs: Pairs) -> None:
    home = {member: at for at, each in enumerate(groups) for member in each.members}
    for at, each in enumerate(groups):
        for member in each.members:
            for other, value in pairs.get(member, {}).items():
                there = home.get(other, at)
                if there != at:
                    each.links[there] = each.links.get(there, 0.0) + value


def _strength(groups: list[_Group], one: int, other: int) -> float:
    # mean affinity / √(W · W'), with W = inner / n²: the sizes cancel out.
    return groups[one].links[other] / (groups[one].spread * groups[other].spread)


def _merge(groups: list[_Group], one: int, other: int) -> None:
    kept, gone = groups[one], groups[other]
    kept.inner += gone.inner + 2 * kept.links.pop(other)
    gone.links.pop(one)
    kept.members.extend(gone.members)
    kept.measure()
    kept.age += 1
    for third, value in gone.links.items():
        total = kept.links[third] = kept.links.get(third, 0.0) + value
        theirs = groups[third].links
        del theirs[other]
        theirs[one] = total
