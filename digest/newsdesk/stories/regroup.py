"""Group a window of articles afresh, by average link, strongest pair of groups first."""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from math import sqrt


@dataclass(slots=True)
class Group:
    """Articles that belong together. ``inner`` sums the affinities inside, each pair twice and each
    article with itself at 1; ``crowd`` sums how far each of them raises the cut; ``links`` holds
    summed affinities to other groups, by their position, both ways."""

    members: list[int]
    inner: float
    crowd: float = 0.0
    links: dict[int, float] = field(default_factory=dict)
    age: int = 0

    def link(self, here: int, other: "Group", there: int, affinity: float) -> None:
        """Add to what this group, at ``here``, and the one at ``there`` have in common."""
        self.links[there] = self.links.get(there, 0.0) + affinity
        other.links[here] = other.links.get(here, 0.0) + affinity


def group(
    groups: list[Group],
    cut: float,
    apart: Callable[[list[int], list[int]], bool] = lambda one, two: False,
) -> list[Group]:
    """Merge ``groups`` while two of them are nearer than ``cut`` and what their crowds add to it.

    Nearness is the mean affinity over √ of the groups' cohesions. ``apart`` forbids a merge.
    """
    queue = [
        (-margin, one, other, 0, 0)
        for one, each in enumerate(groups)
        for other in each.links
        if one < other and (margin := _margin(groups[one], groups[other], other)) >= cut
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
            margin = _margin(groups[one], groups[third], third)
            if margin >= cut:
                low, high = min(one, third), max(one, third)
                heappush(queue, (-margin, low, high, groups[low].age, groups[high].age))
    return [each for at, each in enumerate(groups) if at not in gone]


def _margin(one: Group, other: Group, there: int) -> float:
    # mean affinity / √(W · W'), with W = inner / n²: the sizes cancel out.
    near = one.links[there] / sqrt(one.inner * other.inner)
    return near - (one.crowd / len(one.members) + other.crowd / len(other.members)) / 2


def _merge(groups: list[Group], one: int, other: int) -> None:
    kept, gone = groups[one], groups[other]
    kept.inner += gone.inner + 2 * kept.links.pop(other)
    kept.crowd += gone.crowd
    gone.links.pop(one)
    kept.members.extend(gone.members)
    kept.age += 1
    for third, value in gone.links.items():
        total = kept.links[third] = kept.links.get(third, 0.0) + value
        theirs = groups[third].links
        del theirs[other]
        theirs[one] = total
