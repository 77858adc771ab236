"""Worker processes of the table, started for real and killed without mercy."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tests.deadlines import slowness

ROOT = Path(__file__).resolve().parents[2]


class Crew:
    """The processes of ``names``, each in a session of its own so that a kill takes its children.

    Their output goes to ``log``. With a ``skew`` their clocks jump, by that seed. ``resting``: they
    start when they are first needed.
    """

    def __init__(
        self, names: Iterable[str], *, log: Path, skew: str = "", resting: bool = False
    ) -> None:
        self._names = list(names)
        self._log = log
        self._skew = skew
        self._resting = resting
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.kills = 0

    def __enter__(self) -> Self:
        if not self._resting:
            self.revive()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.rest()

    def revive(self) -> None:
        """Start whichever does not run."""
        for name in self._names:
            if name not in self._running:
                self.start(name)

    def rest(self) -> None:
        """End all of them at once, until they are needed again."""
        for name in list(self._running):
            self._signal(name, signal.SIGKILL)

    def start(self, name: str) -> None:
        """Start one process of the table, or beat."""
        words = ["tests.scenes.skewed", name, self._skew] if self._skew else ["workers", name]
        with self._log.open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=os.environ.copy(),
            )

    def check(self) -> None:
        """Raise when a process has ended by itself."""
        for name, process in self._running.items():
            if process.poll() is not None:
                tail = self._log.read_text(encoding="utf-8", errors="replace")[-3000:]
                raise RuntimeError(f"{name} ended with {process.returncode}:\n{tail}")

    def kill(self, *names: str) -> None:
        """kill -9, with all children; then start afresh. ``kills`` counts the senders killed."""
        for name in names:
            self._signal(name, signal.SIGKILL)
            self.kills += name == "digests"
        for name in names:
            self.start(name)

    def kill_largest(self, name: str) -> int:
        """SIGKILL to the child with the most memory, which is whom the kernel picks; how many were
        killed, 0 or 1.
        """
        children = psutil.Process(self._running[name].pid).children(recursive=True)
        if not children:
            return 0
        max(children, key=lambda each: each.memory_info().rss).kill()
        return 1

    def restart(self, name: str, seconds: float = 60.0) -> None:
        """SIGTERM to the process and its children, as a process manager does; then start afresh.

        Raises TimeoutExpired when it does not end in time, which is longer on a slow machine.
        """
        process = self._running[name]
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(seconds * slowness())
        self._signal(name, signal.SIGKILL)
        self.start(name)

    def _signal(self, name: str, number: signal.Signals) -> None:
        process = self._running.pop(name)
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            pass
        process.wait()
