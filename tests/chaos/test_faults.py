"""The short form of the fault runs; ``make chaos`` is the long one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
READERS = 600
SHORT = (
    "kill-everything", "valkey-restarted", "postgres-restarted", "dropped-replies",
    "two-of-everything", "clock-jumps", "quota-spent", "relay-down", "journals-unwritable",
    "beat-gone", "out-of-memory",
)  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def play(*words: str) -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=880,
    )
    assert run.stdout.strip(), run.stderr[-4000:]
    found = json.loads(run.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    assert run.returncode == 0, f"{found}\n{run.stderr[-4000:]}"
    return found


@pytest.fixture(scope="module")
def cases() -> dict[str, dict[str, Any]]:
    """One run over several cases: making the ground costs more than a case does."""
    words = [word for name in SHORT for word in ("--case", name)]
    found = play("tests.chaos", "--readers", str(READERS), *words)
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


def test_an_alert_overtakes_a_digest_of_5000() -> None:
    found = play(
        "tests.bench.alert", "--digest", "5000", "--readers", "200", "--delay-ms", "20",
        "--connections", "10", "--channels", "email,webpush,telegram", "--runs", "1",
        "--rest", "0", "--pace", "", "--json",
    )  # fmt: skip
    assert [each["channel"] for each in found["runs"]] == ["email", "webpush", "telegram"]
    for each in found["runs"]:
        assert each["accepted"] == 200 and each["digest_under_way"]
        # Seconds are told to the hundredth.
        assert 0 < each["first_ms"] <= 1000 * each["p50_s"] + 5
        assert each["p50_s"] <= each["all_s"]
