"""What a running ``digest up`` gave its processes: a second shell speaks of the same service."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

_NAME = "up.json"


@dataclass(frozen=True, slots=True)
class RunningService:
    """A service in the foreground: its supervisor's process id, and settings by name."""

    pid: int
    environment: Mapping[str, str]


def write(home: Path, environment: Mapping[str, str]) -> None:
    """Note that this process serves ``home``; only its owner may read the file."""
    path = home / _NAME
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    own = psutil.Process(os.getpid())
    noted = {"pid": own.pid, "began": own.create_time(), "environment": dict(environment)}
    path.write_text(json.dumps(noted), encoding="utf-8")


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
    return RunningService(pid, environment) if alive else None


def remove(home: Path) -> None:
    """The service of this process has ended."""
    (home / _NAME).unlink(missing_ok=True)
