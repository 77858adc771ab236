"""Many lines at work for one desk: opened as work comes, kept while it lasts."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from digest.outbound.channels.base import ChannelError, Desk
from digest.outbound.channels.email.connection import Letter, Line
from digest.outbound.channels.email.relay import Berth, Relays


class Lanes:
    """The carrier of the channel ``email``: at most ``connections`` lines at once.

    ``source`` makes the next job of the desk a letter for the relay of that name, or for any by an
    empty one; ``most`` letters go over one line.
    """

    def __init__(
        self,
        desk: Desk,
        source: Callable[[str], Letter | None],
        relays: Relays,
        *,
        connections: int,
        patience: float,
        most: int,
    ) -> None:
        self._desk = desk
        self._source = source
        self._relays = relays
        self._connections = connections
        self._patience = patience
        self._most = most
        self._lines: dict[Line, Berth] = {}
        self._detours: deque[Letter] = deque()
        # The lines being opened, and the letter that each is for.
        self._opening: dict[asyncio.Task[None], Letter | None] = {}
        self._closing = False
        self._empty = asyncio.Event()

    def kick(self) -> None:
        """Put idle lines to work, and open more while there is work for them."""
        if self._closing:
            return
        self._serve_detours()
        for line in [line for line in self._lines if line.idle]:
            if not self._desk.waiting():
                return
            line.kick()
        for _ in range(min(self._room, self._desk.waiting() - len(self._opening))):
            self._open()

    @property
    def _room(self) -> int:
        """How many more lines may be opened."""
        wished = self._connections - len(self._lines) - len(self._opening)
        return min(wished, self._relays.room)

    def abandon(self, job: Any) -> None:
        """Hang up under ``job``: nobody waits for its answer any more."""
        self._detours = deque(each for each in self._detours if each.job is not job)
        for line in [line for line in self._lines if line.holds(job)]:
            line.abort()

    async def close(self) -> None:
        """Take nothing more, let what is in flight end, and hang up."""
        self._closing = True
        for task in list(self._opening):
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        while self._detours:
            error = ChannelError("the run ended before another relay was tried")
            self._desk.failed(self._detours.popleft().job, error, intended=False)
        for line in list(self._lines):
            line.part()
        while self._lines:
            self._empty.clear()
            await self._empty.wait()

    def _open(self, first: Letter | None = None, but: frozenset[str] = frozenset()) -> None:
        task = asyncio.create_task(self._start(first, but))
        self._opening[task] = first
        task.add_done_callback(self._opened)

    def _opened(self, task: asyncio.Task[None]) -> None:
        first = self._opening.pop(task, None)
        if first is not None:
            # Cancelled before its first step.
            self._desk.failed(first.job, ChannelError("the run ended"), intended=False)
        self._serve_detours()

    async def _start(self, first: Letter | None, but: frozenset[str]) -> None:
        task = asyncio.current_task()
        assert task is not None  # it is one by _open
        self._opening[task] = None
        if first is None and not self._relays.room:
            return
        try:
            berth = await self._relays.dial(self._patience, but)
        except BaseException as error:
            # One letter has to bear it, so that the desk learns of a relay that is down.
            letter = first or (None if self._closing else self._source(""))
            if letter is not None:
                told = error if isinstance(error, Exception) else ChannelError("the run ended")
                self._desk.failed(letter.job, told, intended=False)
            if not isinstance(error, Exception):
                raise
            return
        line = Line(
            self._desk,
            partial(self._next, berth.relay),
            berth.offer,
            patience=self._patience,
            most=self._most,
            elsewhere=partial(self._elsewhere, berth.relay),
            ended=self._ended,
        )
        self._lines[line] = berth
        line.start(berth.transport, first)

    # Letters that a relay cannot carry, while another may

    def _next(self, relay: str) -> Letter | None:
        """What a line to ``relay`` carries next: first what others could not."""
        for letter in self._detours:
            if relay not in letter.unfit:
                if not self._desk.passes(relay):
                    return None
                self._detours.remove(letter)
                return letter
        return self._source(relay)

    def _elsewhere(self, relay: str, letter: Letter) -> bool:
        """Keep a letter for the relays that have not been tried; False when there is none."""
        letter.unfit |= {relay}
        if self._closing or not self._relays.names - letter.unfit:
            return False
        self._relays.rest(relay)
        self._detours.append(letter)
        # The line that asks has not ended yet, and what it was doing comes first.
        asyncio.get_running_loop().call_soon(self._serve_detours)
        return True

    def _serve_detours(self) -> None:
        """See to it that a line comes to where each of them may go."""
        if not self._detours or self._closing:
            return
        for line, berth in list(self._lines.items()):
            if line.idle and any(berth.relay not in each.unfit for each in self._detours):
                line.kick()
        reached = {berth.relay for line, berth in self._lines.items() if not line.parting}
        stuck = [each for each in self._detours if reached <= each.unfit]
        if not stuck or self._opening:
            return
        if self._room > 0:
            self._detours.remove(stuck[0])
            self._open(stuck[0], stuck[0].unfit)
        elif idle := [line for line in self._lines if line.idle]:
            idle[0].part()

    def _ended(self, line: Line) -> None:
        if (berth := self._lines.pop(line, None)) is not None:
            berth.leave()
        if line.left is not None and self._closing:
            error = ChannelError("the connection broke as the run ended")
            self._desk.failed(line.left.job, error, intended=False)
        elif line.left is not None:
            self._open(line.left, line.left.unfit)
        elif not self._closing:
            self._serve_detours()
            if self._desk.waiting() and self._room > 0:
                self._open()
        if not self._lines:
            self._empty.set()
