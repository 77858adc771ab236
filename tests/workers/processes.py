"""Processes of the service on the test database and a broker of their own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests import deadlines
from workers.queues import Queue

ROOT = Path(__file__).resolve().parents[2]
ALL_QUEUES = ",".join(queue.value for queue in Queue)


@contextmanager
def process(
    *words: str, environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """``python WORDS…`` until the end of the block; whatever is left of it is then killed."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield child
    finally:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.wait()


def worker_words(*more: str) -> list[str]:
    """A worker of one child for every queue, with Celery's own command."""
    return [
        *("-m", "celery", "--quiet", "--app", "workers.app:app", "worker", "--concurrency", "1"),
        *("--queues", ALL_QUEUES, "--without-gossip", "--without-mingle", *more),
    ]


def beat_once(environment: Mapping[str, str]) -> None:
    """Let beat's scheduler send every tick of the schedule, once."""
    script = (
        "from workers.app import app\n"
        "from workers.beat import Ticks\n"
        "beat = Ticks(app, lazy=True)\n"
        "beat.setup_schedule()\n"
        "for entry in beat.schedule.values(): beat.apply_entry(entry, producer=beat.producer)\n"
    )
    subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env={**os.environ, **environment}, check=True
    )


def until(wanted: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Wait for a condition; AssertionError with ``what`` when it never holds."""
    deadlines.until(wanted, what, seconds, pause=0.05)
