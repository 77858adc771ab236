"""A line over an HTTP API: one request a mail, the next when it is answered.

A provider's transport brings ``post`` and what its answers mean; order, journal and detours are the
same for all.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from digest.outbound.channels.base import AnswerLost, ChannelError, Receipt, Unreachable
from digest.outbound.channels.email.outgoing import OutgoingMail
from digest.outbound.channels.email.relay import Capabilities
from digest.outbound.channels.email.transport import Seat

Post = Callable[[OutgoingMail], Awaitable[Receipt]]


class ApiLine:
    """Carries mail after mail by ``post``, which hands one over and returns the receipt.

    ``post`` raises a :class:`~digest.outbound.channels.base.ChannelError`: Rejected, Unreachable
    where surely nothing was handed over, else AnswerLost. ``close`` is called once at the end.
    """

    def __init__(
        self, seat: Seat, capabilities: Capabilities, post: Post, close: Callable[[], None]
    ) -> None:
        self._seat = seat
        self._capabilities = capabilities
        self._post = post
        self._close = close
        self._mail: OutgoingMail | None = None
        self._task: asyncio.Task[None] | None = None
        self._parting = self._gone = False
        self._carried = 0
        self.left: OutgoingMail | None = None

    @property
    def idle(self) -> bool:
        """Whether it could begin a mail at once."""
        return not (self._task or self._parting or self._gone)

    @property
    def parting(self) -> bool:
        """Whether it begins nothing more."""
        return self._parting or self._gone

    def start(self, first: OutgoingMail | None = None) -> None:
        """Begin, with that mail where one is given."""
        self._begin(first)

    def kick(self) -> None:
        """Begin the next mail if nothing is under way."""
        if self.idle:
            self._begin()

    def part(self) -> None:
        """Begin nothing more; end when what is under way has ended."""
        self._parting = True
        if self._task is None:
            self._end()

    def holds(self, job: Any) -> bool:
        """Whether ``job`` is under way here."""
        return self._mail is not None and self._mail.job is job

    def abort(self) -> None:
        """End at once. A request under way counts as unanswered."""
        if self._task is not None:
            self._task.cancel()
        else:
            self._end()

    def _begin(self, mail: OutgoingMail | None = None) -> None:
        if self._parting or self._gone:
            return
        if self._carried >= self._seat.most:
            self.part()
            return
        mail = mail or self._seat.source()
        while mail is not None:
            fault = self._capabilities.refusal(mail.recipient, len(mail.content))
            if fault is None:
                break
            if self._seat.elsewhere(mail):
                self.part()
                return
            self._seat.jobs.failed(mail.job, fault, intended=False)
            mail = self._seat.source()
        if mail is None:
            return
        self._carried += 1
        self._mail = mail
        self._task = asyncio.create_task(self._carry(mail))
        self._task.add_done_callback(self._carried_one)

    async def _carry(self, mail: OutgoingMail) -> None:
        jobs = self._seat.jobs
        if not jobs.intend(mail.job):
            return
        try:
            jobs.seal()
        except OSError as error:
            words = f"the journal of intents cannot be written: {error}"
            jobs.failed(mail.job, Unreachable(words), intended=False)
            return
        try:
            async with asyncio.timeout(self._seat.patience.answer):
                receipt = await self._post(mail)
        except Unreachable as error:
            jobs.failed(mail.job, error, intended=False)
            # The next line looks where else there is a way.
            self._parting = True
        except TimeoutError:
            jobs.failed(mail.job, AnswerLost("no answer in time"), intended=True)
            self._parting = True
        except asyncio.CancelledError:
            jobs.failed(mail.job, AnswerLost("hung up before the answer"), intended=True)
            raise
        except Exception as error:
            jobs.failed(mail.job, error, intended=True)
            self._parting = self._parting or not isinstance(error, ChannelError)
        else:
            jobs.accepted(mail.job, receipt)

    def _carried_one(self, task: asyncio.Task[None]) -> None:
        self._task = self._mail = None
        if self._parting or task.cancelled():
            self._end()
        else:
            self._begin()

    def _end(self) -> None:
        if self._gone:
            return
        self._gone = True
        self._close()
        self._seat.ended(self)
