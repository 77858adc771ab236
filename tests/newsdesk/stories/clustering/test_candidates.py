"""What is weighed exactly, and weighing it: the loops against plain ones."""

from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.stories.clustering.kernels.candidates import (
    TABLE,
    Choice,
    Incoming,
    choose,
    compare,
    take_off,
)
from digest.newsdesk.stories.clustering.window import LiveWindow

SEEDS = st.integers(0, 2**32 - 1)


def window(random: np.random.Generator, count: int) -> LiveWindow:
    made = LiveWindow(4, 2)
    for number in range(count):
        made.enter(number, float(random.integers(0, 20)), 0)
    for gone in random.choice(count, count // 4, replace=False).tolist():
        made.leave(gone)
    return made


def chosen(
    held: LiveWindow, at: float, touched: list[int], about: dict[int, np.float32], s: Choice
) -> tuple[list[int], list[bool]]:
    """What :func:`choose` says: the nearest by decay, and the likest of those that are old."""
    living = [
        each
        for each in touched
        if held.serial[each & held.mask] == each and about[each] >= np.float32(s.floor)
    ]
    age = {each: abs(held.at[each & held.mask] - at) for each in living}
    faded = {each: np.float32(float(about[each]) * exp(-age[each] / s.fade)) for each in living}
    nearest = sorted(living, key=lambda each: -faded[each])[: s.nearest]
    old = [each for each in living if held.at[each & held.mask] <= at - s.crowd_age]
    crowd = sorted(old, key=lambda each: -about[each])[: s.crowd]
    both = sorted({*nearest, *crowd})
    return both, [each in crowd for each in both]


@given(SEEDS, st.integers(1, 120), st.integers(1, 6), st.integers(1, 5), st.booleans())
def test_the_nearest_and_the_crowd_are_chosen_as_a_plain_sort_chooses_them(
    seed: int, count: int, nearest: int, crowd: int, even: bool
) -> None:
    random = np.random.default_rng(seed)
    held = window(random, count)
    touched = random.permutation(count)[: random.integers(1, count + 1)].astype(np.int32)
    sums = np.zeros(held.capacity, np.float32)
    # Equals among them: the first that was found comes first.
    drawn = random.random(touched.size)
    sums[touched & held.mask] = np.round(drawn, 1) + 0.05 if even else drawn
    about = {each: sums[each & held.mask] for each in touched.tolist()}
    setting = Choice(nearest, 4.0, crowd, 5.0, 0.1)
    serials, aged = choose(held.columns, 15.0, touched, sums, setting)
    expected = chosen(held, 15.0, touched.tolist(), about, setting)
    assert (serials.tolist(), aged.tolist()) == expected
    assert not sums.any()


@given(SEEDS, st.integers(1, 20), st.integers(0, 40))
def test_vectors_are_compared_as_dicts_are(seed: int, count: int, most: int) -> None:
    random = np.random.default_rng(seed)
    held = window(random, count)

    def vector() -> dict[int, float]:
        # Few slots for many terms, so that slots are shared.
        terms = random.integers(0, 8, most) * TABLE + random.integers(0, 4, most)
        return {int(term): float(np.float32(random.random())) for term in terms}

    vectors = {int(serial): vector() for serial in held.serials()}
    keys, weights = np.zeros(1024, np.uint32), np.zeros(1024, np.float32)
    end = 0
    for serial, terms in vectors.items():
        held.start[serial & held.mask], held.size[serial & held.mask] = end, len(terms)
        for term, weight in terms.items():
            keys[end], weights[end] = term, weight
            end += 1
    asked = vector()
    table = np.zeros(TABLE, np.int32)
    cosines, shared = compare(
        held.columns,
        np.array(list(asked), np.uint32),
        np.array(list(asked.values()), np.float32),
        keys,
        weights,
        np.array(list(vectors), np.int64),
        table,
    )
    common = [asked.keys() & terms.keys() for terms in vectors.values()]
    plain = [
        sum(asked[term] * terms[term] for term in both)
        for both, terms in zip(common, vectors.values(), strict=True)
    ]
    assert cosines.tolist() == pytest.approx(plain, rel=1e-5)
    assert shared.tolist() == [len(both) for both in common]
    assert not table.any()


@given(SEEDS, st.integers(1, 40), st.sampled_from([0.0, 0.1]), st.integers(0, 5))
def test_what_is_no_likeness_is_taken_off_as_a_plain_loop_takes_it(
    seed: int, count: int, common: float, least: int
) -> None:
    random = np.random.default_rng(seed)
    held = window(random, count)
    held.language[:] = random.integers(0, 2, held.capacity)
    held.outlet[:] = random.integers(0, 3, held.capacity)
    others = held.serials()
    given_, shared = random.random(others.size).astype(np.float32), random.integers(0, 6, count)
    given_[0] = 1.0
    cosines = given_.copy()
    columns, language, outlet = held.columns, held.language, held.outlet
    incoming = Incoming(1, 2, common, least)
    own = take_off(columns, language, outlet, others, cosines, shared[: others.size], incoming)
    for each, serial in enumerate(others.tolist()):
        place = serial & held.mask
        is_foreign = held.language[place] != 1
        left = 0.0 if is_foreign and shared[each] < least else float(given_[each])
        assert cosines[each] == pytest.approx(max((left - common) / (1 - common), 0.0), abs=1e-6)
        assert own[each] == (not is_foreign and held.outlet[place] == 2)
