"""How a run's jobs get to a channel: by its own carrier, or copy by copy."""

import asyncio
from typing import Any

from digest.kit.errors import ServiceError
from digest.outbound.channels.base import (
    AnswerLost,
    Carrier,
    Channel,
    JobQueue,
    Patience,
    Streaming,
    Unreachable,
)


class NotOurs(ServiceError):
    """The final byte must not go out: the queue has taken the job back."""


def carrier_of(
    channel: Channel, jobs: JobQueue, *, connections: int, patience: Patience
) -> Carrier:
    """A carrier for ``jobs``; needs a running loop."""
    if isinstance(channel, Streaming):
        return channel.carrier(jobs, connections=connections, patience=patience)
    return OneByOne(channel, jobs, connections=connections, patience=patience)


class OneByOne:
    """So many tasks, each handing over one copy after the other."""

    def __init__(
        self, channel: Channel, jobs: JobQueue, *, connections: int, patience: Patience
    ) -> None:
        self._channel = channel
        self._jobs = jobs
        self._connections = connections
        self._patience = patience
        self._busy: set[asyncio.Task[None]] = set()
        self._closing = False

    def kick(self) -> None:
        """Begin as many as may be under way."""
        while (
            not self._closing
            and len(self._busy) < self._connections
            and (taken := self._jobs.take()) is not None
        ):
            task = asyncio.create_task(self._carry(*taken))
            self._busy.add(task)
            task.add_done_callback(self._busy.discard)

    async def close(self) -> None:
        """Let what is in flight end."""
        self._closing = True
        while self._busy:
            await asyncio.wait(self._busy)

    async def _carry(self, job: Any, copy: Any) -> None:
        await self._hand_over(job, copy)
        while not self._closing and (taken := self._jobs.take()) is not None:
            await self._hand_over(*taken)

    async def _hand_over(self, job: Any, copy: Any) -> None:
        intended = False

        def intend() -> None:
            nonlocal intended
            if not self._jobs.intend(job):
                raise NotOurs
            self._jobs.seal()
            intended = True

        try:
            async with asyncio.timeout(self._patience.answer):
                receipt = await self._channel.send(copy, intend)
        except NotOurs:
            return
        except TimeoutError as error:
            words = f"No answer within {self._patience.answer:g} seconds."
            lost = AnswerLost(words, overdue=True) if intended else Unreachable(words)
            lost.__cause__ = error
            self._jobs.failed(job, lost, intended=intended)
        except Exception as error:
            self._jobs.failed(job, error, intended=intended)
        else:
            self._jobs.accepted(job, receipt)
