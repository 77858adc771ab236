"""A run at work over one send: a feeder that claims, a carrier that hands over, watchers beside."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from psycopg import AsyncConnection, OperationalError

from digest.kit import background
from digest.kit.observe import log
from digest.outbound.channels.base import (
    Carrier,
    Channel,
    ChannelError,
    Streaming,
    close_in_time,
    open_in_time,
)
from digest.outbound.delivery.ledger.answers import Answers
from digest.outbound.delivery.ledger.connections import connect
from digest.outbound.delivery.ledger.journal import Journal
from digest.outbound.delivery.ledger.lease import Lease
from digest.outbound.delivery.models import Send
from digest.outbound.delivery.pacing import right_of_way
from digest.outbound.delivery.pacing.configured import to_redis
from digest.outbound.delivery.pacing.domain_limits import DomainLimits
from digest.outbound.delivery.pacing.pacer import Pacer, Unlimited
from digest.outbound.delivery.pacing.relay_limits import RelayLimits
from digest.outbound.delivery.sending import watchers
from digest.outbound.delivery.sending.carriers import carrier_of
from digest.outbound.delivery.sending.configuration import RunConfiguration
from digest.outbound.delivery.sending.copies import Copies
from digest.outbound.delivery.sending.counts import tell
from digest.outbound.delivery.sending.course import Course
from digest.outbound.delivery.sending.feeder import Feeder
from digest.outbound.delivery.sending.in_hand import InHand

# A watcher that was told to end has at most one question to the ledger or to Redis under way.
_ENDS_IN = 5.0


@dataclass
class SendRun:
    """One run over one send. ``course`` tells how it goes, and afterwards how it went."""

    configuration: RunConfiguration
    channel: Channel
    copies: Copies
    pacer: Pacer = field(default_factory=Unlimited)
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    course: Course = field(default_factory=Course)

    def __post_init__(self) -> None:
        configuration = self.configuration
        lane, send_id = configuration.lane, configuration.send_id
        self.domain_limits = DomainLimits(
            self.pacer, lane=lane, newsletter=configuration.newsletter
        )
        self.relay_limits = RelayLimits(self.pacer, lane=lane)
        self.lease = Lease(self.id, send_id, configuration.lease)
        self.answers = Answers(
            partial(connect, f"answers of send {send_id}"),
            send_id,
            self.id,
            told=partial(tell, self.channel.name, lane),
            reported_as=configuration.reported_as,
        )

    def stop(self, reason: str) -> None:
        """End the run; the first reason stands."""
        self.course.stop(reason)

    async def go(self) -> None:
        """Send until nothing is due, time is up, or somebody says stop."""
        configuration, course, settled = self.configuration, self.course, False
        with _told(course, "The journal of intents cannot be written", OSError):
            journal = Journal.open(configuration.journals, self.id, configuration.send_id)
        if course.ended:
            return
        try:
            with _told(course, "The database takes no connection", OperationalError):
                claims = await connect(f"claims of send {configuration.send_id}")
            if course.ended:
                settled = True  # nothing was begun
                return
            try:
                settled = await self._work(claims, journal)
            finally:
                await claims.close()
        finally:
            journal.close(settled=settled)

    async def _work(self, claims: AsyncConnection[Any], journal: Journal) -> bool:
        """All between the first claim and the last answer; whether the ledger has all of it."""
        configuration, course = self.configuration, self.course
        places = await self.domain_limits.open(configuration.connections)
        relays = self.channel.relays if isinstance(self.channel, Streaming) else ()
        if not (places and await self.relay_limits.open(relays, places)):
            course.stop("stalled")
        await self.lease.enter(claims)
        with _told(course, "The channel does not open", ChannelError):
            await open_in_time(self.channel)
        in_hand = InHand(
            configuration, course, self.copies, journal=journal, lease=self.lease,
            answers=self.answers, domain_limits=self.domain_limits, relay_limits=self.relay_limits,
        )  # fmt: skip
        feeder = Feeder(
            configuration, course, self.copies, in_hand, run=self.id, claims=claims,
            domain_limits=self.domain_limits, relay_limits=self.relay_limits,
        )  # fmt: skip
        carrier = carrier_of(
            self.channel, in_hand, connections=max(places, 1), patience=configuration.patience
        )
        in_hand.kick = carrier.kick
        ending = asyncio.Event()
        beside = self._watch(claims, journal, carrier, in_hand, ending)
        keeper = asyncio.create_task(self.answers.keep())
        keeper.add_done_callback(lambda task: course.stop("fault"))
        try:
            await feeder.feed()
        finally:
            await self._settle(carrier, in_hand, keeper)
            ending.set()
            await background.end(beside, patience=_ENDS_IN, limit=2 * _ENDS_IN)
            await self._close(feeder, claims)
        await keeper
        if in_hand.busy:
            # Nobody told what became of them: they are settled from the journal, as a dead run's.
            log.error("deliveries have no answer", run=str(self.id), count=in_hand.busy)
            return False
        await self.lease.leave(claims)
        return True

    def _watch(
        self,
        claims: AsyncConnection[Any],
        journal: Journal,
        carrier: Carrier,
        in_hand: InHand,
        ending: asyncio.Event,
    ) -> "list[asyncio.Task[None]]":
        """Begin what runs beside until ``ending``; when one of them fails the run ends."""
        course, send_id = self.course, self.configuration.send_id

        def ended(task: "asyncio.Task[None]") -> None:
            if not ending.is_set() and (task.cancelled() or task.exception() is not None):
                log.error("a watcher of a run has failed", send=send_id, stacks=repr(task))
                course.stop("fault")

        beside = [
            watchers.look(
                *(claims, send_id, self.lease, course, ending),
                hindered=lambda: course.held_up_by or in_hand.silence(),
                gives_way=self.configuration.urgent,
            ),
            watchers.sync(journal, course, ending),
            self.relay_limits.keep(carrier.kick, ending),
        ]
        if self.configuration.lane == Send.Lane.DIGESTS:
            beside.append(right_of_way.respect(course, carrier.kick, ending, to_redis))
        elif self.configuration.urgent:
            age = self.configuration.age.total_seconds()
            beside.append(right_of_way.keep(age, ending, to_redis))
        tasks = [asyncio.create_task(each) for each in beside]
        for task in tasks:
            task.add_done_callback(ended)
        return tasks

    async def _settle(
        self, carrier: Carrier, in_hand: InHand, keeper: "asyncio.Task[None]"
    ) -> None:
        """Take nothing more, wait for what is under way, and let the ledger have all of it."""
        self.course.stop("fault")
        await carrier.close()
        in_hand.take_back()
        self.answers.close()
        await asyncio.wait([keeper])

    async def _close(self, feeder: Feeder, claims: AsyncConnection[Any]) -> None:
        """Hang up, and give back what was not begun or not used."""
        await close_in_time(self.channel)
        self.relay_limits.close()
        try:
            if not claims.broken:
                await feeder.give_back()
        finally:
            await self.domain_limits.close()


@contextmanager
def _told(course: Course, words: str, kind: type[Exception]) -> Iterator[None]:
    """An error of that kind ends the run, and stands on the send."""
    try:
        yield
    except kind as error:
        log.error("a run cannot begin", reason=f"{words}: {error}")
        course.held_up_by = f"{words}: {error}"
        course.stop("fault")
