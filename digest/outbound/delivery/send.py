"""Send some of a send's deliveries: claim, hand over, record.

Connections to the database: Django's own one per process and, while a run goes on, two more (one
for claims and the heart-beat, one for the journal). With the table in ``workers.processes`` that
is at most 3 × 5 for the three lanes. To the relay, each run opens a pool of its own of at most
``DIGEST_SMTP_CONNECTIONS``: an alert's run never waits for a connection that a digest holds.
"""

import asyncio
import os
import random
import signal
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import connection as django_connection
from psycopg import AsyncConnection, OperationalError

from digest.kit import meter
from digest.kit.observe import log
from digest.kit.sql import now
from digest.newsdesk.editions.models import Edition
from digest.outbound.channels import registry
from digest.outbound.channels.base import AnswerLost, Channel, Refused, Unreachable
from digest.outbound.delivery import brake, retry, staging, sweep
from digest.outbound.delivery.breaker import Fuse
from digest.outbound.delivery.claim import Claimed, claim, release, renew
from digest.outbound.delivery.connections import connect
from digest.outbound.delivery.gate import STAYS_FOR, Gate
from digest.outbound.delivery.journal import Answer, Journal, LeaseLost
from digest.outbound.delivery.models import Delivery, Send
from digest.outbound.delivery.pace import Pacer, Unlimited
from digest.outbound.delivery.paced import pacer_for
from digest.outbound.delivery.parcels import Parcels

State = Delivery.State

# Rows held in memory are at most this old, so that an unsubscription takes effect at once.
HELD_FOR = 1.0
LOOK_EVERY = 0.5
BATCH_LIMIT = 1000
_STATES = {"deferred": State.DEFERRED, "failed": State.FAILED, "unknown": State.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Progress:
    """What one run did. ``left``: deliveries still due now; ``lane``: that of the send.

    ``stalled``: nothing gets through for now, so leave the next look to the sweeper; ``ended``:
    why the run stopped (drained, time, braked, signal, stalled, fault).
    """

    sent: int = 0
    failed: int = 0
    deferred: int = 0
    left: int = 0
    unknown: int = 0
    skipped: int = 0
    stalled: bool = False
    ended: str = "drained"
    lane: str = Send.Lane.DIGESTS.value


@dataclass(slots=True)
class Tally:
    """Counters of a run in progress."""

    sent: int = 0
    failed: int = 0
    deferred: int = 0
    unknown: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Orders:
    """All that a run must know of its send, as values."""

    send_id: int
    age: timedelta
    urgent: bool
    service: bool
    connections: int
    lease: timedelta
    seconds: float
    patience: float
    allowed: tuple[str, ...]
    production: bool
    lane: str = Send.Lane.DIGESTS.value
    newsletter: int | None = None


def send_some(
    send_id: int,
    *,
    seconds: float = 30,
    channel: Channel | None = None,
    connections: int | None = None,
    patience: float | None = None,
    pacer: Pacer | None = None,
) -> Progress:
    """Work on a running send for at most ``seconds``, then say how far it came.

    Does nothing when the send is not running. Stops within a second of a pause, a cancellation or
    SIGTERM: what is in flight is finished, the rest is given back. One attempt may take
    ``patience`` seconds (by default ``DIGEST_ANSWER_TIMEOUT``); then its answer counts as lost.
    May be called by any number of processes at once for the same send. Must not be called inside
    a transaction.
    """
    if django_connection.in_atomic_block:
        raise RuntimeError("send_some works outside transactions: it talks to the network.")
    send = Send.objects.filter(pk=send_id, state=Send.State.RUNNING).first()
    if send is None:
        return Progress(ended="braked")
    orders = Orders(
        send_id=send.pk,
        age=now() - (send.started_at or send.created_at),
        urgent=send.lane == Send.Lane.ALERTS,
        service=send.kind == Send.Kind.SERVICE,
        connections=connections or settings.DIGEST_SMTP_CONNECTIONS,
        lease=settings.DIGEST_LEASE,
        seconds=seconds,
        patience=patience or settings.DIGEST_ANSWER_TIMEOUT.total_seconds(),
        allowed=tuple(settings.DIGEST_ALLOWED_RECIPIENTS),
        production=settings.DIGEST_PRODUCTION,
        lane=send.lane,
        newsletter=_newsletter(send),
    )
    parcels = Parcels(
        send.pk,
        base_url=settings.DIGEST_BASE_URL,
        key=settings.SECRET_KEY,
        confirm_round=send.revision if orders.service else None,
    )
    run = Run(
        orders,
        channel or registry.channel(send.channel, settings),
        parcels,
        pacer or pacer_for(send.channel, orders.newsletter),
    )
    asyncio.run(run.go())
    if run.brake:
        brake.pause(send_id, now=now(), reason=run.brake, who="the sender")
    left = sweep.finish(send_id, now=now())
    if run.ended == "signal":
        # Whoever asked this process to end is still waiting for it.
        os.kill(os.getpid(), signal.SIGTERM)
    tally = run.tally
    return Progress(
        sent=tally.sent,
        failed=tally.failed,
        deferred=tally.deferred,
        left=left,
        unknown=tally.unknown,
        skipped=tally.skipped,
        stalled=run.ended in {"stalled", "fault"},
        ended=run.ended,
        lane=send.lane,
    )


def _newsletter(send: Send) -> int | None:
    """The newsletter that an edition's send belongs to."""
    if send.kind != Send.Kind.EDITION:
        return None
    return Edition.objects.filter(pk=send.source_id).values_list("newsletter_id", flat=True).first()


@dataclass
class Run:
    """One run over one send: a feeder that claims, carriers that send, a watcher that looks up."""

    orders: Orders
    channel: Channel
    parcels: Parcels
    pacer: Pacer = field(default_factory=Unlimited)
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    tally: Tally = field(default_factory=Tally)
    ended: str = ""
    brake: str = ""

    async def go(self) -> None:
        """Send until nothing is due, time is up, or somebody says stop."""
        self._queue: asyncio.Queue[tuple[float, Claimed] | None] = asyncio.Queue()
        self._returned: list[int] = []
        self._moved = asyncio.Event()
        self._unreachable = 0
        self._busy = 0
        self._began = monotonic()
        self._fuse = Fuse(settings.DIGEST_MOST_REFUSALS)
        self._journal = Journal(
            partial(connect, f"journal of send {self.orders.send_id}"), self.orders.send_id, self.id
        )
        self.gate = Gate(self.pacer, lane=self.orders.lane, newsletter=self.orders.newsletter)
        places = await self.gate.open(self.orders.connections)
        if not places:
            self._stop("stalled")
        claims = await connect(f"claims of send {self.orders.send_id}")
        restore = self._listen_for_signals()
        keeper = asyncio.create_task(self._journal.keep())
        keeper.add_done_callback(lambda task: self._stop("fault"))
        await self.channel.open()
        watcher = asyncio.create_task(self._watch(claims))
        carriers = [asyncio.create_task(self._carry()) for _ in range(places)]
        try:
            await self._feed(claims)
        finally:
            await self._finish(carriers, keeper, claims)
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)
            await self.channel.close()
            await claims.close()
            await self.gate.close()
            restore()
        await keeper

    def _stop(self, reason: str) -> None:
        """End the run; the first reason stands."""
        self.ended = self.ended or reason
        self._moved.set()

    async def _feed(self, claims: AsyncConnection[Any]) -> None:
        """Keep the carriers supplied, with no more in hand than they take in a fraction of 1 s."""
        orders, size = self.orders, 2 * self.orders.connections
        while not self.ended:
            if monotonic() - self._began > orders.seconds:
                self._stop("time")
                break
            await self._give_back(claims)
            grant = await self.gate.room(size)
            if not grant.granted:
                if grant.wait > STAYS_FOR:
                    self._stop("stalled")
                await self._idle(grant.wait)
                continue
            rows = await claim(
                claims,
                orders.send_id,
                run=self.id,
                limit=grant.granted,
                lease=orders.lease,
                service=orders.service,
            )
            self.gate.unused(grant.granted - len(rows))
            if not rows and not self._busy and self._queue.empty() and not self._returned:
                self._stop("drained")
                break
            at = monotonic()
            await self.parcels.fetch(claims, {row.message_id for row in rows if not row.why_not})
            leaving, later = await self.gate.sort(rows)
            for row in leaving:
                self._queue.put_nowait((at, row))
            for each in later:
                await release(
                    claims, orders.send_id, each.address_ids, run=self.id, pause=each.pause,
                    span=each.span,
                )  # fmt: skip
            await self._until_low(wait_for_one=not rows)
            took = monotonic() - at
            if took < 0.2:
                size = min(2 * size, BATCH_LIMIT)
            elif took > 0.4:
                size = max(size // 2, orders.connections)

    async def _idle(self, seconds: float) -> None:
        """Wait for tokens, or for the run to end."""
        self._moved.clear()
        try:
            await asyncio.wait_for(self._moved.wait(), min(max(seconds, 0.05), LOOK_EVERY))
        except TimeoutError:
            pass

    async def _until_low(self, *, wait_for_one: bool) -> None:
        """Return when the queue runs low, the run ends, or, on request, one more row is done."""
        while not self.ended:
            self._moved.clear()
            if not wait_for_one and self._queue.qsize() <= self.orders.connections:
                return
            try:
                await asyncio.wait_for(self._moved.wait(), LOOK_EVERY)
            except TimeoutError:
                return
            wait_for_one = False

    async def _watch(self, claims: AsyncConnection[Any]) -> None:
        """Look up the send's state, and keep the leases alive while answers are slow."""
        orders, renewed = self.orders, monotonic()
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                cursor = await claims.execute(
                    "SELECT state FROM digest_send WHERE id = %s", (orders.send_id,)
                )
                row = await cursor.fetchone()
                if row is None or row[0] != Send.State.RUNNING:
                    self._stop("braked")
                if monotonic() - renewed > orders.lease.total_seconds() / 3:
                    await renew(claims, orders.send_id, run=self.id, lease=orders.lease)
                    renewed = monotonic()
            except OperationalError as error:
                log.warning("the ledger cannot be reached", reason=str(error))
                self._stop("fault")
                return

    async def _carry(self) -> None:
        """Take rows from the queue and send them, one at a time."""
        while (entry := await self._queue.get()) is not None:
            at, row = entry
            if row.why_not:
                self.tally.skipped += 1
            else:
                async with self.gate.place(row):
                    await self._send_or_return(at, row)
            self._moved.set()

    async def _send_or_return(self, at: float, row: Claimed) -> None:
        if self.ended or monotonic() - at > HELD_FOR:
            self._returned.append(row.address_id)
            return
        self._busy += 1
        try:
            await self._send(row)
        finally:
            self._busy -= 1

    async def _send(self, row: Claimed) -> None:
        """One attempt, from the parcel to the answer in the journal."""
        if not staging.may_contact(
            row.value or "", self.orders.allowed, production=self.orders.production
        ):
            self._record(row, State.SKIPPED, reply=staging.REFUSAL, tried=False)
            return
        intended = lease_lost = False

        async def intend() -> None:
            nonlocal intended, lease_lost
            try:
                await self._journal.intend(row.address_id)
            except LeaseLost:
                lease_lost = True
                raise
            intended = True

        try:
            async with asyncio.timeout(self.orders.patience):
                receipt = await self.channel.send(self.parcels.make(row), intend)
        except TimeoutError as error:
            words = f"No answer within {self.orders.patience:g} seconds."
            lost = AnswerLost(words) if intended else Unreachable(words)
            lost.__cause__ = error
            self._judge(row, lost, intended)
        except Exception as error:
            if not lease_lost:
                self._judge(row, error, intended)
        else:
            self._unreachable = 0
            self._fuse.note(False)
            self._record(
                row,
                State.SENT,
                code=receipt.code,
                reply=receipt.reply,
                provider_id=receipt.provider_id or None,
            )

    def _judge(self, row: Claimed, error: Exception, intended: bool) -> None:
        """Record an attempt that did not end in success; end the run when all would fail."""
        verdict = retry.decide(
            error,
            attempts=row.attempts + 1,
            lost_answers=row.lost_answers,
            age=self.orders.age + timedelta(seconds=monotonic() - self._began),
            intended=intended,
            urgent=self.orders.urgent,
            jitter=random.random(),  # noqa: S311 - spreads load, guards nothing
        )
        if isinstance(error, Unreachable):
            self._unreachable += 1
        else:
            self._unreachable = 0
        self.gate.heard(row, getattr(error, "code", None), str(error))
        reply = getattr(error, "reply", "") or f"{type(error).__name__}: {error}"
        self._record(
            row,
            _STATES[verdict.result],
            code=getattr(error, "code", None),
            reply=reply,
            pause=verdict.pause,
            lost=verdict.lost,
        )
        if verdict.brake:
            self.brake = verdict.brake
        refused_for_good = isinstance(error, Refused) and verdict.result == "failed"
        if self._fuse.note(refused_for_good) and not self.brake:
            self.brake = f"The other side refuses nearly everything. It says: {reply}"
            self._stop("stalled")
        if verdict.halt or self._unreachable >= self.orders.connections:
            self._stop("stalled")

    def _record(self, row: Claimed, state: Delivery.State, **answer: Any) -> None:
        self._journal.record(Answer(row.address_id, state, **answer))
        name = state.name.lower()
        setattr(self.tally, name, getattr(self.tally, name) + 1)
        meter.count("attempts", self.channel.name, self.orders.lane, name)

    async def _give_back(self, claims: AsyncConnection[Any]) -> None:
        returned, self._returned = self._returned, []
        if returned:
            await release(claims, self.orders.send_id, returned, run=self.id)

    async def _finish(
        self,
        carriers: list[asyncio.Task[None]],
        keeper: asyncio.Task[None],
        claims: AsyncConnection[Any],
    ) -> None:
        """Let what is in flight end, commit every answer, give the rest back."""
        self._stop("fault")
        for _ in carriers:
            self._queue.put_nowait(None)
        await asyncio.wait(carriers)
        self._journal.close()
        await asyncio.wait([keeper])
        if not claims.broken:
            await self._give_back(claims)

    def _listen_for_signals(self) -> Callable[[], None]:
        """Take SIGTERM as a wish to stop soon; returns what puts the old handler back."""
        if threading.current_thread() is not threading.main_thread():
            return lambda: None
        loop, before = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)
        loop.add_signal_handler(signal.SIGTERM, self._stop, "signal")

        def restore() -> None:
            loop.remove_signal_handler(signal.SIGTERM)
            signal.signal(signal.SIGTERM, before or signal.SIG_DFL)

        return restore
