"""Places for requests, and an honest no when there will be none in time."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from digest.kit.errors import ServiceError


class Full(ServiceError):
    """No place came free in time, or none would have."""


class Places:
    """So many requests at once; others wait in line, no longer than ``patience`` seconds.

    Who would wait longer, by what requests took lately, is turned away at once: a burst is told
    in the first moment what it would learn in the last.
    """

    def __init__(self, size: int, patience: float) -> None:
        self._size, self._patience = size, patience
        self._taken = 0
        self._line: deque[asyncio.Future[None]] = deque()
        self._typical = 0.02  # seconds, following what requests take

    @asynccontextmanager
    async def place(self, until: float | None = None) -> AsyncIterator[None]:
        """Hold a place. Raises :class:`Full`, at the moment ``until`` of the monotonic clock at
        the latest: who has waited elsewhere before does not begin to wait anew.
        """
        left = self._patience if until is None else until - time.monotonic()
        await self._enter(min(self._patience, left))
        began = time.monotonic()
        try:
            yield
        finally:
            self._typical += 0.1 * (time.monotonic() - began - self._typical)
            self._leave()

    async def _enter(self, patience: float) -> None:
        if self._taken < self._size and not self._line:
            self._taken += 1
            return
        if (len(self._line) + 1) * self._typical / self._size > patience:
            raise Full
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            async with asyncio.timeout(patience):
                await asyncio.shield(turn)
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._leave()  # the place came at the very last moment
            else:
                turn.cancel()
            if isinstance(error, TimeoutError):
                raise Full from None
            raise

    def _leave(self) -> None:
        while self._line:
            turn = self._line.popleft()
            if not turn.done():
                turn.set_result(None)  # the place is handed on, not freed
                return
        self._taken -= 1
