"""How a run goes: whether it has ended and why, and what stands in its way."""

import asyncio
from dataclasses import dataclass, field
from time import monotonic

from digest.kit import background
from digest.outbound.delivery.sending.counts import RunCounts

LOOK_EVERY = 0.5
# Why a run ends so that not even what has its envelope out may follow.
AT_ONCE = frozenset({"stopped", "fault"})


@dataclass(slots=True)
class Course:
    """What the parts of one run tell each other.

    ``ended``: why it ends (drained, time, stopped, signal, stalled, fault), empty while it goes
    on. ``pause_reason``: why the whole send must be paused; it counts no more once the send
    ``was_stopped`` by others: whoever resumed it since knows what had been lost before.
    ``held_up_by``: what the other side says while nothing gets through. ``stands_still``: an alert
    has the right of way, so nothing is begun.
    """

    ended: str = ""
    pause_reason: str = ""
    was_stopped: bool = False
    held_up_by: str = ""
    stands_still: bool = False
    began: float = field(default_factory=monotonic)
    counts: RunCounts = field(default_factory=RunCounts)
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self, reason: str) -> None:
        """End the run; the first reason stands."""
        self.ended = self.ended or reason
        self.moved.set()

    def go_on(self) -> None:
        """Stand still no longer."""
        self.stands_still = False
        self.moved.set()

    async def until_moved(self, seconds: float = LOOK_EVERY) -> bool:
        """Wait for a change, a while at most; whether there was one."""
        self.moved.clear()
        return await background.is_set(self.moved, min(max(seconds, 0.05), LOOK_EVERY))
