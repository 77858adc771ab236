"""The short form of the fault runs; ``make chaos`` is the long one."""

from typing import Any

import pytest

from tests.scenes.finished import finished_run

READERS = 600
SHORT = (
    "kill-everything", "valkey-restarted", "postgres-restarted", "dropped-replies",
    "two-of-everything", "clock-jumps", "quota-spent", "relay-down", "journals-unwritable",
    "beat-gone", "out-of-memory",
)  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def cases() -> dict[str, dict[str, Any]]:
    """One run over several cases: making the ground costs more than a case does."""
    words = [word for name in SHORT for word in ("--case", name)]
    found = finished_run("tests.chaos", "--readers", str(READERS), *words)
    assert found["lost"] == found["received_more"] == 0
    return {case["case"]: case for case in found["cases"]}


def assert_all_settled(case: dict[str, Any]) -> None:
    """All were sent their mail, but for whom two kills hit: who may have two is sent no third."""
    twice = case["killed_twice"]
    assert case["due"] == case["sent_rows"] + twice == READERS
    assert (case["lost"], case["received_more"], case["recorded_failed"]) == (0, 0, twice)
    assert case["received_twice"] <= case["allowed_twice"]
    assert 2 * twice <= case["allowed_twice"]


def test_killed_workers_lose_nobody_and_repeat_only_what_was_in_flight(
    cases: dict[str, dict[str, Any]],
) -> None:
    assert_all_settled(cases["kill-everything"])


def test_a_wiped_broker_loses_nobody(cases: dict[str, dict[str, Any]]) -> None:
    assert cases["valkey-restarted"]["received_once"] == READERS


def test_a_database_that_is_knocked_over_loses_nobody(cases: dict[str, dict[str, Any]]) -> None:
    case = cases["postgres-restarted"]
    assert case["due"] == case["sent_rows"] == READERS
    assert case["received_twice"] <= case["allowed_twice"]


def test_dropped_replies_and_doubled_fan_outs_give_nobody_three(
    cases: dict[str, dict[str, Any]],
) -> None:
    dropped, doubled = cases["dropped-replies"], cases["two-of-everything"]
    assert 0 < dropped["received_twice"] <= dropped["allowed_twice"]
    assert dropped["recorded_failed"] > 0
    assert doubled["received_once"] == READERS


def test_clocks_that_jump_hold_nothing_up_and_repeat_nothing(
    cases: dict[str, dict[str, Any]],
) -> None:
    assert cases["clock-jumps"]["received_once"] == cases["clock-jumps"]["sent_rows"] == READERS


def test_a_sender_whose_process_the_kernel_takes_loses_nobody(
    cases: dict[str, dict[str, Any]],
) -> None:
    assert_all_settled(cases["out-of-memory"])


@pytest.mark.parametrize("name", ["quota-spent", "relay-down", "journals-unwritable", "beat-gone"])
def test_who_could_not_be_served_for_a_while_is_served_once_it_is_over(
    name: str, cases: dict[str, dict[str, Any]]
) -> None:
    case = cases[name]
    assert case["received_once"] == case["sent_rows"] == READERS
    assert case["recovered_s"] > 0
    assert case["health_said_s"] is not None
