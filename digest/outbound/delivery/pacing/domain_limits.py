"""Between a run and its pacer: how many rows to claim, which leave now, how many at once."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any

from psycopg import AsyncConnection

from digest.outbound.delivery.ledger.claim import Claimed, release
from digest.outbound.delivery.pacing.pacer import Grant, Pacer

# A domain that cannot take a row now is asked again no sooner than this.
_SOONEST = 0.5
# With less to wait for than this the run stays; with more it ends and the sweeper comes back.
STAYS_FOR = 5.0
# A domain of few places has so many seconds' worth of rows in hand; the others are put off, one
# behind the other at the pace it is seen to take, by no more than this.
_IN_HAND = 0.5
_AHEAD = 900.0


@dataclass(frozen=True, slots=True)
class Later:
    """Deliveries that their domain does not take now: due after ``pause``, spread over ``span``."""

    address_ids: list[int]
    pause: timedelta
    span: timedelta


@dataclass(slots=True)
class _Room:
    """The places at one domain: ``served`` rows left them since it was opened; rows are put off
    up to the moment ``until``."""

    places: int
    since: float
    inside: int = 0
    served: int = 0
    until: float = 0.0

    def keeps(self, number: int, connections: int) -> bool:
        """Whether one more than ``number`` may wait in hand."""
        age = monotonic() - self.since
        # Nothing is known of its pace in the first second.
        least = 2 * connections if age < 1 else 2 * self.places
        return number < max(least, self.served / max(age, 1.0) * _IN_HAND)

    def put_off(self, number: int) -> tuple[float, float]:
        """After how many seconds so many rows are due, and over how many they are spread."""
        now = monotonic()
        age = now - self.since
        if age < 1:
            return _SOONEST, _SOONEST
        # No further than what is known reaches back, and a quarter faster than what was seen: a
        # domain that takes more than before finds more.
        ahead = min(age, _AHEAD)
        begins = max(now + _SOONEST, min(self.until, now + ahead))
        span = min(number * age / (1.25 * max(self.served, 1)), ahead)
        self.until = begins + span
        return begins - now, span


def domain_of(row: Claimed) -> str:
    """Who receives it: the address's domain, empty for a channel that has none."""
    value = row.value or ""
    return value.rpartition("@")[2].lower() if "@" in value else ""


async def put_off(
    claims: AsyncConnection[Any], send_id: int, run: uuid.UUID, later: Iterable[Later]
) -> None:
    """Give back what ``run`` holds and its domains do not take now."""
    for each in later:
        ids, pause, span = each.address_ids, each.pause, each.span
        await release(claims, send_id, ids, run=run, pause=pause, span=span)


class DomainLimits:
    """The limits of one run. ``connections`` is how many messages may be in flight at once."""

    def __init__(self, pacer: Pacer, *, lane: str, newsletter: int | None) -> None:
        self._pacer = pacer
        self._lane = lane
        self._newsletter = newsletter
        self._known: set[str] = set()
        self._rooms: dict[str, _Room] = {}
        self._away: dict[str, list[int]] = defaultdict(list)
        self._back_at = 0.0
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
        # A chat or a device is nobody's domain: the channel's own limits were asked before.
        now += domains.pop("", [])
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
                self._rooms[domain] = _Room(max(places, 1), monotonic())

    def enter(self, row: Claimed) -> bool:
        """Take one of the places that the row's domain allows; False when all are taken."""
        room = self._rooms.get(domain_of(row)) if self._rooms else None
        if room is None:
            return True
        if room.inside >= room.places:
            return False
        room.inside += 1
        return True

    def has_room(self, row: Claimed) -> bool:
        """Whether the row's domain has a free place."""
        room = self._rooms.get(domain_of(row))
        return room is None or room.inside < room.places

    def leave(self, row: Claimed) -> bool:
        """Give the row's place back; whether its domain is one with a limit."""
        room = self._rooms.get(domain_of(row)) if self._rooms else None
        if room is None:
            return False
        room.inside -= 1
        room.served += 1
        return True

    def keeps(self, row: Claimed, number: int) -> bool:
        """Whether a row that found no place may wait in hand behind ``number`` others; otherwise it
        is one of those that :meth:`turned_away` tells."""
        domain = domain_of(row)
        if self._rooms[domain].keeps(number, self.connections):
            return True
        self._away[domain].append(row.address_id)
        return False

    def turned_away(self) -> list[Later]:
        """What came since the last call for domains that have enough in hand; due again when their
        turn may come, so that other domains' rows are not held up."""
        away, self._away = self._away, defaultdict(list)
        later: list[Later] = []
        for domain, ids in away.items():
            self.unused(len(ids))
            self._pacer.give_back(len(ids), lane=self._lane, domain=domain)
            pause, span = self._rooms[domain].put_off(len(ids))
            later.append(Later(ids, timedelta(seconds=pause), timedelta(seconds=span)))
            self._back_at = max(self._back_at, monotonic() + min(pause + span, STAYS_FOR))
        return later

    @property
    def awaits(self) -> bool:
        """Whether rows that were turned away are due again soon."""
        return bool(self._away) or monotonic() < self._back_at

    def heard(self, row: Claimed, code: int | None, reply: str) -> None:
        """Pass a refusal on."""
        self._pacer.heard(domain_of(row), code, reply)

    async def close(self) -> None:
        """The run is over."""
        await self._pacer.close()
