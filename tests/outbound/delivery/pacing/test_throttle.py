"""A domain that says "too fast" is given half, and gets it back step by step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.outbound.delivery.core.throttle import (
    CALM,
    FLOOR,
    SETTLE,
    Throttle,
    adapt,
    too_fast,
)


@pytest.mark.parametrize(
    ("code", "reply", "fast"),
    [
        (421, "4.7.0 try again later", True),
        (450, "450 4.7.28 unusual rate of mail", True),
        (429, "slow down", True),
        (451, "451 4.7.1 Greylisted, come back in 5 minutes", False),
        (452, "452 4.2.2 mailbox full", False),
        (550, "550 5.7.1 spam", False),
        (451, "about 14.7.1 things", False),
        (None, "", False),
    ],
)
def test_what_is_about_speed(code: int | None, reply: str, fast: bool) -> None:
    assert too_fast(code, reply) is fast


def test_a_refusal_halves_what_was_observed() -> None:
    slow = adapt(None, sent=100, refused=10, seconds=1, now=0)
    assert slow == Throttle(50, 100, 0)


def test_one_refusal_among_many_changes_nothing() -> None:
    assert adapt(None, sent=100, refused=1, seconds=1, now=0) is None


def test_answers_to_what_was_under_way_do_not_halve_again() -> None:
    slow = Throttle(50, 100, since=0)
    assert adapt(slow, sent=50, refused=50, seconds=1, now=SETTLE - 1) == slow
    later = adapt(slow, sent=50, refused=50, seconds=1, now=SETTLE)
    assert later is not None
    assert later.rate == 25


def test_calm_speeds_up_by_a_quarter_and_at_last_lifts_the_limit() -> None:
    throttle: Throttle | None = Throttle(50, 100, since=0)
    rates, now = [], 0.0
    while throttle is not None:
        now += CALM
        throttle = adapt(throttle, sent=10, refused=0, seconds=1, now=now)
        rates.append(throttle.rate if throttle else None)
    assert rates[0] == 62.5
    assert rates == [*sorted(filter(None, rates)), None]
    assert now < 3600


@given(
    st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 50), st.floats(0.5, 60)), max_size=50)
)
def test_it_is_never_stopped_for_good(seen: list[tuple[int, int, float]]) -> None:
    throttle, now = None, 0.0
    for sent, refused, pause in seen:
        now += pause
        throttle = adapt(throttle, sent=sent, refused=refused, seconds=1, now=now)
        assert throttle is None or throttle.rate >= FLOOR
