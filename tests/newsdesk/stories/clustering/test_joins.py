"""What is stated of joins, held against labels."""

import pytest

from digest.newsdesk.stories.clustering.joins import (
    STEPS,
    StatedJoin,
    curve,
    off_by,
    reliability,
    stated_joins,
)


def test_a_join_is_right_if_it_meets_its_own_event() -> None:
    labels = [1, 1, 1, 2, 2, 3]
    gold = ["a", "a", "b", "c", "d", "e"]
    stated = [1.0, 0.9, 0.6, 1.0, 0.5, 1.0]
    assert stated_joins(labels, stated, gold) == (
        StatedJoin(0.9, True), StatedJoin(0.6, False), StatedJoin(0.5, False),
    )  # fmt: skip


def test_asking_more_makes_fewer_joins_and_more_of_them_right() -> None:
    gold = ["a"] * 3 + ["b"] * 2
    joins = (StatedJoin(0.97, True), StatedJoin(0.75, True), StatedJoin(0.55, False))
    points = {each.probability: each for each in curve(joins, gold)}
    assert [each.probability for each in points.values()] == list(STEPS)
    assert (points[0.0].joins, points[0.0].precision) == (3, pytest.approx(2 / 3, abs=1e-4))
    assert points[0.0].recall == pytest.approx(2 / 3, abs=1e-4)
    assert (points[0.6].precision, points[0.95].recall) == (1.0, pytest.approx(1 / 3, abs=1e-4))
    assert (points[0.98].joins, points[0.98].precision, points[0.98].recall) == (0, 1.0, 0.0)


def test_reliability_sets_what_was_stated_beside_what_held() -> None:
    joins = [StatedJoin(0.75, n < 3) for n in range(4)] + [StatedJoin(1.0, True)]
    sure, doubtful = reliability(joins)[::-1]
    assert (doubtful.low, doubtful.joins, doubtful.stated, doubtful.held) == (0.7, 4, 0.75, 0.75)
    assert (sure.joins, sure.held) == (1, 1.0)
    assert off_by((sure, doubtful)) == 0.0
    assert off_by(reliability([StatedJoin(0.9, False)])) == pytest.approx(0.9)
    assert off_by(()) == 0.0 and curve((), [])[0].precision == 1.0
