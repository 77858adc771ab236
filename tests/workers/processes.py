"""Processes of the service on the test database and a broker of their own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from kombu import Producer

from digest.kit import valkey
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


@contextmanager
def producer(environment: Mapping[str, str]) -> Iterator[Producer]:
    """What sends tasks to the environment's broker; the application's own settings name another."""
    from workers.app import app  # Loads Celery, which whoever only collects tests does without.

    with app.connection_for_write(environment["REDIS_URL"]) as connection:
        yield app.amqp.Producer(connection, auto_declare=False)


def beat_once(environment: Mapping[str, str]) -> None:
    """Let beat's scheduler send every tick of the schedule, once, as a beat that has just begun."""
    from workers.app import app
    from workers.beat import Ticks

    with (
        producer(environment) as sending,
        redis.Redis.from_url(environment["REDIS_URL"]) as client,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(valkey, "client", lambda: client)
        beat = Ticks(app, lazy=True)
        beat.setup_schedule()
        for entry in beat.schedule.values():
            beat.apply_entry(entry, producer=sending)


def until(wanted: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Wait for a condition; AssertionError with ``what`` when it never holds."""
    deadlines.until(wanted, what, seconds, pause=0.05)
