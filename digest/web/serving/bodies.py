"""Take a request's body whole before anybody works on it, within bounds of size and time.

A thread, a place and a connection are only taken once the body is here: a client that sends six
bytes and waits holds nothing but its own socket.
"""

import asyncio
from collections import Counter

from digest.kit.errors import ServiceError
from digest.web.serving import answers
from digest.web.serving.answers import Answer, Receive
from digest.web.serving.traffic import (
    HELD_PER_CLIENT,
    HELD_TOGETHER,
    PROMPT,
    SLOW_PER_CLIENT,
    SLOW_TOGETHER,
    SMALL_BODY,
    seconds_for,
)


class Gone(ServiceError):
    """The client hung up before its body was whole."""


class Turned(ServiceError):
    """The body is not taken; ``answer`` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Bodies:
    """Reads bodies, and counts the slow ones of each client, and what all of them weigh."""

    def __init__(self) -> None:
        self._slow: Counter[str] = Counter()
        self._held: Counter[str] = Counter()

    async def read(self, receive: Receive, *, length: int | None, most: int, client: str) -> bytes:
        """The whole body. ``length`` is what was announced, None when nothing was.

        Raises :class:`Turned` and :class:`Gone`.
        """
        if length is not None and length > most:
            raise Turned(answers.TOO_LONG)
        gathered = bytearray()
        reading = asyncio.ensure_future(self._gather(receive, gathered, most, client))
        try:
            done, _ = await asyncio.wait({reading}, timeout=PROMPT)
            if not done:
                await self._wait(reading, client, seconds_for(most if length is None else length))
            return reading.result()
        finally:
            reading.cancel()
            self._held[client] -= len(gathered)
            if not self._held[client]:
                del self._held[client]

    async def _wait(self, reading: "asyncio.Future[bytes]", client: str, seconds: float) -> None:
        if self._slow[client] >= SLOW_PER_CLIENT or self._slow.total() >= SLOW_TOGETHER:
            raise Turned(answers.TOO_MANY_SLOW)
        self._slow[client] += 1
        try:
            done, _ = await asyncio.wait({reading}, timeout=seconds - PROMPT)
        finally:
            self._slow[client] -= 1
            if not self._slow[client]:
                del self._slow[client]
        if not done:
            raise Turned(answers.TOO_SLOW)

    async def _gather(self, receive: Receive, gathered: bytearray, most: int, client: str) -> bytes:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            more = message.get("body", b"")
            if len(gathered) + len(more) > most:
                raise Turned(answers.TOO_LONG)
            gathered += more
            self._held[client] += len(more)
            if not message.get("more_body", False):
                return bytes(gathered)
            too_much = self._held[client] > HELD_PER_CLIENT and len(gathered) > SMALL_BODY
            if too_much or self._held.total() > HELD_TOGETHER:
                raise Turned(answers.TOO_MANY_SLOW)
