"""How fast a run may go: what it asks before it takes work, and what it tells about refusals."""

from dataclasses import dataclass
from typing import Protocol

from digest.outbound.delivery.core.rate import Rate


@dataclass(frozen=True, slots=True)
class Grant:
    """``granted`` messages may leave now; with fewer than were wanted, ask again after ``wait``
    seconds. The rest of a domain's rows is best spread over ``span`` seconds from then on.
    """

    granted: int
    wait: float = 0.0
    span: float = 0.0


class Pacer(Protocol):
    """Limits that all workers share, leased in blocks: a run asks once a batch, never per mail."""

    async def acquire(
        self,
        wanted: int,
        *,
        lane: str,
        domain: str = "",
        newsletter: int | None = None,
        relay: str = "",
    ) -> Grant:
        """How many of ``wanted`` messages may go out now.

        Asked without ``domain`` and ``relay`` before rows are claimed (limits of the channel, the
        newsletter, a window of time), once per receiving domain for the rows in hand, and in
        blocks for each relay that has a rate.
        """

    def give_back(
        self,
        unused: int,
        *,
        lane: str,
        domain: str = "",
        newsletter: int | None = None,
        relay: str = "",
    ) -> None:
        """Return what was granted and not used, by the same names."""

    def heard(self, domain: str, code: int | None, reply: str) -> None:
        """A refusal that a domain or relay answered; 421 and 4.7.x slow it down."""

    async def places(self, wanted: int, *, lane: str, newsletter: int | None = None) -> int:
        """How many of ``wanted`` messages of this run may be in flight at once."""

    async def places_of_domain(self, domain: str, wanted: int, *, lane: str) -> int | None:
        """How many may be in flight to one domain; None when that is not limited."""

    def rate_of_relay(self, relay: str) -> Rate | None:
        """What may go through a relay; None: no limit."""

    async def places_of_relay(self, relay: str, wanted: int, *, lane: str) -> int | None:
        """How many connections to a relay are ours; None when that is not limited."""

    async def close(self) -> None:
        """The run is over: give up what is held."""


class Unlimited:
    """No limit at all: tests, and installations that set none."""

    async def acquire(
        self,
        wanted: int,
        *,
        lane: str,
        domain: str = "",
        newsletter: int | None = None,
        relay: str = "",
    ) -> Grant:
        """All of it."""
        return Grant(wanted)

    def give_back(
        self,
        unused: int,
        *,
        lane: str,
        domain: str = "",
        newsletter: int | None = None,
        relay: str = "",
    ) -> None:
        """Nothing was counted."""

    def heard(self, domain: str, code: int | None, reply: str) -> None:
        """Nothing is slowed down."""

    async def places(self, wanted: int, *, lane: str, newsletter: int | None = None) -> int:
        """All of it."""
        return wanted

    async def places_of_domain(self, domain: str, wanted: int, *, lane: str) -> int | None:
        """No limit."""
        return None

    def rate_of_relay(self, relay: str) -> Rate | None:
        """No limit."""
        return None

    async def places_of_relay(self, relay: str, wanted: int, *, lane: str) -> int | None:
        """No limit."""
        return None

    async def close(self) -> None:
        """Nothing is held."""
