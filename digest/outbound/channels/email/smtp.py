"""SMTP as a transport: one connection, kept for many mails."""

import asyncio
from dataclasses import dataclass

from digest.outbound.channels.email.connection import Connection
from digest.outbound.channels.email.relay import Capabilities, Relay, dial
from digest.outbound.channels.email.transport import RelayLine, Seat


@dataclass(frozen=True, slots=True)
class GreetedRelay:
    """An SMTP connection that has been greeted, secured and signed in."""

    transport: asyncio.Transport
    capabilities: Capabilities

    def line(self, seat: Seat) -> RelayLine:
        """The connection at work."""
        return Connection(seat, self.transport, self.capabilities)

    def abort(self) -> None:
        """Hang up."""
        self.transport.abort()


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """SMTP, with STARTTLS or TLS as the relay's URL says."""

    port: int = 25

    async def open(self, relay: Relay, hello: str, patience: float) -> GreetedRelay:
        """Connect, greet, secure, sign in. Raises Unreachable and Rejected."""
        return GreetedRelay(*await dial(relay, hello, patience))


SMTP = SmtpTransport()
