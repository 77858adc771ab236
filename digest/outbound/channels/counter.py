"""A desk for those who come with one parcel and wait for its answer."""

import asyncio
from collections import deque
from dataclasses import dataclass

from digest.outbound.channels.base import Intend, Receipt
from digest.outbound.messages.message import Parcel


@dataclass(eq=False, slots=True)
class Errand:
    """One parcel, and who waits for its answer."""

    parcel: Parcel
    intend: Intend
    answer: asyncio.Future[Receipt]


class Counter:
    """Jobs are errands, first come, first served."""

    def __init__(self) -> None:
        self._jobs: deque[Errand] = deque()

    def add(self, parcel: Parcel, intend: Intend) -> Errand:
        """Queue one parcel."""
        job = Errand(parcel, intend, asyncio.get_running_loop().create_future())
        self._jobs.append(job)
        return job

    def forget(self, job: Errand) -> None:
        """Its sender went away."""
        if job in self._jobs:
            self._jobs.remove(job)

    def take(self) -> tuple[Errand, Parcel] | None:
        """The longest waiting."""
        if not self._jobs:
            return None
        job = self._jobs.popleft()
        return job, job.parcel

    def waiting(self) -> int:
        """How many wait."""
        return len(self._jobs)

    def passes(self, relay: str) -> bool:
        """Always: whoever brings a parcel has asked before."""
        return True

    def places_at(self, relay: str) -> int | None:
        """No limit."""
        return None

    def intend(self, job: Errand) -> bool:
        """Ask whoever brought it; their no is the answer."""
        try:
            job.intend()
        except Exception as error:
            self.failed(job, error, intended=False)
            return False
        return not job.answer.done()

    def seal(self) -> None:
        """Nothing to do: the journal is that of whoever brought the parcel."""

    def accepted(self, job: Errand, receipt: Receipt) -> None:
        """Tell who waits."""
        if not job.answer.done():
            job.answer.set_result(receipt)

    def failed(self, job: Errand, error: Exception, *, intended: bool) -> None:
        """Tell who waits."""
        if not job.answer.done():
            job.answer.set_exception(error)
