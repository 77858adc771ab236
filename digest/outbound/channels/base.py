"""The interface of a channel. Email, WhatsApp, push and chat all stand behind it.

Exceptions::

    ChannelError
    ├── Refused       the other side said no to this message: permanent or passing
    ├── Unreachable   nothing was handed over: connect, TLS or greeting failed
    └── AnswerLost    handed over, and no answer came: it may have arrived
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import structlog

from digest.kit.errors import ExchangeFailed
from digest.outbound.messages.message import Copy

# Not that of kit.observe, which knows Django: pure rooms read this module as well.
log = structlog.get_logger("digest")

# Called by a channel when everything but the final byte is ready: returns once the intent to send
# is in the journal, and raises when the message must not go out. A channel that skips it breaks
# the promise that nobody gets three.
Intend = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider's instant answer to an accepted message."""

    code: int
    reply: str = ""
    provider_id: str = ""


class ChannelError(ExchangeFailed):
    """Root of what a channel raises; ``code`` and ``reply`` are the other side's words."""

    def __init__(self, reply: str, code: int | None = None) -> None:
        super().__init__(reply)
        self.reply = reply
        self.code = code


class Rejected(ChannelError):
    """The other side answered no.

    ``permanent``: do not try again. ``scope``: ``message`` concerns this address alone,
    ``channel`` means that nothing will get through now (bad credentials, spam limit, paused
    template) and the send should wait; ``quota`` that what we may send seems to be used up, which
    a few answers in a row make certain. ``recipient``: it was said of the address, so that, when
    permanent, it may mean that there is no such mailbox; else it was of the sender or the words.
    """

    def __init__(
        self,
        reply: str,
        code: int | None = None,
        *,
        permanent: bool,
        scope: str = "message",
        retry_after: float | None = None,
        recipient: bool = False,
    ) -> None:
        super().__init__(reply, code)
        self.permanent = permanent
        self.scope = scope
        self.retry_after = retry_after
        self.recipient = recipient


class Unreachable(ChannelError):
    """No message was handed over; trying again costs nothing."""


class AnswerLost(ChannelError):
    """The final byte may have gone out and no answer came back.

    ``overdue``: the other side kept the connection and let all the time pass; else it hung up.
    """

    def __init__(self, reply: str, code: int | None = None, *, overdue: bool = False) -> None:
        super().__init__(reply, code)
        self.overdue = overdue


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds the other side may take for one answer (RFC 5321, 4.5.3.2).

    ``command``: to connect, to greet, and for each command before the content. Giving up there
    costs nobody a second copy, so it may be short. ``answer``: for the final one, after the
    content; the RFC asks for ten minutes, because who gives up earlier sends everything twice.
    """

    command: float = 30.0
    answer: float = 600.0


class Channel(Protocol):
    """Carries copies. One instance serves one run; it pools its connections."""

    name: str

    async def open(self) -> None:
        """Prepare the pool. Connects lazily; raises nothing for a relay that is down."""

    async def send(self, copy: Copy, intend: Intend) -> Receipt:
        """Hand one copy over, calling ``intend()`` before the final byte.

        Safe to call from many tasks at once. Raises :class:`ChannelError`.
        """

    async def close(self) -> None:
        """End every connection politely."""


# A channel connects lazily, so that opening waits for nobody; a plug-in's may, and what hangs up
# may wait for an answer that never comes (seconds).
OPENS_IN, CLOSES_IN = 10.0, 10.0


async def open_in_time(channel: Channel) -> None:
    """Open ``channel``. Raises :class:`Unreachable` when that takes longer than OPENS_IN."""
    try:
        async with asyncio.timeout(OPENS_IN):
            await channel.open()
    except TimeoutError as error:
        words = f"The channel {channel.name} was not ready within {OPENS_IN:.0f} seconds."
        raise Unreachable(words) from error


async def close_in_time(channel: Channel) -> None:
    """Close ``channel``; after CLOSES_IN its connections are left as they are, and that is logged.

    What was handed over is settled by then: nobody's message hangs on a good-bye.
    """
    try:
        async with asyncio.timeout(CLOSES_IN):
            await channel.close()
    except TimeoutError:
        log.warning("a channel does not close", channel=channel.name, seconds=CLOSES_IN)


class JobQueue(Protocol):
    """Where a carrier takes its work and puts the answers: the run's side.

    No method waits. A *job* is the run's own name for one delivery; carriers only hand it back.
    """

    def take(self) -> tuple[Any, Copy] | None:
        """The next job and its copy; None when nothing is to be done now."""

    def waiting(self) -> int:
        """About how many jobs could be taken at once."""

    def passes(self, relay: str) -> bool:
        """Whether one more message may go through a relay now; counts it if so."""

    def places_at(self, relay: str) -> int | None:
        """How many connections there may be to a relay; None: no limit."""

    def intend(self, job: Any) -> bool:
        """Note in the journal that the final byte is about to leave.

        False when it must not: the job is taken back already. It counts after :meth:`seal`.
        """

    def seal(self) -> None:
        """Put what was noted where a kill cannot take it away; before the bytes leave.

        Raises OSError when that fails: the bytes must then not leave.
        """

    def accepted(self, job: Any, receipt: Receipt) -> None:
        """The other side took it."""

    def failed(self, job: Any, error: Exception, *, intended: bool) -> None:
        """It did not end in success; ``intended``: the final byte may have left."""

    def unreached(self, error: Exception) -> None:
        """The other side could not be reached, and there is no job left to bear it."""


class Carrier(Protocol):
    """Carries a queue's jobs over many connections at once."""

    def kick(self) -> None:
        """There is work in the queue."""

    async def close(self) -> None:
        """Take nothing more, let what is in flight end, and hang up."""


@runtime_checkable
class Learning(Protocol):
    """A channel that goes by what its provider has said of it (``Kind.LEARNED``)."""

    def learn(self, facts: Mapping[str, Mapping[str, Any]]) -> None:
        """Take the newest value of each fact, by name; called before the first copy."""


@runtime_checkable
class Streaming(Protocol):
    """A channel that keeps its connections busy by itself; others are asked copy by copy."""

    @property
    def relays(self) -> tuple[str, ...]:
        """The names of its ways out, as ``host:port``; each may have limits of its own."""

    def carrier(self, jobs: JobQueue, *, connections: int, patience: Patience) -> Carrier:
        """A carrier for ``jobs`` over at most ``connections``, as patient as that."""
