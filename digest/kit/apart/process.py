"""Strangers' documents are read in a process apart, which can be killed and replaced.

No limit inside a parser is sure: a regular expression or a C library does not look at clocks, and
``except Exception`` eats what a signal raises. So the kernel holds the limits: RLIMIT_CPU ends
the process by a signal that nobody handles, RLIMIT_DATA lets an allocation fail, and whoever
waits kills it when the clock on the wall has run too far. What a document cost is known then, and
the next one gets a new process.
"""

import atexit
import os
import pickle
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any

_FRAME = struct.Struct(">QQ")
_MB = 1024 * 1024
# CPU seconds a call may take: what a document of 4 MB full of tags needs, three times over.
CPU_SECONDS = 4
CPU_SECONDS_PER_MB = 4
# A machine with too much to do gets this much longer by the clock on the wall.
WALL_FACTOR = 5
# Memory beyond what the process holds when a call begins: of the fifty megabytes that are promised,
# for pages of libraries that are touched late count too, and are not limited.
MEMORY = 45 * _MB
MEMORY_PER_BYTE = 10
# A process that has grown by so much is replaced, for its allocator gives nothing back.
_GROWN = 96 * _MB
# So is one of which so much lies empty: addresses that count as its own, though no page is there.
_HOLLOW = 6 * _MB
_IDLE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Killed:
    """A call that was ended, and why: a sentence for an editor. Calling again would end so, too."""

    reason: str


class Apart:
    """One process that calls pure functions by their dotted paths, one call at a time.

    Started at the first call and replaced when it dies. :meth:`begin` a call, do something else,
    :meth:`finish` it; or :meth:`call` at once. Not for several threads at once.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._deadline = 0.0
        self._said = ""
        self.is_busy = False

    def call(self, function: str, body: bytes, *more: Any) -> Any:
        """What ``function`` ("package.module:name") answers to ``(body, *more)``, or Killed."""
        self.begin(function, body, *more)
        while True:
            ended, answer = self.finish(seconds=60.0)
            if ended:
                return answer

    def begin(self, function: str, body: bytes, *more: Any) -> None:
        """Hand a call over. Its limits grow with the body."""
        assert not self.is_busy, "The process is busy: finish its call first."
        cpu = CPU_SECONDS + CPU_SECONDS_PER_MB * len(body) // _MB
        self._said = (
            f"Reading its {len(body):,} bytes took more than {cpu} seconds of computing, as long "
            "as ten thousand others take."
        )
        head = pickle.dumps((function, cpu, more), pickle.HIGHEST_PROTOCOL)
        self._deadline = time.monotonic() + cpu * WALL_FACTOR + 20.0
        self.is_busy = True
        for _ in range(2):
            process = self._running()
            assert process.stdin is not None
            try:
                process.stdin.write(_FRAME.pack(len(head), len(body)))
                process.stdin.write(head)
                process.stdin.write(body)
                process.stdin.flush()
            except OSError:
                # It ended while it was idle: nothing of this call has been looked at.
                self._kill()
            else:
                return
        raise OSError("The process that reads documents does not start; its errors are logged.")

    def finish(self, *, seconds: float) -> tuple[bool, Any]:
        """Whether the call has ended, within ``seconds``, and its answer: a value or Killed.

        Raises what the function raised.
        """
        assert self.is_busy and self._process is not None and self._process.stdout is not None
        out = self._process.stdout
        wait = min(seconds, max(0.0, self._deadline - time.monotonic()))
        if not select.select([out], [], [], wait)[0]:
            if time.monotonic() < self._deadline:
                return False, None
            self._kill()
            self.is_busy = False
            return True, Killed(self._said)
        self.is_busy = False
        answer = _received(out)
        if answer is None:
            return True, Killed(self._cause())
        good, value, is_worn = pickle.loads(answer[0])  # noqa: S301 - our own process wrote it
        if is_worn or isinstance(value, MemoryError):
            self._kill()
        if isinstance(value, MemoryError):
            return True, Killed(
                "Reading it takes more memory than ten times its size: it is made to hurt."
            )
        if not good:
            raise value
        return True, value

    def cpu_seconds(self) -> float:
        """What the running process has used so far (proc(5), stat)."""
        if self._process is None:
            return 0.0
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """End the process."""
        self._kill()
        self.is_busy = False

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            root = str(Path(__file__).resolve().parents[3])
            paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "digest.kit.apart.process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # A thread an own arena, and BLAS a thread a core, would only cost memory here.
                env=os.environ
                | {
                    "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
                    "OPENBLAS_NUM_THREADS": "1",
                    "MALLOC_ARENA_MAX": "1",
                },
            )
        return self._process

    def _cause(self) -> str:
        assert self._process is not None
        code = self._process.wait(10)
        self._kill()
        if code in {-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGTERM}:
            return self._said
        return "The process that reads documents died at it: it is made to hurt."

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass


_own: dict[tuple[int, int, str], Apart] = {}


def own(name: str = "") -> Apart:
    """This thread's process apart of this name, kept from call to call; a fork's is another."""
    mine = (os.getpid(), threading.get_ident(), name)
    if mine not in _own:
        if not _own:
            atexit.register(_close_all)
        _own[mine] = Apart()
    return _own[mine]


def _close_all() -> None:
    for (pid, *_), each in list(_own.items()):
        if pid == os.getpid():
            each.close()


def _received(pipe: IO[bytes]) -> tuple[bytes, bytes] | None:
    """A frame's head and body; None when the other side has gone."""
    frame = pipe.read(_FRAME.size)
    if len(frame) < _FRAME.size:
        return None
    head_length, body_length = _FRAME.unpack(frame)
    head, body = pipe.read(head_length), pipe.read(body_length)
    return (head, body) if len(head) + len(body) == head_length + body_length else None


@dataclass(frozen=True, slots=True)
class _Memory:
    """In bytes, what counts against RLIMIT_DATA, and how much of that has no page behind it."""

    data: int
    hollow: int

    @staticmethod
    def now() -> "_Memory":
        """Of this process (proc(5), status): VmData, and VmData without RssAnon."""
        found = {}
        with open("/proc/self/status", "rb") as status:
            for line in status:
                name, _, value = line.partition(b":")
                if name in {b"VmData", b"RssAnon"}:
                    found[name] = int(value.split()[0]) * 1024
        data = found.get(b"VmData", 0)
        return _Memory(data, max(0, data - found.get(b"RssAnon", 0)))

    def is_worn(self, first: "_Memory") -> bool:
        """Whether a process that had ``first`` once it was ready is to be replaced."""
        return self.data - first.data > _GROWN or self.hollow - first.hollow > _HOLLOW


@cache
def _function(path: str) -> tuple[Callable[..., Any], _Memory]:
    """What is called, with the libraries its module names in ``LOADED_FIRST`` and after its
    ``get_ready``, if it has them: no document pays for them. And how much memory the process had
    then."""
    module, _, name = path.partition(":")
    home = import_module(module)
    for library in getattr(home, "LOADED_FIRST", ()):
        import_module(library)
    getattr(home, "get_ready", lambda: None)()
    return getattr(home, name), _Memory.now()


def _serve() -> None:
    """Answer calls until the other side goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    inlet, outlet = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a library prints must not end up among the answers.
    os.dup2(2, 1)
    parent = os.getppid()
    while True:
        while not select.select([inlet], [], [], _IDLE_SECONDS)[0]:
            if os.getppid() != parent:
                return
        received = _received(inlet)
        if received is None:
            return
        answer = _answer(*received)
        outlet.write(_FRAME.pack(len(answer), 0))
        outlet.write(answer)
        outlet.flush()


def _answer(head: bytes, body: bytes) -> bytes:
    function, cpu, more = pickle.loads(head)  # noqa: S301 - our own parent wrote it
    good, value, first = True, None, _Memory.now()
    try:
        called, first = _function(function)
        _limit(cpu, len(body), first)
        value = called(body, *more)
        worn = _Memory.now().is_worn(first)
        answer = pickle.dumps((good, value, worn), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        value = None
        _unlimit()
        return pickle.dumps((False, MemoryError(), True))
    except Exception as error:
        _unlimit()
        try:
            return pickle.dumps((False, error, _Memory.now().is_worn(first)))
        except Exception:
            return pickle.dumps((False, RuntimeError(repr(error)[:500]), False))
    _unlimit()
    return answer


def _limit(cpu: int, size: int, first: _Memory) -> None:
    """The kernel's limits for what follows. What earlier calls left empty is filled before."""
    none = resource.RLIM_INFINITY
    used = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + cpu + 1, none))
    memory = _Memory.now()
    most = memory.data - max(0, memory.hollow - first.hollow)
    most += MEMORY + (MEMORY_PER_BYTE - 1) * size
    resource.setrlimit(resource.RLIMIT_DATA, (most, none))


def _unlimit() -> None:
    none = resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_CPU, (none, none))
    resource.setrlimit(resource.RLIMIT_DATA, (none, none))


if __name__ == "__main__":
    _serve()
