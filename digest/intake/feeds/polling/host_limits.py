"""Whose turn it is at a host: how many at once, how far apart, and who wants to be left alone."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit


class HostLimits:
    """Turns at hosts, ``waiting`` of them not come yet. With ``per_host`` 0 all come at once."""

    def __init__(self, per_host: int, spacing: float) -> None:
        self._per_host = per_host
        self._spacing = spacing
        self._semaphores: dict[str, asyncio.Semaphore] = {}
        self._next: dict[str, float] = {}
        self._left_alone: dict[str, Any] = {}
        self.waiting = 0

    @asynccontextmanager
    async def at(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn at ``host``, and have it."""
        if not self._per_host:
            yield
            return
        self.waiting += 1
        try:
            semaphore = self._semaphores.setdefault(host, asyncio.Semaphore(self._per_host))
            await semaphore.acquire()
            try:
                await self._apart(host)
            except BaseException:
                semaphore.release()
                raise
        finally:
            self.waiting -= 1
        try:
            yield
        finally:
            semaphore.release()

    async def _apart(self, host: str) -> None:
        # From when the one before really began: a loop that was held up lets two go together else.
        while host not in self._left_alone:
            wait = self._next.get(host, 0.0) - time.monotonic()
            if wait <= 0:
                break
            await asyncio.sleep(wait)
        self._next[host] = time.monotonic() + self._spacing

    def leave_alone(self, host: str, answer: Any) -> None:
        """``host`` asked for patience with ``answer``."""
        if self._per_host:
            self._left_alone.setdefault(host, answer)

    def patience(self, host: str) -> Any:
        """The answer with which ``host`` asked to be left alone, or None."""
        return self._left_alone.get(host)


def host_of(url: str) -> str:
    """The host of an address in lower case; "" for what is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
