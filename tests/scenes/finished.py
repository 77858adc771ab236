"""A fault run or a bench from its beginning to its end, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.deadlines import limit

ROOT = Path(__file__).resolve().parents[2]


def finished_run(*words: str) -> dict[str, Any]:
    """What ``python -m WORDS…`` said in its last line, as JSON; it has to end well."""
    run = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=limit(880),
    )
    assert run.stdout.strip(), run.stderr[-4000:]
    found = json.loads(run.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    assert run.returncode == 0, f"{found}\n{run.stderr[-4000:]}"
    return found
