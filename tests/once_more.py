"""Runs by themselves the few tests that failed beside others: ``python -m tests.once_more FILE``.

``pytest -p tests.once_more --failed-to FILE`` writes their names there.

Browsers and processes share two cores with other tests, and a machine may stall. A test that fails
there and passes alone is named in the last lines: it is a race of ours or of the test's until
somebody has found which, and never a reason to look away. More than ``MOST`` failures are no
stall, and end the run as they are.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

MOST = 3


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--failed-to``: the file that takes the names."""
    parser.addoption(
        "--failed-to", type=Path, help="write the names of failed tests there, as JSON"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Names of an earlier run are none of this one's."""
    file: Path | None = config.getoption("--failed-to")
    if file is not None and not hasattr(config, "workerinput"):
        file.unlink(missing_ok=True)


def pytest_terminal_summary(
    terminalreporter: Any, exitstatus: pytest.ExitCode, config: pytest.Config
) -> None:
    """Write who failed, or could not be set up or torn down, where the run came to its end."""
    file: Path | None = config.getoption("--failed-to")
    if file is None or exitstatus != pytest.ExitCode.TESTS_FAILED:
        return
    stats = terminalreporter.stats
    reports = [*stats.get("failed", []), *stats.get("error", [])]
    file.write_text(json.dumps(sorted({each.nodeid for each in reports})))


def failed(file: Path) -> list[str]:
    """The tests that pytest's last run says failed; empty where it ended without saying so."""
    return list(json.loads(file.read_text())) if file.exists() else []


def may_run_again(names: list[str]) -> bool:
    """Whether these few may be judged alone: whole files that could not be read may not."""
    return 0 < len(names) <= MOST and all("::" in name for name in names)


def main() -> int:
    """1 where a test fails again, or where too many failed; else 0, with their names said."""
    names = failed(Path(sys.argv[1]))
    if not may_run_again(names):
        return 1
    for name in names:
        command = [sys.executable, "-m", "pytest", "-q", name]
        if subprocess.run(command, check=False).returncode:
            print(f"FAILED TWICE, beside others and alone: {name}")
            return 1
    for name in names:
        print(f"FAILED BESIDE OTHERS, passed alone (a race: find whose): {name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
