"""Places for requests, and an honest no when there will be none in time."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from digest.kit.errors import ServiceError
from digest.web.serving.giving_way import GivingWay


class Full(ServiceError):
    """No place came free in time, or none would have."""


class Places:
    """So many requests at once; others wait in line, no longer than ``patience`` seconds.

    Who would wait longer, by what requests took lately, is turned away at once: a burst is told
    in the first moment what it would learn in the last. With ``giving_way`` there are fewer places
    while something urgent is under way, and each rests after it was used.
    """

    def __init__(self, size: int, patience: float, giving_way: GivingWay | None = None) -> None:
        self._most, self._patience, self._giving_way = size, patience, giving_way
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
            took = time.monotonic() - began
            rest = self._giving_way.rest(took) if self._giving_way else 0.0
            self._typical += 0.1 * (took + rest - self._typical)
            if rest:
                asyncio.get_running_loop().call_later(rest, self._leave)
            else:
                self._leave()

    @property
    def _size(self) -> int:
        return self._giving_way.places(self._most) if self._giving_way else self._most

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
        self._taken -= 1
        # As many as there is room for: there may be more places than a moment ago, or fewer.
        while self._line and self._taken < self._size:
            turn = self._line.popleft()
            if not turn.done():
                turn.set_result(None)
                self._taken += 1
