"""Processes: kept running until a signal, ended with their supervisor, found ports, made nicer, and
told that something urgent is under way.
"""

import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from digest.kit.errors import SetupError
from digest.kit.observe import log

_PR_SET_PDEATHSIG = 1
# The ports that this process has chosen, each with the socket that holds its name.
_CHOSEN: dict[int, socket.socket] = {}
# Names the process above to those that it starts by way of others.
PARENT = "SERVING_PARENT_PID"
# Linux weighs whole sessions against each other first (sched(7), "The autogroup feature").
_SESSION = Path("/proc/self/autogroup")
# What a process whose supervisor is gone hears before it is killed, and every how many seconds.
_TIMES_TOLD, _TOLD_EVERY = 20, 1.0
# A file of the machine's data folder: how long ago it was touched is all that it says.
_HASTE, _HASTE_SECONDS = "haste", 1.0


@dataclass(frozen=True, slots=True)
class Child:
    """A command to keep running, and what to add to its environment.

    ``once``: it has a task that ends; it is started again only when it failed.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    once: bool = False


class ChildProcesses:
    """The running children. Used as a context, it ends them on the way out."""

    def __init__(self, children: Sequence[Child], *, log_folder: str | None = None) -> None:
        self._children = list(children)
        self._log_folder = log_folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._failures: dict[str, list[float]] = {child.name: [] for child in children}
        self._due: dict[str, float] = {}

    def __enter__(self) -> "ChildProcesses":
        for child in self._children:
            self._start(child)
        return self

    def __exit__(self, *exception: object) -> None:
        self.end()

    def pid(self, name: str) -> int:
        """The process id of a child."""
        return self._processes[name].pid

    def look(self) -> None:
        """Restart children that have ended, after a pause that grows with each failure."""
        for child in self._children:
            process = self._processes[child.name]
            if process.poll() is None or (child.once and process.returncode == 0):
                continue
            if child.name not in self._due:
                recent = [at for at in self._failures[child.name] if time.monotonic() - at < 60]
                self._failures[child.name] = [*recent, time.monotonic()]
                pause = min(0.2 * 2 ** len(recent), 15.0)
                self._due[child.name] = time.monotonic() + pause
                log.warning(
                    "process ended", process=child.name, code=process.returncode, restart_in=pause
                )
            elif time.monotonic() >= self._due[child.name]:
                del self._due[child.name]
                self._start(child)

    def end(self, patience: float = 30.0) -> None:
        """SIGTERM to all, last started first; SIGKILL to whoever has not ended in time."""
        running = [p for p in reversed(list(self._processes.values())) if p.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + patience
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("process killed: it did not end in time", pid=process.pid)
                process.kill()
                process.wait()

    def _start(self, child: Child) -> None:
        output = None
        if self._log_folder is not None:
            # Kept open by the child alone; the supervisor's copy is closed below.
            output = open(os.path.join(self._log_folder, f"{child.name}.log"), "ab")  # noqa: SIM115
        try:
            self._processes[child.name] = subprocess.Popen(
                list(child.command),
                env={**os.environ, **child.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # A terminal's Ctrl-C goes to the whole group; children end by our SIGTERM alone,
                # in order, or the mail being handed over would be cut off.
                start_new_session=True,
                preexec_fn=_end_with_parent(os.getpid()),
            )
        finally:
            if output is not None:
                output.close()


def supervise(
    children: Sequence[Child],
    *,
    on_tick: Callable[[], None] | None = None,
    on_end: Callable[[], None] | None = None,
    log_folder: str | None = None,
) -> int:
    """Run ``children`` until SIGTERM or SIGINT, restarting what ends; returns 0.

    ``on_end`` is called before they are told to end, which may take a while.
    What they print goes to a file each in ``log_folder``; without one, to where ours goes.
    """
    ending = False

    def end(signum: int, frame: FrameType | None) -> None:
        nonlocal ending
        ending = True

    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, end)
    with ChildProcesses(children, log_folder=log_folder) as running:
        while not ending:
            time.sleep(0.2)
            running.look()
            if on_tick is not None:
                on_tick()
        if on_end is not None:
            on_end()
    return 0


def _end_with_parent(parent: int) -> Callable[[], None] | None:
    """On Linux a child gets SIGTERM when its supervisor dies, however it dies."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def before_exec() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(0)

    return before_exec


class NoPort(SetupError, RuntimeError):
    """Every port of the range is taken."""


def free_port(first: int, tries: int = 200) -> int:
    """The first port on 127.0.0.1 from ``first`` that nothing listens on; NoPort when none is.

    It is this process's until it ends: what is to listen there may take a minute to start, and
    another `digest up` looks meanwhile.
    """
    for port in range(first, first + tries):
        if port in _CHOSEN or not hold_port(port):
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                _CHOSEN.pop(port).close()
                continue
            return port
    raise NoPort(f"No free port from {first} to {first + tries - 1}; set DIGEST_BIND.")


def same_port(kept: Path, first: int) -> int:
    """The port that stands in the file ``kept``, if it is free; else the first free one from
    ``first``, which is written there: what links to it leads there after a new start, too.
    """
    try:
        port = free_port(int(kept.read_text(encoding="ascii")), tries=1)
    except (OSError, ValueError, OverflowError, NoPort):
        port = free_port(first)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(str(port), encoding="ascii")
    return port


def hold_port(port: int) -> bool:
    """Hold a name for the port that no other process can have, however it ends.

    On Linux the name is an abstract address (unix(7)); elsewhere the look alone has to do. False
    when another process holds it.
    """
    held = _CHOSEN[port] = socket.socket(socket.AF_UNIX)
    if sys.platform.startswith("linux"):
        try:
            held.bind(f"\0digest-port-{port}")
        except OSError:
            _CHOSEN.pop(port).close()
            return False
    return True


def give_way(niceness: int) -> None:
    """Leave the machine to others when there is too much to do: this process, and its children.

    ``niceness`` is added to what it has (nice(2)).
    """
    os.nice(niceness)
    try:
        _SESSION.write_text(str(niceness), encoding="ascii")
    except OSError:
        pass  # a system without it


def make_haste(home: Path) -> None:
    """Let who can wait on this machine do so for the next second.

    Niceness does not do it alone. A mail waits for its relay's answer and a row for the database,
    thousands of times, and each time until whoever computes meanwhile has had its turn.
    """
    try:
        (home / _HASTE).touch()
    except OSError:
        pass  # a folder that cannot be written to: then nobody waits


def is_haste(home: Path) -> bool:
    """Whether somebody on this machine has asked for haste within the last second."""
    try:
        age = time.time() - (home / _HASTE).stat().st_mtime
    except OSError:
        return False
    return abs(age) < _HASTE_SECONDS


def end_with_parent(parent: int | None = None) -> None:
    """On Linux this process gets SIGTERM when its parent dies, however it dies.

    ``parent`` is the process that should be above this one; it ends at once when that one is gone
    by now. Without it, a parent that died while this process loaded is not missed. What the parent
    does at a SIGTERM, which a forked process inherits, is forgotten: it would end nothing here.
    """
    if parent == os.getpid():
        return
    above = os.getppid() if parent is None else parent
    before_exec = _end_with_parent(above)
    if before_exec is not None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        before_exec()
        _insist_when_gone(above)


def _insist_when_gone(parent: int) -> None:
    """Tell this process again and again to end once ``parent`` is gone, and end it at last.

    One SIGTERM may be missed: a server's event loop takes signals over a moment before it listens
    (uvloop forgets what comes in between), and nobody above is left who would tell it once more.
    """
    try:
        ended = os.pidfd_open(parent)  # readable from its end on: pidfd_open(2), Linux 5.3
    except (AttributeError, OSError):
        return

    def watch() -> None:
        select.select([ended], [], [])
        for _ in range(_TIMES_TOLD):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(_TOLD_EVERY)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="end with parent", daemon=True).start()
