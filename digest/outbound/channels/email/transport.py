"""What may stand under the channel ``email``: SMTP, or a provider's HTTP API.

Weights, limits, failover, journal and lanes lie above this and are the same for both. A transport
is named by the scheme of its relays' URLs in ``DIGEST_SMTP_URL``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from digest.outbound.channels.base import JobQueue, Patience
from digest.outbound.channels.email.outgoing import OutgoingMail

if TYPE_CHECKING:
    from digest.outbound.channels.email.relay import Relay

# By scheme; loaded when a relay of that scheme is dialled.
TRANSPORTS = {
    "smtp": "digest.outbound.channels.email.smtp:SMTP",
    "smtps": "digest.outbound.channels.email.smtp:SMTP",
}


@dataclass(frozen=True, slots=True)
class Seat:
    """What a line works for.

    ``source`` gives the next mail or None; ``most`` mails are carried, then the line ends.
    ``elsewhere`` is offered a mail that this relay cannot carry: True when it goes another way,
    and this line is to end. ``ended`` is to be called once when the line is gone.
    """

    jobs: JobQueue
    source: Callable[[], OutgoingMail | None]
    patience: Patience
    most: int
    elsewhere: Callable[[OutgoingMail], bool]
    ended: Callable[[Any], None]


class RelayLine(Protocol):
    """One way to a relay at work: a connection, or one request after the other.

    It tells ``jobs`` of each mail: :meth:`~.base.JobQueue.intend` and ``seal`` before the final
    byte leaves, then ``accepted`` or ``failed``. ``left`` is a mail that another line should carry,
    because this one broke before it was handed over.
    """

    left: OutgoingMail | None

    @property
    def idle(self) -> bool:
        """Whether it could begin a mail at once."""

    @property
    def parting(self) -> bool:
        """Whether it begins nothing more."""

    def start(self, first: OutgoingMail | None = None) -> None:
        """Begin, with that mail where one is given."""

    def kick(self) -> None:
        """Begin the next mail if nothing is under way."""

    def part(self) -> None:
        """Begin nothing more; end when what is under way has ended."""

    def holds(self, job: Any) -> bool:
        """Whether ``job`` is under way here."""

    def abort(self) -> None:
        """End at once."""


class OpenedRelay(Protocol):
    """A relay that has been reached."""

    def line(self, seat: Seat) -> RelayLine:
        """A line over it; to be asked for once."""

    def abort(self) -> None:
        """Leave it without a word; nothing was carried."""


class RelayTransport(Protocol):
    """A kind of relay. One object serves all of its scheme."""

    port: int

    async def open(self, relay: "Relay", hello: str, patience: float) -> OpenedRelay:
        """Reach it within ``patience`` seconds a step.

        Raises Unreachable, so that others are tried first for a while, or Rejected with scope
        ``channel`` when it wants none of us.
        """


def transport_of(scheme: str) -> RelayTransport:
    """That of a scheme of :data:`TRANSPORTS`. Raises KeyError."""
    module, _, name = TRANSPORTS[scheme].partition(":")
    found: RelayTransport = getattr(import_module(module), name)
    return found
