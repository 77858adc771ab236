"""The short form of the fault runs; ``make chaos`` is the long one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def play(*words: str) -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=380,
    )
    assert run.stdout.strip(), run.stderr[-4000:]
    found = json.loads(run.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    assert run.returncode == 0, f"{found}\n{run.stderr[-4000:]}"
    return found


def test_a_killed_worker_loses_nobody_and_repeats_only_what_was_in_flight() -> None:
    found = play("tests.chaos", "--case", "kill-sender", "--readers", "2000")
    (case,) = found["cases"]
    assert case["due"] == case["sent_rows"] == 2000
    assert (case["lost"], case["received_more"], case["recorded_failed"]) == (0, 0, 0)
    assert case["received_twice"] <= case["allowed_twice"]


def test_a_wiped_broker_loses_nobody() -> None:
    (case,) = play("tests.chaos", "--case", "valkey-lost", "--readers", "1500")["cases"]
    assert case["received_once"] == case["sent_rows"] == 1500


def test_dropped_replies_and_doubled_fan_outs_give_nobody_three() -> None:
    found = play(
        "tests.chaos", "--case", "dropped-replies", "--case", "two-of-everything",
        "--readers", "500",
    )  # fmt: skip
    dropped, doubled = found["cases"]
    assert 0 < dropped["received_twice"] <= dropped["allowed_twice"]
    assert dropped["recorded_failed"] > 0
    assert doubled["received_once"] == 500


def test_an_alert_overtakes_a_digest_of_5000() -> None:
    found = play(
        "tests.bench.alert", "--digest", "5000", "--alert", "200", "--delay-ms", "20",
        "--connections", "10", "--json",
    )  # fmt: skip
    assert found["digest_under_way"]
    assert found["digest_sent_by_then"] < 5000
    assert 0 < found["first_ms"] <= found["all_ms"]
