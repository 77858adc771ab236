"""Waiting for what workers do."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.scenes.processes import Crew


def until(
    met: Callable[[], bool], crew: "Crew", seconds: float = 1800.0, pause: float = 0.005
) -> None:
    """Wait for a condition. Raises TimeoutError, and RuntimeError when a worker has died."""
    deadline = time.monotonic() + seconds
    while not met():
        crew.check()
        if time.monotonic() > deadline:
            raise TimeoutError("The workers did not get that far.")
        time.sleep(pause)
