"""What failed beside others is judged alone, and named; whatever is more than that stays failed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import once_more

_FLAKY = """
from pathlib import Path
import pytest

@pytest.mark.parametrize("which", range({failing}))
def test_of_a_race(which):
    seen = Path(__file__).with_name(f"seen{{which}}")
    known = seen.exists()
    seen.touch()
    assert known and {passes}
"""


def run(folder: Path, failing: int, passes: bool) -> tuple[int, str]:
    """A run of tests that fail the first time, then what is said of them alone."""
    file = folder / "test_flaky.py"
    file.write_text(_FLAKY.format(failing=failing, passes=passes))
    names = folder / "failed.json"
    # They need no plugin but pytest's own, which are most of what a start takes.
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "", "PYTEST_ADDOPTS": ""}
    place = {**os.environ, **alone, "PYTHONPATH": str(Path(__file__).parents[2])}
    first = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.once_more", "--failed-to", names, file],
        cwd=folder, env=place, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert first.returncode == 1, first.stdout
    again = subprocess.run(
        [sys.executable, "-m", "tests.once_more", str(names)],
        cwd=folder, env=place, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return again.returncode, again.stdout


def test_what_passes_alone_is_named_and_ends_well(tmp_path: Path) -> None:
    code, said = run(tmp_path, failing=2, passes=True)
    assert code == 0
    assert said.count("FAILED BESIDE OTHERS, passed alone") == 2


def test_what_fails_alone_too_fails(tmp_path: Path) -> None:
    code, said = run(tmp_path, failing=1, passes=False)
    assert code == 1
    assert "FAILED TWICE" in said


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["tests/test_a.py"],
        ["tests/test_a.py", "tests/test_b.py::test_c"],
        [f"tests/test_a.py::test_{n}" for n in range(4)],
    ],
)
def test_many_failures_and_files_that_cannot_be_read_stay_failures(names: list[str]) -> None:
    assert not once_more.may_run_again(names)


def test_a_run_that_did_not_come_to_its_end_names_nobody(tmp_path: Path) -> None:
    assert once_more.failed(tmp_path / "none.json") == []
