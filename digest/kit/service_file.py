"""What a running ``digest up`` gave its processes: a second shell speaks of the same service."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from digest.kit.errors import SetupError

_NAME, _LOCK = "up.json", "up.lock"


class RunsAlready(SetupError, RuntimeError):
    """Another service runs in this data folder; the text says what to do."""


@dataclass(frozen=True, slots=True)
class RunningService:
    """A service in the foreground: its supervisor's process id, and settings by name."""

    pid: int
    environment: Mapping[str, str]
    is_ending: bool = False


@contextmanager
def only_one(home: Path, *, say: Callable[[str], None], patience: float = 90.0) -> Iterator[None]:
    """Be the one service of ``home``, from before its servers start until after they have stopped.

    One that is only starting, or ending, is waited for, up to ``patience`` seconds. Raises
    RunsAlready. The lock dies with its process, however that ends.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = os.open(home / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(lock, home, say, time.monotonic() + patience)
        yield
    finally:
        os.close(lock)


def _take(lock: int, home: Path, say: Callable[[str], None], deadline: float) -> None:
    waiting = False
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            running = read(home)
            if (running and not running.is_ending) or time.monotonic() > deadline:
                raise RunsAlready(_words(home, running)) from None
        else:
            return
        if not waiting:
            say(f"Another service on {home} is starting or ending; waiting for it.")
            waiting = True
        time.sleep(0.1)


def _words(home: Path, running: RunningService | None) -> str:
    where = running.environment.get("DIGEST_BASE_URL", "") if running else ""
    which = f" (process {running.pid}, {where}/)" if running else ""
    return (
        f"A service runs on {home} already{which}. "
        "End that one, or give this one a DIGEST_HOME of its own."
    )


def write(home: Path, environment: Mapping[str, str], *, is_ending: bool = False) -> None:
    """Note that this process serves ``home``; only its owner may read the file."""
    path, new = home / _NAME, home / f"{_NAME}.new"
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    own = psutil.Process(os.getpid())
    noted = {
        "pid": own.pid,
        "began": own.create_time(),
        "ending": is_ending,
        "environment": dict(environment),
    }
    new.write_text(json.dumps(noted), encoding="utf-8")
    # Nobody reads half of it.
    new.replace(path)


def read(home: Path) -> RunningService | None:
    """The service that runs on ``home`` now; None when there is none, or only its old file."""
    try:
        noted = json.loads((home / _NAME).read_text(encoding="utf-8"))
        pid, began = int(noted["pid"]), float(noted["began"])
        environment = {str(name): str(value) for name, value in noted["environment"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    try:
        # A number may have been given to another process since.
        alive = abs(psutil.Process(pid).create_time() - began) < 1
    except psutil.Error:
        return None
    ending = noted.get("ending") is True
    return RunningService(pid, environment, ending) if alive else None


def remove(home: Path) -> None:
    """The service of this process has ended."""
    (home / _NAME).unlink(missing_ok=True)
