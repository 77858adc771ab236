"""A rate keeps its promise in every window, never stands still, and lets urgent lanes go first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.outbound.delivery.core.bucket import YIELD, Bucket, draw, give_back, slots_of
from digest.outbound.delivery.core.rate import Rate

SECOND, HOUR, DAY = 1.0, 3600.0, 86400.0
numbers = st.floats(0.05, 5000) | st.integers(1, 5000).map(float)
rates = st.builds(Rate.written, numbers, st.sampled_from([SECOND, 60.0, HOUR, DAY])) | st.builds(
    Rate.written, numbers, st.sampled_from([SECOND, HOUR]), st.integers(1, 100)
)
asks = st.lists(
    # By parts of the rate's own length, so that windows of every length see some.
    st.tuples(st.integers(1, 2000), st.integers(0, 2), st.floats(0, 0.6)),
    min_size=1,
    max_size=60,
)
START = 1.79e9


@given(rates, asks)
def test_no_window_has_more_than_its_rate_and_none_starts_with_more_than_its_burst(
    rate: Rate, asked: list[tuple[int, int, float]]
) -> None:
    buckets, now = (Bucket.full(rate, START),), START
    went: list[tuple[float, int]] = []
    for wanted, rank, pause in asked:
        now += pause * rate.seconds
        drawn = draw(buckets, wanted, rank=rank, now=now)
        buckets = drawn.buckets
        assert 0 <= drawn.granted <= wanted
        went.append((now, drawn.granted))
    for begins, _ in went:
        inside = [number for at, number in went if begins <= at < begins + rate.seconds]
        assert sum(inside) <= rate.amount
        for ends, _ in went:
            if begins <= ends:
                between = sum(number for at, number in went if begins <= at <= ends)
                flowed = (ends - begins) * rate.per_second
                assert between <= rate.burst + flowed * (1 + 1e-6) + 1e-3


@given(rates, st.integers(0, 2), st.integers(1, 2000))
def test_whoever_waits_as_long_as_told_gets_something(rate: Rate, rank: int, wanted: int) -> None:
    buckets, now = (Bucket.full(rate, START),), START
    for _ in range(5):
        drawn = draw(buckets, wanted, rank=rank, now=now)
        if drawn.granted == wanted:
            buckets = drawn.buckets
            continue
        assert drawn.wait > 0
        now += drawn.wait * (1 + 1e-9) + 1e-5
        again = draw(drawn.buckets, wanted, rank=rank, now=now)
        if again.granted == 0:  # a slot had ended, and a token is still missing, or the reverse
            now += again.wait * (1 + 1e-9) + 1e-5
            again = draw(again.buckets, wanted, rank=rank, now=now)
        assert again.granted >= 1
        buckets = again.buckets


@given(
    st.builds(Rate.written, st.floats(0.05, 100), st.sampled_from([SECOND, 60.0, HOUR, DAY]))
    | st.builds(Rate.written, st.integers(1, 100).map(float), st.just(DAY), st.integers(1, 100))
)
def test_who_always_asks_gets_nearly_the_whole_rate(rate: Rate) -> None:
    """In the long run a window is counted too full by one of its slots at most."""
    buckets, now, granted, until = (Bucket.full(rate, START),), START, 0, START + 4 * rate.seconds
    step = min(rate.seconds / slots_of(rate), rate.burst / rate.per_second) / 3
    while now < until:
        drawn = draw(buckets, 10_000, rank=0, now=now)
        buckets, granted, now = drawn.buckets, granted + drawn.granted, now + step
    assert granted >= rate.amount * (4 * slots_of(rate) / (slots_of(rate) + 1) - 1.1)


@given(rates, rates, st.integers(1, 500), st.integers(0, 2))
def test_the_scarcest_of_several_decides(a: Rate, b: Rate, wanted: int, rank: int) -> None:
    both = draw((Bucket.full(a, 0.0), Bucket.full(b, 0.0)), wanted, rank=rank, now=0.0)
    alone = [draw((Bucket.full(x, 0.0),), wanted, rank=rank, now=0.0).granted for x in (a, b)]
    assert both.granted == min(alone)


def test_a_day_s_worth_may_go_at_once_and_a_second_s_may_not() -> None:
    day, second = Rate.written(100, DAY), Rate.written(50, SECOND)
    assert draw((Bucket.full(day, START),), 1000, rank=0, now=START).granted == 100
    assert draw((Bucket.full(second, START),), 1000, rank=0, now=START).granted == 12
    stated = Rate.written(100, DAY, 20)
    assert draw((Bucket.full(stated, START),), 1000, rank=0, now=START).granted == 20


def test_digests_leave_a_reserve_to_alerts() -> None:
    bucket = (Bucket.full(Rate.written(400, SECOND), START),)
    digests = draw(bucket, 1000, rank=2, now=START)
    alerts = draw(digests.buckets, 1000, rank=0, now=START)
    assert (digests.granted, alerts.granted) == (75, 25)


def test_digests_never_use_up_a_day_that_an_alert_would_have_to_wait_for() -> None:
    buckets, now, digests = (Bucket.full(Rate.written(100, DAY), START),), START, 0
    for _ in range(100):
        drawn = draw(buckets, 1000, rank=2, now=now)
        buckets, now, digests = drawn.buckets, now + DAY / 200, digests + drawn.granted
    assert digests == 75
    assert draw(buckets, 1000, rank=0, now=now).granted == 25


def test_while_alerts_want_more_digests_get_nothing() -> None:
    hungry = draw((Bucket.full(Rate.written(100, SECOND), START),), 1000, rank=0, now=START)
    waiting = draw(hungry.buckets, 10, rank=2, now=START + 1)
    assert (waiting.granted, waiting.wait) == (0, YIELD - 1.0)
    assert draw(hungry.buckets, 10, rank=2, now=START + YIELD + 0.1).granted == 10


@given(rates, asks)
def test_a_clock_that_is_set_back_gives_little_extra(
    rate: Rate, asked: list[tuple[int, int, float]]
) -> None:
    buckets, now, forward, granted = (Bucket.full(rate, START),), START, 0.0, 0
    for number, (wanted, rank, pause) in enumerate(asked):
        now += (pause if number % 2 else -pause) * rate.seconds
        forward += pause * rate.seconds if number % 2 else 0.0
        drawn = draw(buckets, wanted, rank=rank, now=now)
        buckets, granted = drawn.buckets, granted + drawn.granted
    assert granted <= rate.burst + rate.per_second * forward * (1 + 1e-6) + 1e-3


@pytest.mark.parametrize("rate", [Rate.written(100, SECOND), Rate.written(6000, 60.0)])
def test_a_clock_that_is_set_back_by_an_hour_stops_nobody_for_long(rate: Rate) -> None:
    hungry = draw((Bucket.full(rate, START),), 10_000, rank=0, now=START)
    after = draw(hungry.buckets, 10, rank=2, now=START - 3600)
    assert after.wait <= rate.seconds * 1.1 + YIELD
    later = START - 3600 + rate.seconds * 1.1 + YIELD
    assert draw(after.buckets, 10, rank=2, now=later).granted == 10


@given(rates, asks, st.data())
def test_what_is_given_back_may_be_used_and_nothing_more(
    rate: Rate, asked: list[tuple[int, int, float]], data: st.DataObject
) -> None:
    (bucket,), now, went = (Bucket.full(rate, START),), START, list[tuple[float, int]]()
    for wanted, rank, pause in asked:
        now += pause * rate.seconds
        drawn = draw((bucket,), wanted, rank=rank, now=now)
        unused = data.draw(st.integers(0, drawn.granted))
        bucket = give_back(drawn.buckets[0], unused, now=now)
        went.append((now, drawn.granted - unused))
        inside = sum(number for at, number in went if now - rate.seconds < at)
        assert inside <= bucket.used <= rate.amount


def test_a_rate_is_a_whole_number_in_a_window() -> None:
    assert Rate.written(0.5, SECOND) == Rate(1, 2.0, 1)
    assert Rate.written(2.5, SECOND) == Rate(25, 10.0, 1)
    assert Rate.written(600, 60.0).per_second == 10
    assert Rate.written(10, HOUR, 99) == Rate(10, HOUR, 10)
    assert Rate.found(0.1).per_second == 0.1
    assert Rate.written(100, DAY).share(0.1) == Rate(10, DAY, 10)
