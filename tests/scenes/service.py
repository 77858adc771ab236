"""``digest up`` as an operator starts it, on the parts that the environment names."""

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from digest.kit.supervise import free_port
from tests.deadlines import slowness

# How `digest` ends when it must not start.
REFUSED = 2
ROOT = Path(__file__).resolve().parents[2]


class Service:
    """One ``digest up`` at a time, its children in it; all of them end with the block."""

    def __init__(self, *, log: Path) -> None:
        self._log = log
        self._port = free_port(18_800)
        self._process: subprocess.Popen[bytes] | None = None
        self._children: list[psutil.Process] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def start(self) -> subprocess.Popen[bytes]:
        """Start one, beside whatever is left of the one before."""
        self._process = self.another()
        return self._process

    def another(self) -> subprocess.Popen[bytes]:
        """Start one more, which is the caller's to look after."""
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "digest", "up"],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "DIGEST_BIND": f"127.0.0.1:{self._port}"},
            )

    def answers(self) -> bool:
        """Whether its pages answer."""
        place = f"http://127.0.0.1:{self._port}/health/live"
        try:
            with urllib.request.urlopen(place, timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def is_the_one_beside(self, other: "subprocess.Popen[bytes]") -> bool:
        """Whether one of the two was refused by now and the other runs, which is then ours."""
        assert self._process is not None
        first, second = self._process, other
        if first.poll() == REFUSED and second.poll() is None:
            self._process = second
            return True
        return first.poll() is None and second.poll() == REFUSED

    def kill(self) -> None:
        """SIGKILL to the supervisor alone: its children learn of it by themselves."""
        assert self._process is not None
        self._children += psutil.Process(self._process.pid).children(recursive=True)
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """Ctrl-C, and SIGKILL to whoever is left long after, of those killed before too."""
        process = self._process
        if process is not None and process.poll() is None:
            self._children += psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGINT)
            try:
                process.wait(90 * slowness())
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        _, left = psutil.wait_procs(self._children, timeout=60 * slowness())
        for each in left:
            each.kill()
