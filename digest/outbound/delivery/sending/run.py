"""A run at work: a feeder that claims, a carrier that hands over, a watcher that looks up."""

import asyncio
import random
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Any

from psycopg import AsyncConnection, OperationalError

from digest.kit import background, counters
from digest.kit.observe import log
from digest.outbound.channels.base import (
    AnswerLost,
    Channel,
    Receipt,
    Rejected,
    Streaming,
    Unreachable,
)
from digest.outbound.delivery.core import retry, staging
from digest.outbound.delivery.core.circuit_breaker import Answered, CircuitBreaker
from digest.outbound.delivery.ledger.answers import Answer, Answers
from digest.outbound.delivery.ledger.claim import START, Claimed, claim, release
from digest.outbound.delivery.ledger.connections import connect
from digest.outbound.delivery.ledger.journal import SYNC_EVERY, Journal
from digest.outbound.delivery.ledger.lease import Lease
from digest.outbound.delivery.models import Delivery, Send
from digest.outbound.delivery.pacing.domain_limits import (
    STAYS_FOR,
    DomainLimits,
    domain_of,
    put_off,
)
from digest.outbound.delivery.pacing.pacer import Pacer, Unlimited
from digest.outbound.delivery.pacing.relay_limits import RelayLimits
from digest.outbound.delivery.sending.carriers import carrier_of
from digest.outbound.delivery.sending.configuration import RunConfiguration, RunCounts
from digest.outbound.delivery.sending.copies import Copies
from digest.outbound.messages.message import Copy

State = Delivery.State

# Rows held in memory are at most this old, so that an unsubscription takes effect at once.
HELD_FOR = 1.0
LOOK_EVERY = 0.5
# A watcher that was told to end has at most one question to the ledger or to Redis under way.
_ENDS_IN = 5.0
BATCH_LIMIT = 1000
_STATES = {"deferred": State.DEFERRED, "failed": State.FAILED, "unknown": State.UNKNOWN}
# Why a run ends so that not even what has its envelope out may follow.
_AT_ONCE = frozenset({"stopped", "fault"})


@dataclass
class SendRun:
    """One run over one send; the desk of its carrier (see channels.base.Desk)."""

    configuration: RunConfiguration
    channel: Channel
    copies: Copies
    pacer: Pacer = field(default_factory=Unlimited)
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    counts: RunCounts = field(default_factory=RunCounts)
    ended: str = ""
    pause_reason: str = ""
    held_up_by: str = ""

    async def go(self) -> None:
        """Send until nothing is due, time is up, or somebody says stop."""
        configuration = self.configuration
        self._queue: deque[tuple[float, Claimed]] = deque()
        self._returned: list[int] = []
        self._moved = asyncio.Event()
        self._low = self._busy = self._unreachable = 0
        self._after = START
        self._began = monotonic()
        self._circuit_breaker = CircuitBreaker(
            configuration.most_refusals, connections=configuration.connections
        )
        self._parked: dict[str, deque[tuple[float, Claimed]]] = defaultdict(deque)
        self._domain_limits = DomainLimits(
            self.pacer, lane=configuration.lane, newsletter=configuration.newsletter
        )
        self._relay_limits = RelayLimits(self.pacer, lane=configuration.lane)
        self._lease = Lease(self.id, configuration.send_id, configuration.lease)
        self._answers = Answers(
            partial(connect, f"answers of send {configuration.send_id}"),
            configuration.send_id,
            self.id,
            told=self._tell,
        )
        self._journal = Journal.open(configuration.journals, self.id, configuration.send_id)
        settled = False
        try:
            claims = await connect(f"claims of send {configuration.send_id}")
            try:
                settled = await self._work(claims)
            finally:
                await claims.close()
        finally:
            self._journal.close(settled=settled)

    async def _work(self, claims: AsyncConnection[Any]) -> bool:
        """All between the first claim and the last answer; whether the ledger has all of it."""
        places = await self._domain_limits.open(self.configuration.connections)
        relays = self.channel.relays if isinstance(self.channel, Streaming) else ()
        if not (places and await self._relay_limits.open(relays, places)):
            self.stop("stalled")
        await self._lease.enter(claims)
        keeper = asyncio.create_task(self._answers.keep())
        keeper.add_done_callback(lambda task: self.stop("fault"))
        await self.channel.open()
        self._carrier = carrier_of(
            self.channel, self, connections=max(places, 1), patience=self.configuration.patience
        )
        ending = asyncio.Event()
        watchers = [
            asyncio.create_task(self._watch(claims, ending)),
            asyncio.create_task(self._sync(ending)),
            asyncio.create_task(self._relay_limits.keep(self._carrier.kick, ending)),
        ]
        try:
            await self._feed(claims)
        finally:
            self.stop("fault")
            await self._carrier.close()
            for waiting in (self._queue, *self._parked.values()):
                self._returned += [row.address_id for _, row in waiting]
                waiting.clear()
            self._answers.close()
            await asyncio.wait([keeper])
            ending.set()
            await background.end(watchers, patience=_ENDS_IN, limit=2 * _ENDS_IN)
            await self.channel.close()
            self._relay_limits.close()
            await self._domain_limits.close()
            if not claims.broken:
                await self._give_back(claims)
        await keeper
        if self._busy:
            # Nobody told what became of them: they are settled from the journal, as a dead run's.
            log.error("deliveries were left without an answer", run=str(self.id), count=self._busy)
            return False
        await self._lease.leave(claims)
        return True

    def stop(self, reason: str) -> None:
        """End the run; the first reason stands."""
        self.ended = self.ended or reason
        self._moved.set()

    # The feeder

    async def _feed(self, claims: AsyncConnection[Any]) -> None:
        """Keep the carrier supplied, with no more in hand than it takes in a fraction of 1 s."""
        configuration, size = self.configuration, 2 * self.configuration.connections
        while not self.ended:
            if monotonic() - self._began > configuration.seconds:
                self.stop("time")
                break
            await self._give_back(claims)
            # No more than the relays take before it would be stale.
            within = self._relay_limits.within(HELD_FOR / 2)
            most = size if within is None else max(min(size, within), 1)
            if self._relay_limits.wait > STAYS_FOR and not self._busy:
                self.stop("stalled")
                break
            grant = await self._domain_limits.room(most)
            if not grant.granted:
                if grant.wait > STAYS_FOR:
                    self.stop("stalled")
                await self._until_moved(grant.wait)
                continue
            rows, self._after = await claim(
                claims,
                configuration.send_id,
                run=self.id,
                limit=grant.granted,
                after=self._after,
                service=configuration.service,
            )
            self._domain_limits.unused(grant.granted - len(rows))
            if not rows and not self._busy and not self._queue and not self._returned:
                if self._after != START:
                    self._after = START
                    continue
                if self._domain_limits.awaits:
                    await self._until_moved(0.1)
                    continue
                self.stop("drained")
                break
            at = monotonic()
            await self.copies.fetch(claims, {row.message_id for row in rows if not row.why_not})
            self._queue.extend((at, row) for row in await self._fit(claims, rows))
            self._carrier.kick()
            await self._until_low(len(rows) // 2, wait_for_one=not rows)
            took = monotonic() - at
            if took < 0.15:
                size = min(2 * size, BATCH_LIMIT)
            elif took > 0.3:
                size = max(size // 2, configuration.connections)

    async def _until_low(self, low: int, *, wait_for_one: bool) -> None:
        """Return when the queue runs low, the run ends, or, on request, nothing is under way."""
        self._low = low
        while not self.ended:
            self._moved.clear()
            if not wait_for_one and len(self._queue) <= low:
                return
            if not await self._until_moved():
                return
            wait_for_one = False

    async def _until_moved(self, seconds: float = LOOK_EVERY) -> bool:
        """Wait for a change, a while at most; whether there was one."""
        self._moved.clear()
        return await background.is_set(self._moved, min(max(seconds, 0.05), LOOK_EVERY))

    async def _fit(self, claims: AsyncConnection[Any], rows: Sequence[Claimed]) -> list[Claimed]:
        """Those of ``rows`` that may go out now. The others are recorded as skipped or, where
        their domain takes no more for the moment, due again a bit later."""
        configuration = self.configuration
        fit: list[Claimed] = []
        for row in rows:
            if row.attempts:
                # An earlier intent of this run is settled, or the row could not be claimed again.
                self._journal.answered(row.address_id, accepted=False)
            if row.why_not:
                self.counts.skipped += 1
            elif staging.may_contact(
                row.value or "", configuration.allowed, production=configuration.production
            ):
                fit.append(row)
            else:
                self._record(row, State.SKIPPED, reply=staging.REFUSAL, tried=False)
        if any(row.attempts for row in rows):
            # Or a kill before the next intent would count a settled one as lost once more.
            with suppress(OSError):  # logged, and the run is stopped
                self.seal()
        leaving, later = await self._domain_limits.sort(fit)
        await put_off(claims, configuration.send_id, self.id, later)
        return leaving

    async def _give_back(self, claims: AsyncConnection[Any]) -> None:
        returned, self._returned = self._returned, []
        if returned:
            self._domain_limits.unused(len(returned))
            await release(claims, self.configuration.send_id, returned, run=self.id)
        await put_off(
            claims, self.configuration.send_id, self.id, self._domain_limits.turned_away()
        )

    # The watchers

    async def _watch(self, claims: AsyncConnection[Any], ending: asyncio.Event) -> None:
        """Look up the send's state, and keep the lease alive while answers are slow."""
        while not await background.is_set(ending, LOOK_EVERY):
            try:
                cursor = await claims.execute(
                    "SELECT state FROM digest_send WHERE id = %s", (self.configuration.send_id,)
                )
                row = await cursor.fetchone()
                if row is None or row[0] != Send.State.RUNNING:
                    self.stop("stopped")
                if self._lease.due and not await self._lease.renew(claims):
                    log.warning("a run has outlived its lease", send=self.configuration.send_id)
                    self.stop("fault")
            except OperationalError as error:
                log.warning("the ledger cannot be reached", reason=str(error))
                self.stop("fault")
                return

    async def _sync(self, ending: asyncio.Event) -> None:
        """Bring the journal to the disk, five times a second."""
        while not await background.is_set(ending, SYNC_EVERY):
            await asyncio.to_thread(self._journal.sync)

    # The desk

    def waiting(self) -> int:
        """Rows in hand that nobody carries yet."""
        return len(self._queue)

    def take(self) -> tuple[Claimed, Copy] | None:
        """The next row that is still fresh, with its copy."""
        while self._queue and not self.ended:
            at, row = self._queue.popleft()
            if len(self._queue) == self._low:
                self._moved.set()
            if monotonic() - at > HELD_FOR:
                self._returned.append(row.address_id)
                self._unpark(row)
                continue
            if not self._domain_limits.enter(row):
                parked = self._parked[domain_of(row)]
                if self._domain_limits.keeps(row, len(parked)):
                    parked.append((at, row))
                continue
            self._busy += 1
            try:
                return row, self.copies.make(row)
            except Exception as error:
                self.failed(row, error, intended=False)
        return None

    def passes(self, relay: str) -> bool:
        """Whether one more may go through a relay now."""
        return self._relay_limits.passes(relay)

    def places_at(self, relay: str) -> int | None:
        """How many connections to a relay are this run's."""
        return self._relay_limits.places(relay)

    def intend(self, job: Claimed) -> bool:
        """Journal that its final byte is about to leave, while the row is ours and unbraked."""
        if self.ended in _AT_ONCE or not self._lease.stands:
            self._returned.append(job.address_id)
            self._done(job)
            return False
        self._journal.intend(job.address_id)
        return True

    def seal(self) -> None:
        """Bring what was journalled out of this process's hands."""
        try:
            self._journal.seal()
        except OSError as error:
            log.error("the journal of intents cannot be written", reason=str(error))
            self.stop("fault")
            raise

    def accepted(self, job: Claimed, receipt: Receipt) -> None:
        """Journal it at once, and the ledger with the next batch."""
        self._unreachable = 0
        self._circuit_breaker.note(Answered.ACCEPTED)
        self._journal.answered(job.address_id, accepted=True)
        self.counts.sent += 1
        self._answers.record(
            Answer(
                job.address_id,
                State.SENT,
                receipt.code,
                receipt.reply,
                receipt.provider_id or None,
            )
        )
        self._done(job)

    def failed(self, job: Claimed, error: Exception, *, intended: bool) -> None:
        """Record an attempt that did not end in success; end the run when all would fail."""
        verdict = retry.decide(
            error,
            attempts=job.attempts + 1,
            lost_answers=job.lost_answers,
            age=self.configuration.age + timedelta(seconds=monotonic() - self._began),
            intended=intended,
            urgent=self.configuration.urgent,
            jitter=random.random(),  # noqa: S311 - spreads load, guards nothing
        )
        if intended and not verdict.lost:
            self._journal.answered(job.address_id, accepted=False)
        if isinstance(error, Unreachable):
            self._unreachable += 1
        else:
            self._unreachable = 0
        self._domain_limits.heard(job, getattr(error, "code", None), str(error))
        reply = getattr(error, "reply", "") or f"{type(error).__name__}: {error}"
        self._record(
            job,
            _STATES[verdict.result],
            code=getattr(error, "code", None),
            reply=reply,
            pause=verdict.pause,
            lost=verdict.lost,
            recipient=verdict.result == "failed" and getattr(error, "recipient", False),
        )
        if verdict.pause_reason:
            self.pause_reason = verdict.pause_reason
        answered = _answered(error, verdict)
        why = self._circuit_breaker.note(answered, reply)
        if why:
            self.pause_reason = self.pause_reason or why
            self.stop("stalled")
            if answered in {Answered.REFUSED, Answered.QUOTA}:
                self.held_up_by = reply
        if verdict.halt or self._unreachable >= self.configuration.connections:
            self.held_up_by = self.held_up_by or reply
            self.stop("stalled")
        self._done(job)

    def _record(self, row: Claimed, state: Delivery.State, **answer: Any) -> None:
        self._answers.record(Answer(row.address_id, state, **answer))
        name = state.name.lower()
        setattr(self.counts, name, getattr(self.counts, name) + 1)

    def _done(self, job: Claimed) -> None:
        self._busy -= 1
        if self._domain_limits.leave(job):
            self._unpark(job)
        if not self._busy:
            self._moved.set()

    def _unpark(self, row: Claimed) -> None:
        """Let the next of its domain have a free place; what grew stale meanwhile goes back."""
        parked = self._parked.get(domain_of(row))
        while parked and self._domain_limits.has_room(row):
            at, first = parked.popleft()
            if monotonic() - at <= HELD_FOR:
                self._queue.appendleft((at, first))
                asyncio.get_running_loop().call_soon(self._carrier.kick)
                return
            self._returned.append(first.address_id)

    def _tell(self, batch: Sequence[Answer]) -> None:
        for state, number in Counter(each.state for each in batch).items():
            counters.count(
                "attempts",
                self.channel.name,
                self.configuration.lane,
                state.name.lower(),
                by=number,
            )


def _answered(error: Exception, verdict: retry.RetryDecision) -> Answered:
    """What an attempt that did not end in success says of the relay."""
    if verdict.lost:
        is_late = isinstance(error, AnswerLost) and error.overdue
        return Answered.OVERDUE if is_late else Answered.LOST
    if isinstance(error, Rejected):
        if error.scope == "quota":
            return Answered.QUOTA
        if verdict.result == "failed":
            return Answered.REFUSED
    return Answered.OTHER
