"""How a run's jobs get to a channel: by its own carrier, or parcel by parcel."""

import asyncio
from typing import Any

from digest.outbound.channels.base import (
    AnswerLost,
    Carrier,
    Channel,
    Desk,
    Streaming,
    Unreachable,
)


class NotOurs(Exception):
    """The final byte must not go out: the desk has taken the job back."""


def carrier_of(channel: Channel, desk: Desk, *, connections: int, patience: float) -> Carrier:
    """A carrier for ``desk``; needs a running loop."""
    if isinstance(channel, Streaming):
        return channel.carrier(desk, connections=connections, patience=patience)
    return OneByOne(channel, desk, connections=connections, patience=patience)


class OneByOne:
    """So many tasks, each handing over one parcel after the other."""

    def __init__(self, channel: Channel, desk: Desk, *, connections: int, patience: float) -> None:
        self._channel = channel
        self._desk = desk
        self._connections = connections
        self._patience = patience
        self._busy: set[asyncio.Task[None]] = set()
        self._closing = False

    def kick(self) -> None:
        """Begin as many as may be under way."""
        while (
            not self._closing
            and len(self._busy) < self._connections
            and (taken := self._desk.take()) is not None
        ):
            task = asyncio.create_task(self._carry(*taken))
            self._busy.add(task)
            task.add_done_callback(self._busy.discard)

    async def close(self) -> None:
        """Let what is in flight end."""
        self._closing = True
        while self._busy:
            await asyncio.wait(self._busy)

    async def _carry(self, job: Any, parcel: Any) -> None:
        await self._hand_over(job, parcel)
        while not self._closing and (taken := self._desk.take()) is not None:
            await self._hand_over(*taken)

    async def _hand_over(self, job: Any, parcel: Any) -> None:
        intended = False

        def intend() -> None:
            nonlocal intended
            if not self._desk.intend(job):
                raise NotOurs
            self._desk.seal()
            intended = True

        try:
            async with asyncio.timeout(self._patience):
                receipt = await self._channel.send(parcel, intend)
        except NotOurs:
            return
        except TimeoutError as error:
            words = f"No answer within {self._patience:g} seconds."
            lost = AnswerLost(words) if intended else Unreachable(words)
            lost.__cause__ = error
            self._desk.failed(job, lost, intended=intended)
        except Exception as error:
            self._desk.failed(job, error, intended=intended)
        else:
            self._desk.accepted(job, receipt)
