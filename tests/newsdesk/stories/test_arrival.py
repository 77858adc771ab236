"""What an arriving article is held against: the same as if everybody had been looked at."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.stories.clustering.kernels.candidates import Choice, choose
from digest.newsdesk.stories.clustering.tails import Tails
from digest.newsdesk.stories.clustering.window import LiveWindow

DAY = 86_400.0


@given(st.integers(0, 2**32 - 1), st.integers(0, 400), st.integers(1, 12), st.integers(1, 6))
def test_the_nearest_and_the_crowd_are_those_of_a_plain_sort(
    seed: int, count: int, nearest: int, crowd: int
) -> None:
    random = np.random.default_rng(seed)
    window = LiveWindow(2, 2, capacity=512)
    for number in range(count):
        window.enter(number, float(random.integers(0, 9)) * DAY / 2, 0)
    for serial in np.flatnonzero(random.random(count) < 0.1).tolist():
        window.leave(serial)
    touched = random.permutation(count)[: count * 3 // 4].astype(np.int32)
    sums = np.zeros(window.capacity, np.float32)
    # Few values, so that many are equal.
    sums[touched] = random.integers(1, 9, touched.size).astype(np.float32) / np.float32(10)
    at, choice = 4 * DAY, Choice(nearest, DAY, crowd, 2 * DAY, 0.15)
    live = [
        each
        for each in touched.tolist()
        if window.serial[each] == each and float(sums[each]) >= choice.floor
    ]
    faded = {
        each: np.float32(sums[each] * np.exp(-abs(window.at[each] - at) / choice.fade))
        for each in live
    }
    near = sorted(live, key=lambda each: -faded[each])[:nearest]
    old = [each for each in live if window.at[each] <= at - choice.crowd_age]
    older = sorted(old, key=lambda each: -sums[each])[:crowd]
    chosen, aged = choose(window.columns, at, touched, sums, choice)
    assert chosen.tolist() == sorted({*near, *older})
    assert chosen[aged].tolist() == sorted(older)
    assert not sums.any()


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 99)), max_size=300))
def test_a_tail_holds_the_latest_members_in_order_whoever_left(
    steps: list[tuple[bool, int, int]],
) -> None:
    tails = Tails(5)
    members: dict[int, list[int]] = {}
    rows: dict[int, int] = {}
    for serial, (comes, story, which) in enumerate(steps):
        if comes:
            if story not in rows:
                rows[story], members[story] = tails.begin(), []
            tails.add(rows[story], serial)
            members[story].append(serial)
        elif story in rows:
            at = which % len(members[story])
            del members[story][at]
            if members[story]:
                tails.drop(rows[story], at, members[story])
            else:
                tails.give_back(rows.pop(story))
        for each, row in rows.items():
            end, size = int(tails.end[row]), int(tails.size[row])
            held = [int(tails.serial[row, spot % 5]) for spot in range(end - size, end)]
            assert held == members[each][-5:]
