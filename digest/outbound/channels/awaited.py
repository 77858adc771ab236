"""A jobs for those who come with one copy and wait for its answer."""

import asyncio
from collections import deque
from dataclasses import dataclass

from digest.outbound.channels.base import Intend, Receipt
from digest.outbound.messages.message import Copy


@dataclass(eq=False, slots=True)
class AwaitedJob:
    """One copy, and who waits for its answer."""

    copy: Copy
    intend: Intend
    answer: asyncio.Future[Receipt]


class AwaitedJobs:
    """Jobs are jobs, first come, first served."""

    def __init__(self) -> None:
        self._jobs: deque[AwaitedJob] = deque()

    def add(self, copy: Copy, intend: Intend) -> AwaitedJob:
        """Queue one copy."""
        job = AwaitedJob(copy, intend, asyncio.get_running_loop().create_future())
        self._jobs.append(job)
        return job

    def forget(self, job: AwaitedJob) -> None:
        """Its sender went away."""
        if job in self._jobs:
            self._jobs.remove(job)

    def take(self) -> tuple[AwaitedJob, Copy] | None:
        """The longest waiting."""
        if not self._jobs:
            return None
        job = self._jobs.popleft()
        return job, job.copy

    def waiting(self) -> int:
        """How many wait."""
        return len(self._jobs)

    def passes(self, relay: str) -> bool:
        """Always: whoever brings a copy has asked before."""
        return True

    def places_at(self, relay: str) -> int | None:
        """No limit."""
        return None

    def intend(self, job: AwaitedJob) -> bool:
        """Ask whoever brought it; their no is the answer."""
        try:
            job.intend()
        except Exception as error:
            self.failed(job, error, intended=False)
            return False
        return not job.answer.done()

    def seal(self) -> None:
        """Nothing to do: the journal is that of whoever brought the copy."""

    def accepted(self, job: AwaitedJob, receipt: Receipt) -> None:
        """Tell who waits."""
        if not job.answer.done():
            job.answer.set_result(receipt)

    def failed(self, job: AwaitedJob, error: Exception, *, intended: bool) -> None:
        """Tell who waits."""
        if not job.answer.done():
            job.answer.set_exception(error)

    def unreached(self, error: Exception) -> None:
        """Nobody waits: who does has a job here."""
