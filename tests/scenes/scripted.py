"""A channel in memory with the real interface, for what a run decides; the wire is tested apart.

``script`` maps an address to the behaviours of its attempts, in order; after that all is accepted.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable

from digest.outbound.channels.base import AnswerLost, Intend, Receipt, Rejected, Unreachable
from digest.outbound.messages.message import Copy

ACCEPT = "accept"
LOSE = "lose"  # taken, but the answer never comes
CRASH = "crash"  # a fault of ours before anything was handed over
POISON = "poison"  # a fault of ours after the intent


class Scripted:
    """Records what it took by address; ``taken`` counts every copy that may have arrived."""

    name = "email"

    def __init__(self, *, delay: float = 0.0, default: str | Exception = ACCEPT) -> None:
        self.delay = delay
        self.default = default
        self.script: dict[str, list[str | Exception]] = defaultdict(list)
        self.taken: Counter[str] = Counter()
        self.copies: list[Copy] = []
        self.in_flight = self.most_in_flight = 0
        self.before: Callable[[Copy], None] = lambda copy: None

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def send(self, copy: Copy, intend: Intend) -> Receipt:
        self.in_flight += 1
        self.most_in_flight = max(self.in_flight, self.most_in_flight)
        try:
            return await self._send(copy, intend)
        finally:
            self.in_flight -= 1

    async def _send(self, copy: Copy, intend: Intend) -> Receipt:
        steps = self.script[copy.to.value]
        step = steps.pop(0) if steps else self.default
        self.before(copy)
        if isinstance(step, Unreachable):
            raise step
        if step == CRASH:
            raise RuntimeError("a fault of ours")
        intend()
        await asyncio.sleep(self.delay)
        if isinstance(step, Rejected):
            raise step
        self.taken[copy.to.value] += 1
        self.copies.append(copy)
        if step == LOSE:
            raise AnswerLost("connection closed after the final dot")
        if step == POISON:
            raise RuntimeError("a fault of ours")
        return Receipt(250, "2.0.0 Ok: queued", provider_id=f"q{len(self.copies)}")
