"""The interface of a channel. Email, WhatsApp, push and chat all stand behind it.

Exceptions::

    ChannelError
    ├── Refused       the other side said no to this message: permanent or passing
    ├── Unreachable   nothing was handed over: connect, TLS or greeting failed
    └── AnswerLost    handed over, and no answer came: it may have arrived
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from digest.outbound.messages.message import Parcel

# Awaited by a channel after everything but the final byte is ready: returns once the intent to
# send is in the journal. A channel that skips it breaks the promise that nobody gets three.
Intend = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider's instant answer to an accepted message."""

    code: int
    reply: str = ""
    provider_id: str = ""


class ChannelError(Exception):
    """Root of what a channel raises; ``code`` and ``reply`` are the other side's words."""

    def __init__(self, reply: str, code: int | None = None) -> None:
        super().__init__(reply)
        self.reply = reply
        self.code = code


class Refused(ChannelError):
    """The other side answered no.

    ``permanent``: do not try again. ``scope``: ``message`` concerns this address alone,
    ``channel`` means that nothing will get through now (bad credentials, spam limit, paused
    template) and the send should wait.
    """

    def __init__(
        self,
        reply: str,
        code: int | None = None,
        *,
        permanent: bool,
        scope: str = "message",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reply, code)
        self.permanent = permanent
        self.scope = scope
        self.retry_after = retry_after


class Unreachable(ChannelError):
    """No message was handed over; trying again costs nothing."""


class AnswerLost(ChannelError):
    """The final byte may have gone out and no answer came back."""


class Channel(Protocol):
    """Carries parcels. One instance serves one run; it pools its connections."""

    name: str

    async def open(self) -> None:
        """Prepare the pool. Connects lazily; raises nothing for a relay that is down."""

    async def send(self, parcel: Parcel, intend: Intend) -> Receipt:
        """Hand one parcel over, awaiting ``intend()`` before the final byte.

        Safe to call from many tasks at once. Raises :class:`ChannelError`.
        """

    async def close(self) -> None:
        """End every connection politely."""
