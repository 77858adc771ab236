"""Many connections at work for one queue: opened as work comes, kept while it lasts."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any

from digest.kit import background
from digest.outbound.channels.base import ChannelError, JobQueue, Patience, Unreachable
from digest.outbound.channels.email.outgoing import OutgoingMail
from digest.outbound.channels.email.relay import RelayConnection, Relays
from digest.outbound.channels.email.transport import RelayLine, Seat

# A relay that is well lets itself be reached within so many seconds.
_LONG = 5.0


class ConnectionPool:
    """The carrier of the channel ``email``: at most ``connections`` connections at once.

    ``source`` makes the next job of the queue a mail for the relay of that name, or for any by an
    empty one; ``most`` mails go over one connection.
    """

    def __init__(
        self,
        jobs: JobQueue,
        source: Callable[[str], OutgoingMail | None],
        relays: Relays,
        *,
        connections: int,
        patience: Patience,
        most: int,
    ) -> None:
        self._jobs = jobs
        self._source = source
        self._relays = relays
        self._connections = connections
        self._patience = patience
        self._most = most
        self._live: dict[RelayLine, RelayConnection] = {}
        self._detours: deque[OutgoingMail] = deque()
        # The connections being opened, and the mail that each is for.
        self._opening: dict[asyncio.Task[None], OutgoingMail | None] = {}
        self._began: dict[asyncio.Task[None], float] = {}
        self._closing = False
        self._empty = asyncio.Event()

    def kick(self) -> None:
        """Put idle connections to work, and open more while there is work for them."""
        if self._closing:
            return
        self._serve_detours()
        for connection in [connection for connection in self._live if connection.idle]:
            if not self._jobs.waiting():
                return
            connection.kick()
        for _ in range(min(self._room, self._jobs.waiting() - len(self._opening))):
            self._open()

    @property
    def _room(self) -> int:
        """How many more connections may be opened."""
        wished = self._connections - len(self._live) - len(self._opening)
        return min(wished, self._relays.room)

    def abandon(self, job: Any) -> None:
        """Hang up under ``job``: nobody waits for its answer any more."""
        self._detours = deque(each for each in self._detours if each.job is not job)
        for connection in [connection for connection in self._live if connection.holds(job)]:
            connection.abort()

    async def close(self) -> None:
        """Take nothing more, let what is in flight end, and hang up."""
        self._closing = True
        waited = monotonic() - min(self._began.values(), default=monotonic())
        if waited > _LONG and not self._live:
            # A relay that takes the connection and says nothing may do so for longer than a run.
            words = f"no relay has let itself be reached in {waited:.0f} seconds"
            self._jobs.unreached(Unreachable(words))
        await background.end(list(self._opening), patience=0, limit=self._patience.command)
        while self._detours:
            error = ChannelError("the run ended before another relay was tried")
            self._jobs.failed(self._detours.popleft().job, error, intended=False)
        for connection in list(self._live):
            connection.part()
        while self._live:
            self._empty.clear()
            await self._empty.wait()

    def _open(self, first: OutgoingMail | None = None, but: frozenset[str] = frozenset()) -> None:
        task = asyncio.create_task(self._start(first, but))
        self._opening[task] = first
        self._began[task] = monotonic()
        task.add_done_callback(self._opened)

    def _opened(self, task: asyncio.Task[None]) -> None:
        first = self._opening.pop(task, None)
        self._began.pop(task, None)
        if first is not None:
            # Cancelled before its first step.
            self._jobs.failed(first.job, ChannelError("the run ended"), intended=False)
        self._serve_detours()

    async def _start(self, first: OutgoingMail | None, but: frozenset[str]) -> None:
        task = asyncio.current_task()
        assert task is not None  # it is one by _open
        self._opening[task] = None
        if first is None and not self._relays.room:
            return
        try:
            dialled = await self._relays.dial(self._patience.command, but)
        except BaseException as error:
            # One mail has to bear it, so that the queue learns of a relay that is down. What waited
            # for a silent one is stale by then, and goes back: so it is told without.
            mail = first or (None if self._closing else self._source(""))
            if mail is not None:
                told = error if isinstance(error, Exception) else ChannelError("the run ended")
                self._jobs.failed(mail.job, told, intended=False)
            elif isinstance(error, Exception):
                self._jobs.unreached(error)
            if not isinstance(error, Exception):
                raise
            return
        seat = Seat(
            self._jobs,
            partial(self._next, dialled.relay),
            patience=self._patience,
            most=self._most,
            elsewhere=partial(self._elsewhere, dialled.relay),
            ended=self._ended,
        )
        connection = dialled.transport.line(seat)
        self._live[connection] = dialled
        connection.start(first)

    # Mails that a relay cannot carry, while another may

    def _next(self, relay: str) -> OutgoingMail | None:
        """What a connection to ``relay`` carries next: first what others could not."""
        for mail in self._detours:
            if relay not in mail.unfit:
                if not self._jobs.passes(relay):
                    return None
                self._detours.remove(mail)
                return mail
        return self._source(relay)

    def _elsewhere(self, relay: str, mail: OutgoingMail) -> bool:
        """Keep a mail for the relays that have not been tried; False when there is none."""
        mail.unfit |= {relay}
        if self._closing or not self._relays.names - mail.unfit:
            return False
        self._relays.rest(relay)
        self._detours.append(mail)
        # The connection that asks has not ended yet, and what it was doing comes first.
        asyncio.get_running_loop().call_soon(self._serve_detours)
        return True

    def _serve_detours(self) -> None:
        """See to it that a connection comes to where each of them may go."""
        if not self._detours or self._closing:
            return
        for connection, dialled in list(self._live.items()):
            if connection.idle and any(dialled.relay not in each.unfit for each in self._detours):
                connection.kick()
        reached = {
            dialled.relay for connection, dialled in self._live.items() if not connection.parting
        }
        stuck = [each for each in self._detours if reached <= each.unfit]
        if not stuck or self._opening:
            return
        if self._room > 0:
            self._detours.remove(stuck[0])
            self._open(stuck[0], stuck[0].unfit)
        elif idle := [connection for connection in self._live if connection.idle]:
            idle[0].part()

    def _ended(self, connection: RelayLine) -> None:
        if (dialled := self._live.pop(connection, None)) is not None:
            dialled.leave()
        if connection.left is not None and self._closing:
            error = ChannelError("the connection broke as the run ended")
            self._jobs.failed(connection.left.job, error, intended=False)
        elif connection.left is not None:
            self._open(connection.left, connection.left.unfit)
        elif not self._closing:
            self._serve_detours()
            if self._jobs.waiting() and self._room > 0:
                self._open()
        if not self._live:
            self._empty.set()
