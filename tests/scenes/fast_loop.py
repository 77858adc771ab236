"""An event loop in which hours pass in seconds: all its waits are shortened by one factor."""

import asyncio
import selectors
import time
from collections.abc import Callable
from typing import Any


class _Shortened(selectors.DefaultSelector):
    """Waits for a part of what it is asked to."""

    speed = 1.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout > 0:
            timeout /= self.speed
        return super().select(timeout)


class FastLoop(asyncio.SelectorEventLoop):
    """Its clock runs ``speed`` times as fast as the world's."""

    def __init__(self, speed: float) -> None:
        selector = _Shortened()
        selector.speed = speed
        self._speed, self._origin = speed, time.monotonic()
        super().__init__(selector)

    def time(self) -> float:
        return self._origin + (time.monotonic() - self._origin) * self._speed


def fast(speed: float) -> Callable[[], asyncio.AbstractEventLoop]:
    """For those who take a factory of loops."""

    def make() -> Any:
        return FastLoop(speed)

    return make
