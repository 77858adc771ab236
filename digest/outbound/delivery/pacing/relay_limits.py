"""What each way out allows: messages a second and connections of every relay, for one run.

Tokens are leased in blocks of a quarter of a second's worth, by a task of the run; connections take
them without waiting.
"""

import asyncio
from collections.abc import Callable, Iterable
from math import ceil
from time import monotonic

from digest.kit import background
from digest.outbound.delivery.core.bucket import BLOCK
from digest.outbound.delivery.core.rate import Rate
from digest.outbound.delivery.pacing.pacer import Pacer

# How often it is looked whether a relay's tokens run out.
_EVERY = 0.05
# More tokens of a burst than this are not leased at once: others want some too.
_MOST = 100


class RelayLimits:
    """The limits of the relays of one run."""

    def __init__(self, pacer: Pacer, *, lane: str) -> None:
        self._pacer = pacer
        self._lane = lane
        self._places: dict[str, int] = {}
        self._rates: dict[str, Rate] = {}
        self._tokens: dict[str, int] = {}
        self._ask_at: dict[str, float] = {}
        self._all: tuple[str, ...] = ()

    async def open(self, relays: Iterable[str], wanted: int) -> bool:
        """Take places at each relay, up to ``wanted``; False when others hold all there are.

        Of a relay without a place no tokens are taken: those who have one wait for them.
        """
        every = tuple(relays)
        for relay in every:
            places = await self._pacer.places_of_relay(relay, wanted, lane=self._lane)
            if places is not None:
                self._places[relay] = places
        self._all = tuple(relay for relay in every if self.places(relay) != 0)
        for relay in self._all:
            rate = self._pacer.rate_of_relay(relay)
            if rate is not None:
                self._rates[relay] = rate
                await self._lease(relay)
        return not every or bool(self._all)

    def within(self, seconds: float) -> int | None:
        """How many messages all relays together take in the next ``seconds``; None: no limit."""
        if not self._all or len(self._rates) < len(self._all):
            return None
        return sum(
            max(self._tokens[relay], int(rate.per_second * seconds))
            for relay, rate in self._rates.items()
        )

    @property
    def wait(self) -> float:
        """Seconds until a relay takes anything again; 0 while one does."""
        if not self._all or len(self._rates) < len(self._all) or any(self._tokens.values()):
            return 0.0
        return max(min(self._ask_at.values()) - monotonic(), 0.0)

    def places(self, relay: str) -> int | None:
        """How many connections there may be to a relay; None: no limit."""
        return self._places.get(relay)

    def passes(self, relay: str) -> bool:
        """Take the token for one message through ``relay``; False when there is none now."""
        if relay not in self._rates:
            return True
        if not self._tokens[relay]:
            return False
        self._tokens[relay] -= 1
        return True

    async def keep(self, kick: Callable[[], None], ending: asyncio.Event) -> None:
        """Lease tokens before they run out, until ``ending`` is set; ``kick`` is called when some
        have come.
        """
        while self._rates and not await background.is_set(ending, _EVERY):
            came = [
                await self._lease(relay)
                for relay, rate in self._rates.items()
                if self._tokens[relay] <= _block(rate) / 2 and monotonic() >= self._ask_at[relay]
            ]
            if any(came):
                kick()

    def close(self) -> None:
        """Give back the tokens that nobody took."""
        for relay, tokens in self._tokens.items():
            self._pacer.give_back(tokens, lane=self._lane, relay=relay)
        self._tokens = dict.fromkeys(self._tokens, 0)

    async def _lease(self, relay: str) -> int:
        block = _block(self._rates[relay])
        grant = await self._pacer.acquire(block, lane=self._lane, relay=relay)
        self._tokens[relay] = self._tokens.get(relay, 0) + grant.granted
        self._ask_at[relay] = monotonic() + (grant.wait if not grant.granted else 0.0)
        return grant.granted


def _block(rate: Rate) -> int:
    """How many tokens are leased at once: of a rate that lets a burst go, some of the burst."""
    return max(ceil(rate.per_second * BLOCK), min(rate.burst // 10, _MOST), 1)
