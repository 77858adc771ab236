"""Waiting grows with the machine, and ends."""

import time

import pytest

from tests import deadlines
from tests.deadlines import limit, patience, until


@pytest.mark.parametrize(
    ("slow", "given", "expected"),
    [(1.0, 30, 30), (4.0, 30, 120), (8.0, 30, 150), (8.0, 170, 170), (1.5, 0.2, 0.3)],
)
def test_deadlines_grow_with_the_machine_but_never_beyond_a_tests_limit(
    slow: float, given: float, expected: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "slowness", lambda: slow)
    assert patience(given) == pytest.approx(expected)


@pytest.mark.parametrize(("slow", "expected"), [(1.0, 180), (2.5, 450), (8.0, 720)])
def test_limits_grow_too_but_less_than_a_wait_may(
    slow: float, expected: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "slowness", lambda: slow)
    assert limit(180) == expected


def test_a_busy_machine_is_seen_and_the_measure_is_kept_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deadlines, "_measured", (float("-inf"), 1.0))
    monkeypatch.setattr(deadlines, "_REFERENCE", 0.000_01)
    assert deadlines.slowness() == 8.0
    monkeypatch.setattr(deadlines, "_REFERENCE", 1_000.0)
    assert deadlines.slowness() == 8.0
    monkeypatch.setattr(deadlines, "_measured", (float("-inf"), 8.0))
    assert deadlines.slowness() == 1.0


def test_what_never_comes_is_told_in_words() -> None:
    began = time.monotonic()
    with pytest.raises(AssertionError, match="not: the moon falls"):
        until(lambda: False, lambda: "the moon falls", seconds=0.05)
    assert time.monotonic() - began < 5
    until(lambda: True, "at once", seconds=0)
