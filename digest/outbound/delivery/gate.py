"""Between a run and its pacer: how many rows to claim, which leave now, how many at once."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from digest.outbound.delivery.claim import Claimed
from digest.outbound.delivery.pace import Grant, Pacer

# A domain that cannot take a row now is asked again no sooner than this.
_SOONEST = 0.5
# With less to wait for than this the run stays; with more it ends and the sweeper comes back.
STAYS_FOR = 5.0


@dataclass(frozen=True, slots=True)
class Later:
    """Deliveries that their domain does not take now: due after ``pause``, spread over ``span``."""

    address_ids: list[int]
    pause: timedelta
    span: timedelta


def domain_of(row: Claimed) -> str:
    """Who receives it: the address's domain, empty for a channel that has none."""
    value = row.value or ""
    return value.rpartition("@")[2].lower() if "@" in value else ""


class Gate:
    """The limits of one run. ``connections`` is how many messages may be in flight at once."""

    def __init__(self, pacer: Pacer, *, lane: str, newsletter: int | None) -> None:
        self._pacer = pacer
        self._lane = lane
        self._newsletter = newsletter
        self._known: set[str] = set()
        self._rooms: dict[str, int] = {}
        self._inside: Counter[str] = Counter()
        self.connections = 0

    async def open(self, wanted: int) -> int:
        """Take places for messages in flight, up to ``wanted``; 0 when others hold all of them."""
        self.connections = await self._pacer.places(
            wanted, lane=self._lane, newsletter=self._newsletter
        )
        return self.connections

    async def room(self, wanted: int) -> Grant:
        """How many rows may be claimed now."""
        return await self._pacer.acquire(wanted, lane=self._lane, newsletter=self._newsletter)

    def unused(self, number: int) -> None:
        """So many of what was granted found no row, or their row goes later."""
        if number > 0:
            self._pacer.give_back(number, lane=self._lane, newsletter=self._newsletter)

    async def sort(self, rows: Iterable[Claimed]) -> tuple[list[Claimed], list[Later]]:
        """Those that their domains take now, and the others. Skipped rows pass."""
        now: list[Claimed] = []
        later: list[Later] = []
        domains: dict[str, list[Claimed]] = defaultdict(list)
        for row in rows:
            if row.why_not:
                now.append(row)
            else:
                domains[domain_of(row)].append(row)
        for domain, theirs in domains.items():
            await self._look_up(domain)
            grant = await self._pacer.acquire(len(theirs), lane=self._lane, domain=domain)
            now += theirs[: grant.granted]
            if rest := [row.address_id for row in theirs[grant.granted :]]:
                pause = timedelta(seconds=max(grant.wait, _SOONEST))
                later.append(Later(rest, pause, timedelta(seconds=grant.span)))
                self.unused(len(rest))
        return now, later

    async def _look_up(self, domain: str) -> None:
        """Ask once a run how many may be in flight to a domain."""
        if domain not in self._known:
            self._known.add(domain)
            places = await self._pacer.places_of_domain(domain, self.connections, lane=self._lane)
            if places is not None:
                self._rooms[domain] = max(places, 1)

    def enter(self, row: Claimed) -> bool:
        """Take one of the places that the row's domain allows; False when all are taken."""
        if not self._rooms:
            return True
        domain = domain_of(row)
        places = self._rooms.get(domain)
        if places is None:
            return True
        if self._inside[domain] >= places:
            return False
        self._inside[domain] += 1
        return True

    def leave(self, row: Claimed) -> bool:
        """Give the row's place back; whether its domain is one with a limit."""
        if not self._rooms:
            return False
        domain = domain_of(row)
        if domain not in self._rooms:
            return False
        self._inside[domain] -= 1
        return True

    def heard(self, row: Claimed, code: int | None, reply: str) -> None:
        """Pass a refusal on."""
        self._pacer.heard(domain_of(row), code, reply)

    async def close(self) -> None:
        """The run is over."""
        await self._pacer.close()
