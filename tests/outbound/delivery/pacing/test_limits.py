"""Limits are read strictly, and a refusal says what to write."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.outbound.delivery.core.limits import Limit, WarmUp, allowance, read, read_warm_up
from digest.outbound.delivery.core.rate import Rate


def test_limits_are_read_by_scope() -> None:
    limits = read(["email=200/s;40", "@Gmail.com=20/s:3", "newsletter:morning=600/m", "@*=;5"])
    assert limits.of("email") == Limit(Rate(200, 1, 50), 40)
    assert limits.domain("gmail.com") == Limit(Rate(20, 1, 3), None)
    assert limits.domain("example.org") == Limit(None, 5)
    assert limits.of("newsletter:morning") == Limit(Rate(600, 60, 600), None)
    assert limits.of("whatsapp") == Limit()


@pytest.mark.parametrize("word", ["email", "email=", "=5/s", "email=5", "email=0/s", "a=5/s;0",
                                  "a=5/y", "a=nan/s", "a=-1/s", "a=5/s;x", "a=5/s:6", "a=5/s:0",
                                  "a=5/s:x"])  # fmt: skip
def test_what_cannot_be_read_is_refused_with_what_to_write(word: str) -> None:
    with pytest.raises(ValueError, match=r"DIGEST_PACE says .*200/s"):
        read([word])


def test_a_warm_up_grows_from_day_to_day_and_ends() -> None:
    plan = read_warm_up("2026-11-23:500:1.5:3")
    assert plan == WarmUp(date(2026, 11, 23), 500, 1.5, 3)
    days = [plan.begins + timedelta(days=n) for n in (-1, 0, 1, 2, 3)]
    assert [allowance(plan, day) for day in days] == [None, 500, 750, 1125, None]


@pytest.mark.parametrize("text", ["tomorrow", "2026-11-23", "2026-11-23:0:2", "2026-11-23:5:0.5"])
def test_a_warm_up_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="2026-11-23:500"):
        read_warm_up(text)


@given(st.integers(1, 10**6), st.floats(1, 10), st.integers(1, 365))
def test_a_warm_up_never_shrinks(first: int, growth: float, days: int) -> None:
    plan = WarmUp(date(2026, 1, 1), first, growth, days)
    volumes = [allowance(plan, plan.begins + timedelta(days=n)) for n in range(days)]
    assert None not in volumes
    assert volumes == sorted(filter(None, volumes))
