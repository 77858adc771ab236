"""All tests, in two halves at once: ``python -m tests.side_by_side``, which ``make test`` calls.

The quick half fills the cores; the other starts processes and browsers of its own and often waits
for them, for relays and for clocks. One after the other they would leave cores idle for minutes.
Each half has servers of its own. The quick one gives way, for it waits for nobody.

Both come to their end, whatever the other does. The slow half shows itself as it runs, the quick
half's words follow. The few that fail beside others are judged alone, when nothing runs any more.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".venv"
# Files of the slow half are given to this many: as many wait as work.
SLOW_WORKERS = 4
_SLOW = "slow or browser"
# Rather a file too many than one that says it in another way.
_MARKS = re.compile(r"\b(slow|browser)\b")
_GIVES_WAY = 5


def quick_words() -> list[str]:
    """What pytest is told for the tests that share the cores well. With two processes a core they
    keep the cores busy once the slow half is through: a third of their time they wait for
    PostgreSQL and for servers of their own."""
    workers = str(2 * (os.cpu_count() or 1))
    return ["-m", f"not ({_SLOW})", "-n", workers, "--dist", "worksteal"]


def slow_words(failed: Path) -> list[str]:
    """And for the others: whole files at a time, of those that know such tests."""
    files = [str(each.relative_to(ROOT)) for each in sorted((ROOT / "tests").rglob("test_*.py"))]
    knowing = [each for each in files if _knows_slow(ROOT / each)]
    order = ["-n", str(SLOW_WORKERS), "--dist", "loadfile", "--no-loadscope-reorder"]
    return ["-m", _SLOW, *order, "-p", "tests.once_more", "--failed-to", str(failed), *knowing]


def _knows_slow(file: Path) -> bool:
    return _MARKS.search(file.read_text(encoding="utf-8")) is not None


def run(quick: Sequence[str], slow: Sequence[str], *, kept: Path) -> tuple[int, int]:
    """Both commands at once, to the end of both; how they ended.

    The quick one's words are kept in ``kept``/quick.txt meanwhile, for lines of two would mix.
    """
    told = kept / "quick.txt"
    with (
        told.open("wb") as words,
        subprocess.Popen(
            [*quick],
            stdout=words,
            stderr=words,
            env={**os.environ, "TESTS_FOLDER": "tests-quick"},
            preexec_fn=lambda: os.nice(_GIVES_WAY),
        ) as beside,
    ):
        ended = subprocess.run([*slow], check=False).returncode
        if beside.poll() is None:
            print("The slow half is through; the quick one goes on.", flush=True)
    sys.stdout.write(told.read_text(encoding="utf-8", errors="replace"))
    return beside.returncode, ended


def main() -> int:
    """0 where all passed, those judged alone too."""
    pytest = [sys.executable, "-m", "pytest", "-q"]
    failed = KEPT / "failed.json"
    quick, slow = run([*pytest, *quick_words()], [*pytest, *slow_words(failed)], kept=KEPT)
    if slow:
        slow = subprocess.run(
            [sys.executable, "-m", "tests.once_more", str(failed)], check=False
        ).returncode
    for half, code in (("quick", quick), ("slow", slow)):
        print(f"The {half} half {'failed' if code else 'passed'}.")
    return int(bool(quick or slow))


if __name__ == "__main__":
    raise SystemExit(main())
