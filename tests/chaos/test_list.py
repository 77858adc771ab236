"""The list of fault runs itself: its sizes, its table, and what a broken case does to the rest."""

from pathlib import Path
from typing import Any

import pytest

from tests.chaos.__main__ import play
from tests.chaos.count import Count
from tests.chaos.losses import ALL
from tests.chaos.sizes import SIZES
from tests.chaos.table import table


def test_every_case_says_how_many_readers_it_needs() -> None:
    assert SIZES.keys() == ALL.keys()


def test_the_table_tells_of_each_case_what_was_lost_and_how_long_it_took() -> None:
    told = {"case": "relay-down", "lost": 0, "received_more": 0, "health_said_s": 70.2,
            "recovered_s": 12.0, "seconds": 90.1, "ok": True}  # fmt: skip
    broken = {"case": "restarts", "ok": False, "error": "TimeoutExpired: 60 seconds"}
    head, first, second = table([told, broken]).splitlines()
    assert head.split("  ")[0] == "case" and "health said so" in head
    assert first.split() == ["relay-down", "0", "0", "70.2", "s", "12.0", "s", "90.1", "ok"]
    assert second.endswith("FAILED TimeoutExpired: 60 seconds")


def test_a_case_that_breaks_is_told_and_cleared_up_and_the_list_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Stage:
        case, seed, began, cleared = "restarts", 7, 0.0, False
        log = tmp_path / "workers.log"

        def clear(self) -> None:
            self.cleared = True

    def broken(stage: Any) -> Count:
        raise TimeoutError("It did not end in time.")

    stage: Any = Stage()
    stage.log.write_text("the workers' last words")
    found = play(stage, broken)
    assert (found["case"], found["ok"], found["seed"]) == ("restarts", False, 7)
    assert found["error"] == "TimeoutError: It did not end in time."
    assert stage.cleared and "the workers' last words" in capsys.readouterr().err
