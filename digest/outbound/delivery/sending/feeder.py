"""Keeps a run's carrier supplied: claims what is due, no more than goes out within a moment."""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

from psycopg import AsyncConnection

from digest.outbound.delivery.core import staging
from digest.outbound.delivery.ledger.claim import START, Claimed, claim, release
from digest.outbound.delivery.pacing.domain_limits import STAYS_FOR, DomainLimits, put_off
from digest.outbound.delivery.pacing.relay_limits import RelayLimits
from digest.outbound.delivery.sending.configuration import RunConfiguration
from digest.outbound.delivery.sending.copies import Copies
from digest.outbound.delivery.sending.course import Course
from digest.outbound.delivery.sending.in_hand import HELD_FOR, InHand

BATCH_LIMIT = 1000
# A run's first claim is small, whatever may be under way at once: on a busy machine hundreds of
# rows take half a second, for which the first reader would wait.
FIRST_CLAIM = 20


class Feeder:
    """Claims rows of one send for one run, and gives back what was not begun."""

    def __init__(
        self,
        configuration: RunConfiguration,
        course: Course,
        copies: Copies,
        in_hand: InHand,
        *,
        run: uuid.UUID,
        claims: AsyncConnection[Any],
        domain_limits: DomainLimits,
        relay_limits: RelayLimits,
    ) -> None:
        self._configuration = configuration
        self._course = course
        self._copies = copies
        self._in_hand = in_hand
        self._run = run
        self._claims = claims
        self._domain_limits = domain_limits
        self._relay_limits = relay_limits
        self._after = START
        self._size = min(FIRST_CLAIM, 2 * configuration.connections)

    async def feed(self) -> None:
        """Until nothing is due, time is up, or the run ends for another reason."""
        course, configuration = self._course, self._configuration
        while not course.ended:
            if monotonic() - course.began > configuration.seconds:
                course.stop("time")
                break
            await self.give_back()
            granted = await self._room()
            if not granted:
                continue
            rows, self._after = await claim(
                self._claims,
                configuration.send_id,
                run=self._run,
                limit=granted,
                after=self._after,
                service=configuration.service,
            )
            self._domain_limits.unused(granted - len(rows))
            if rows or not self._in_hand.is_idle:
                await self._hand_out(rows)
            elif self._after != START:
                self._after = START
            elif self._domain_limits.awaits:
                await course.until_moved(0.1)
            else:
                course.stop("drained")

    async def give_back(self) -> None:
        """Release what was not begun, and put off what its domain does not take now."""
        send_id = self._configuration.send_id
        if returned := self._in_hand.returned():
            self._domain_limits.unused(len(returned))
            await release(self._claims, send_id, returned, run=self._run)
        await put_off(self._claims, send_id, self._run, self._domain_limits.turned_away())

    async def _room(self) -> int:
        """How many rows may be claimed now; 0 after a wait, or at the run's end."""
        if self._course.stands_still:
            await self._course.until_moved()
            return 0
        if self._relay_limits.wait > STAYS_FOR and not self._in_hand.busy:
            self._course.stop("stalled")
            return 0
        # No more than the relays take before it would be stale.
        within = self._relay_limits.within(HELD_FOR / 2)
        most = self._size if within is None else max(min(self._size, within), 1)
        grant = await self._domain_limits.room(most)
        if not grant.granted:
            if grant.wait > STAYS_FOR:
                self._course.stop("stalled")
            await self._course.until_moved(grant.wait)
        return grant.granted

    async def _hand_out(self, rows: Sequence[Claimed]) -> None:
        """Give rows to the carrier, wait until few are left, and judge how many to take next."""
        began = monotonic()
        await self._copies.fetch(self._claims, rows)
        self._in_hand.put(await self._fit(rows))
        self._in_hand.kick()
        await self._until_low(len(rows) // 2, wait_for_one=not rows)
        self._size = size_after(self._size, monotonic() - began, self._configuration.connections)

    async def _until_low(self, low: int, *, wait_for_one: bool) -> None:
        """Return when the queue runs low, the run ends, or, on request, nothing is under way."""
        course, in_hand = self._course, self._in_hand
        in_hand.low = low
        while not course.ended:
            course.moved.clear()
            if not wait_for_one and in_hand.waiting() <= low:
                return
            if not await course.until_moved():
                return
            wait_for_one = False

    async def _fit(self, rows: Sequence[Claimed]) -> list[Claimed]:
        """Those of ``rows`` that may go out now. The others are recorded as skipped or, where
        their domain takes no more for the moment, due again a bit later."""
        configuration, in_hand = self._configuration, self._in_hand
        fit: list[Claimed] = []
        for row in rows:
            if row.attempts:
                in_hand.begin_again(row)
            if row.why_not:
                self._course.counts.skipped += 1
            elif row.lost_answers and configuration.is_reported:
                in_hand.give_up(row)
            elif staging.may_contact(
                row.value or "", configuration.allowed, production=configuration.production
            ):
                fit.append(row)
            else:
                in_hand.skip(row, staging.REFUSAL)
        if any(row.attempts for row in rows):
            # Or a kill before the next intent would count a settled one as lost once more.
            with suppress(OSError):  # logged, and the run is stopped
                in_hand.seal()
        leaving, later = await self._domain_limits.sort(fit)
        await put_off(self._claims, configuration.send_id, self._run, later)
        return leaving


def size_after(size: int, took: float, connections: int) -> int:
    """How many rows to claim next, after ``size`` of them kept the carrier busy for ``took``
    seconds: enough for every connection soon, then as many as go out within a moment.
    """
    if size < connections:
        return min(4 * size, 2 * connections)
    if took < 0.15:
        return min(2 * size, BATCH_LIMIT)
    return max(size // 2, connections) if took > 0.3 else size
