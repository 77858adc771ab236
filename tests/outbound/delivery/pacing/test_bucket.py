"""Token buckets never give more than flows in, never stand still, and let urgent lanes first."""

from hypothesis import given
from hypothesis import strategies as st

from digest.outbound.delivery.core.bucket import YIELD, Bucket, depth, draw

rates = st.floats(0.05, 5000)
asks = st.lists(
    st.tuples(st.integers(1, 2000), st.integers(0, 2), st.floats(0, 5)), min_size=1, max_size=30
)


@given(rates, asks)
def test_no_more_leaves_than_flows_in(rate: float, asked: list[tuple[int, int, float]]) -> None:
    buckets, now, granted = (Bucket.full(rate, 0.0),), 0.0, 0
    for wanted, rank, pause in asked:
        now += pause
        drawn = draw(buckets, wanted, rank=rank, now=now)
        buckets, granted = drawn.buckets, granted + drawn.granted
        assert 0 <= drawn.granted <= wanted
        assert granted <= depth(rate) + rate * now + 1e-6


@given(rates, st.integers(0, 2), st.integers(1, 2000))
def test_whoever_waits_as_long_as_told_gets_something(rate: float, rank: int, wanted: int) -> None:
    buckets, now = (Bucket.full(rate, 0.0),), 0.0
    for _ in range(5):
        drawn = draw(buckets, wanted, rank=rank, now=now)
        if drawn.granted == wanted:
            buckets = drawn.buckets
            continue
        assert drawn.wait > 0
        again = draw(drawn.buckets, wanted, rank=rank, now=now + drawn.wait + 1e-6)
        assert again.granted >= 1
        buckets, now = again.buckets, now + drawn.wait + 1e-6


@given(rates, rates, st.integers(1, 500), st.integers(0, 2))
def test_the_scarcest_of_several_decides(a: float, b: float, wanted: int, rank: int) -> None:
    both = draw((Bucket.full(a, 0.0), Bucket.full(b, 0.0)), wanted, rank=rank, now=0.0)
    alone = [draw((Bucket.full(x, 0.0),), wanted, rank=rank, now=0.0).granted for x in (a, b)]
    assert both.granted == min(alone)


def test_digests_leave_a_reserve_to_alerts() -> None:
    digests = draw((Bucket.full(100, 0.0),), 1000, rank=2, now=0.0)
    alerts = draw(digests.buckets, 1000, rank=0, now=0.0)
    assert (digests.granted, alerts.granted) == (75, 25)


def test_while_alerts_want_more_digests_get_nothing() -> None:
    hungry = draw((Bucket.full(100, 0.0),), 1000, rank=0, now=0.0)
    waiting = draw(hungry.buckets, 10, rank=2, now=1.0)
    assert (waiting.granted, waiting.wait) == (0, YIELD - 1.0)
    assert draw(hungry.buckets, 10, rank=2, now=YIELD + 0.1).granted == 10


@given(rates, asks)
def test_a_clock_that_is_set_back_gives_little_extra(
    rate: float, asked: list[tuple[int, int, float]]
) -> None:
    buckets, now, forward, granted = (Bucket.full(rate, 0.0),), 0.0, 0.0, 0
    for number, (wanted, rank, pause) in enumerate(asked):
        now += pause if number % 2 else -pause
        forward += pause if number % 2 else 0.0
        drawn = draw(buckets, wanted, rank=rank, now=now)
        buckets, granted = drawn.buckets, granted + drawn.granted
    assert granted <= depth(rate) + rate * forward + 1e-6


def test_a_clock_that_is_set_back_by_an_hour_stops_nobody() -> None:
    hungry = draw((Bucket.full(100, 7200.0),), 1000, rank=0, now=7200.0)
    assert draw(hungry.buckets, 10, rank=2, now=3600.0).wait < 1
    assert draw(hungry.buckets, 10, rank=2, now=3601.0).granted == 0
    after = draw(hungry.buckets, 10, rank=2, now=3600.0)
    assert draw(after.buckets, 10, rank=2, now=3601.0).granted == 10
