"""The compiled loops against the same written plainly, straight from the definitions."""

from dataclasses import dataclass
from math import exp, inf, sqrt

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from digest.newsdesk.stories.clustering.neighbours import Neighbourhood, Smoothing
from digest.newsdesk.stories.clustering.window import LiveWindow

HOUR = 3_600.0
SMOOTHING = Smoothing(nearest=4, kept=16, kept_of_many=16)
LEVELS = (0.02, 0.08, 0.3)
_NOTHING = 0.01


@dataclass(frozen=True)
class Case:
    """Articles that came in this order: when, how near strangers came then, and the cosine of each
    with each."""

    at: tuple[float, ...]
    level: tuple[float, ...]
    cosine: tuple[tuple[float, ...], ...]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    count = draw(st.integers(1, 9))
    hours = draw(st.lists(st.floats(0, 90), min_size=count, max_size=count))
    drawn = iter(
        draw(
            st.lists(
                st.one_of(st.just(0.0), st.floats(0.0, 0.95)),
                min_size=count * count,
                max_size=count * count,
            )
        )
    )
    table = [[float(np.float32(next(drawn))) for _ in range(count)] for _ in range(count)]
    cosine = tuple(
        tuple(1.0 if one == other else table[max(one, other)][min(one, other)] for other in every)
        for one in range(count)
        if (every := range(count))
    )
    levels = draw(st.lists(st.sampled_from(LEVELS), min_size=count, max_size=count))
    return Case(tuple(hour * HOUR for hour in sorted(hours)), tuple(levels), cosine)


def compiled(case: Case) -> tuple[Neighbourhood, list[int]]:
    window = LiveWindow(SMOOTHING.kept, SMOOTHING.nearest, SMOOTHING.kept_of_many)
    near = Neighbourhood(window, SMOOTHING)
    near.expect(np.full(window.capacity, LEVELS[0]), 0.0)
    serials: list[int] = []
    for number, at in enumerate(case.at):
        serial = window.enter(number, at, 0)
        near.meet(serial, case.level[number])
        cosines = np.array(case.cosine[number][:number], np.float32)
        near.add(serial, np.array(serials, np.int64), cosines)
        serials.append(serial)
    near.settle(np.array(serials, np.int64))
    return near, serials


def bars(near: Neighbourhood, serials: list[int]) -> list[float]:
    """What the neighbours of each must be nearer than."""
    return near._window.bar[np.array(serials) & near._window.mask].tolist()


class Plain:
    """The same in plain Python: dictionaries and sums."""

    def __init__(self, case: Case, bars: list[float]) -> None:
        self.case = case
        self.bars = bars
        every = range(len(case.at))
        self.listed = [
            {
                other: case.cosine[one][other]
                for other in every
                if other != one and case.cosine[one][other] >= SMOOTHING.floor
            }
            for one in every
        ]
        self.rows = [self.row(each) for each in every]

    def decay(self, one: int, other: int) -> float:
        return exp(-abs(self.case.at[one] - self.case.at[other]) / SMOOTHING.fade)

    def product(self, one: int, other: int) -> float:
        return 1.0 if one == other else self.listed[one].get(other, 0.0)

    def row(self, each: int) -> dict[bool, dict[int, float]]:
        """What lends how much, for an article whose mates have come and for one that is young."""
        s = SMOOTHING
        faded = {
            other: cosine * self.decay(each, other) - s.stranger
            for other, cosine in self.listed[each].items()
        }
        ranked = sorted((at for at in faded if faded[at] > 0), key=lambda at: (-faded[at], at))
        chosen = ranked[: s.nearest]
        total = sum(faded[other] for other in chosen)
        nearest = [at for at in chosen if faded[at] == faded[chosen[0]]]
        assume(len({self.bars[at] for at in nearest}) < 2)
        bar = max(self.bars[at] for at in (each, *nearest))
        summed = max(sum(faded[at] ** s.power for at in chosen) + bar**s.power, 1e-30)
        share = {other: faded[other] ** s.power / summed for other in chosen}
        inner = sum(value * value for value in share.values())
        for one in chosen:
            if share[one] < _NOTHING:
                break
            inner += share[one] * sum(
                share[other] * self.product(other, one) for other in chosen if other != one
            )
        outer = 2.0 * sum(share[other] * self.listed[each][other] for other in chosen)
        found = {}
        for ripe, most, doubt in (
            (True, s.share, s.doubt), (False, s.early_share, s.early_doubt)
        ):  # fmt: skip
            lent = most * total / (total + doubt)
            norm = sqrt(1.0 + lent * outer + lent * lent * inner)
            found[ripe] = {each: 1.0 / norm} | {at: share[at] * lent / norm for at in chosen}
        return found

    def affinity(self, one: int, other: int, *, ripe: bool) -> float:
        left, right = self.rows[one][ripe], self.rows[other][ripe]
        cosine = sum(
            a * b * self.product(at, there) for at, a in left.items() for there, b in right.items()
        )
        return cosine * self.decay(one, other)


@given(cases())
def test_affinities_are_what_the_definitions_say(case: Case) -> None:
    near, serials = compiled(case)
    plain = Plain(case, bars(near, serials))
    others = np.array(serials, np.int64)
    for one, serial in enumerate(serials):
        for ripe in (True, False):
            found = near.affinities(serial, others, inf if ripe else -inf)
            wanted = [plain.affinity(one, other, ripe=ripe) for other in range(len(serials))]
            assert found == pytest.approx(wanted, abs=2e-4)


@given(cases(), st.data())
def test_what_is_borrowed_follows_ones_own_bar_and_the_nearests(
    case: Case, data: st.DataObject
) -> None:
    near, serials = compiled(case)
    levels = np.full(near._window.capacity, LEVELS[0])
    for number, serial in enumerate(serials):
        moved = data.draw(st.sampled_from((case.level[number], *LEVELS)))
        levels[serial & near._window.mask] = moved
    near.expect(levels, 0.0)
    others = np.array(serials, np.int64)
    near.settle(others)
    plain = Plain(case, bars(near, serials))
    for one, serial in enumerate(serials):
        wanted = [plain.affinity(one, other, ripe=True) for other in range(len(serials))]
        assert near.affinities(serial, others, inf) == pytest.approx(wanted, abs=2e-4)


@given(cases())
def test_cohesion_is_the_sum_over_all_pairs(case: Case) -> None:
    near, serials = compiled(case)
    plain = Plain(case, bars(near, serials))
    every = range(len(serials))
    pairs = sum(plain.affinity(a, b, ripe=False) for a in every for b in every if a < b)
    found = near.cohesion(np.array(serials, np.int64))
    assert found == pytest.approx(len(serials) + 2.0 * pairs, abs=2e-3)


@given(cases(), st.floats(0.02, 0.6))
def test_links_are_the_pairs_listed_with_each_other_that_are_not_weak(
    case: Case, weak: float
) -> None:
    near, serials = compiled(case)
    plain = Plain(case, bars(near, serials))
    rank = np.full(256, -1, np.int64)
    rank[np.array(serials) & 255] = np.arange(len(serials))
    one, other, affinity = near.links(np.array(serials, np.int64), rank, inf, np.full(256, weak))
    found = {
        (serials.index(a), serials.index(b)): value
        for a, b, value in zip(one.tolist(), other.tolist(), affinity.tolist(), strict=True)
    }
    for a in range(len(serials)):
        for b in range(a + 1, len(serials)):
            wanted = plain.affinity(a, b, ripe=True) if b in plain.listed[a] else 0.0
            if (a, b) in found:
                assert found[a, b] == pytest.approx(wanted, abs=2e-4)
            else:
                assert wanted < weak + 2e-4
