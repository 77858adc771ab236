"""The deliveries that a run has in hand: the queue of its carrier, and what becomes of each."""

import asyncio
import random
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from datetime import timedelta
from time import monotonic
from typing import Any

from digest.kit.apart.limits import raise_limit
from digest.kit.observe import log
from digest.outbound.channels.base import AnswerLost, Receipt, Rejected, Unreachable
from digest.outbound.delivery.core import retry
from digest.outbound.delivery.core.circuit_breaker import Answered, CircuitBreaker
from digest.outbound.delivery.ledger.answers import Answer, Answers
from digest.outbound.delivery.ledger.claim import Claimed
from digest.outbound.delivery.ledger.journal import Journal
from digest.outbound.delivery.ledger.lease import Lease
from digest.outbound.delivery.models import Delivery
from digest.outbound.delivery.pacing.domain_limits import DomainLimits, domain_of
from digest.outbound.delivery.pacing.relay_limits import RelayLimits
from digest.outbound.delivery.sending.configuration import RunConfiguration
from digest.outbound.delivery.sending.copies import Copies
from digest.outbound.delivery.sending.course import AT_ONCE, Course
from digest.outbound.messages.message import Copy

State = Delivery.State

# Rows held in memory are at most this old, so that an unsubscription takes effect at once.
HELD_FOR = 1.0
# The other side answers within a moment, as a rule; a word is due after so many seconds.
SILENCE = 10.0
_STATES = {"deferred": State.DEFERRED, "failed": State.FAILED, "unknown": State.UNKNOWN}


class InHand:
    """A :class:`~digest.outbound.channels.base.JobQueue`; its jobs are claimed rows.

    ``kick`` is what puts the carrier to work; the run sets it when there is one. ``low``: at so
    many rows in the queue the feeder is told. ``busy``: with the carrier, not answered for yet.
    """

    def __init__(
        self,
        configuration: RunConfiguration,
        course: Course,
        copies: Copies,
        *,
        journal: Journal,
        lease: Lease,
        answers: Answers,
        domain_limits: DomainLimits,
        relay_limits: RelayLimits,
    ) -> None:
        self._configuration = configuration
        self._course = course
        self._copies = copies
        self._journal = journal
        self._lease = lease
        self._answers = answers
        self._domain_limits = domain_limits
        self._relay_limits = relay_limits
        self._circuit_breaker = CircuitBreaker(
            configuration.most_refusals, connections=configuration.connections
        )
        self._queue: deque[tuple[float, Claimed]] = deque()
        self._parked: dict[str, deque[tuple[float, Claimed]]] = defaultdict(deque)
        self._returned: list[int] = []
        self._unreachable = 0
        self._told_unreachable = False
        self._heard_at = monotonic()
        self.kick: Callable[[], None] = lambda: None
        self.low = 0
        self.busy = 0

    # The feeder's side

    def put(self, rows: Iterable[Claimed]) -> None:
        """Queue rows that were claimed just now."""
        at = monotonic()
        if self.is_idle:
            self._heard_at = at
        self._queue.extend((at, row) for row in rows)

    def take_back(self) -> None:
        """The run ends: what nobody has begun is to be given back."""
        for waiting in (self._queue, *self._parked.values()):
            self._returned += [row.address_id for _, row in waiting]
            waiting.clear()

    def returned(self) -> list[int]:
        """The addresses of rows that are to be given back, each told once."""
        returned, self._returned = self._returned, []
        return returned

    @property
    def is_idle(self) -> bool:
        """Whether nothing is in hand."""
        return not (self.busy or self._queue or self._returned)

    def silence(self) -> str:
        """In words, that the other side has not said anything for long; empty while it does."""
        silent_for = monotonic() - self._heard_at
        waits = self._course.stands_still or self._relay_limits.wait > 0
        held_back = waits and not self.busy
        if silent_for < SILENCE or held_back or not (self.busy or self._queue):
            return ""
        return "The other side has not answered for a while; its answers are awaited."

    def begin_again(self, row: Claimed) -> None:
        """A row that was tried before: an earlier intent of this run is settled, or it could not
        have been claimed once more.
        """
        self._journal.answered(row.address_id, accepted=False)

    def skip(self, row: Claimed, reply: str) -> None:
        """It must not go out."""
        self._record(row, State.SKIPPED, reply=reply, tried=False)

    def give_up(self, row: Claimed) -> None:
        """Its answer was lost, and the report that was to tell what became of it did not come."""
        self._record(row, State.UNKNOWN, reply=retry.NO_REPORT, tried=False)

    # The carrier's side

    def waiting(self) -> int:
        """Rows in hand that nobody carries yet, and that may be carried now."""
        return 0 if self._course.stands_still else len(self._queue)

    def take(self) -> tuple[Claimed, Copy] | None:
        """The next row that is still fresh, with its copy."""
        while self._queue and not (self._course.ended or self._course.stands_still):
            at, row = self._queue.popleft()
            if len(self._queue) == self.low:
                self._course.moved.set()
            if monotonic() - at > HELD_FOR:
                self._returned.append(row.address_id)
                self._unpark(row)
                continue
            if not self._domain_limits.enter(row):
                parked = self._parked[domain_of(row)]
                if self._domain_limits.keeps(row, len(parked)):
                    parked.append((at, row))
                continue
            self.busy += 1
            try:
                return row, self._copies.make(row)
            except Exception as error:
                raise_limit(error)
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
        if self._course.ended in AT_ONCE or not self._lease.stands:
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
            self._course.held_up_by = f"The journal of intents cannot be written: {error}."
            self._course.stop("fault")
            raise

    def accepted(self, job: Claimed, receipt: Receipt) -> None:
        """Journal it at once, and the ledger with the next batch."""
        self._heard_at = monotonic()
        self._unreachable = 0
        if self._told_unreachable:
            self._course.held_up_by, self._told_unreachable = "", False
        self._circuit_breaker.note(Answered.ACCEPTED)
        self._journal.answered(job.address_id, accepted=True)
        self._course.counts.sent += 1
        self._answers.record(
            Answer(
                job.address_id,
                State.SENT,
                receipt.code,
                without_address(receipt.reply, job.value),
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
            age=self._configuration.age + timedelta(seconds=monotonic() - self._course.began),
            intended=intended,
            urgent=self._configuration.urgent,
            is_reported=self._configuration.is_reported,
            jitter=random.random(),  # noqa: S311 - spreads load, guards nothing
        )
        if intended and not verdict.lost:
            self._journal.answered(job.address_id, accepted=False)
        self._reached(error)
        self._domain_limits.heard(job, getattr(error, "code", None), str(error))
        reply = getattr(error, "reply", "") or f"{type(error).__name__}: {error}"
        reply = without_address(reply, job.value)
        self._record(
            job,
            _STATES[verdict.result],
            code=getattr(error, "code", None),
            reply=reply,
            pause=verdict.pause,
            lost=verdict.lost,
            recipient=verdict.result == "failed" and getattr(error, "recipient", False),
        )
        self._judge(error, verdict, reply)
        self._done(job)

    def unreached(self, error: Exception) -> None:
        """The other side could not be reached, and everything in hand has gone back meanwhile."""
        self._reached(error)
        if self._unreachable >= self._configuration.connections:
            self._course.stop("stalled")

    def _reached(self, error: Exception) -> None:
        """Count what says that there is no way to the other side.

        Of few readers not as many are left as it takes to end the run: they, too, stand still by it
        until one mail is taken.
        """
        self._heard_at = monotonic()
        if not isinstance(error, Unreachable):
            self._unreachable = 0
            return
        self._unreachable += 1
        if not self._course.counts.sent and not self._course.held_up_by:
            self._course.held_up_by, self._told_unreachable = str(error), True

    def _judge(self, error: Exception, verdict: retry.RetryDecision, reply: str) -> None:
        """Does this mean that nothing else would get through either?"""
        course = self._course
        if verdict.pause_reason:
            course.pause_reason = verdict.pause_reason
        answered = _answered(error, verdict)
        why = self._circuit_breaker.note(answered, reply)
        if why:
            course.pause_reason = course.pause_reason or why
            course.stop("stalled")
            if answered in {Answered.REFUSED, Answered.QUOTA}:
                course.held_up_by = reply
        if verdict.halt or self._unreachable >= self._configuration.connections:
            course.held_up_by = course.held_up_by or reply
            course.stop("stalled")

    def _record(self, row: Claimed, state: Delivery.State, **answer: Any) -> None:
        self._answers.record(Answer(row.address_id, state, **answer))
        self._course.counts.add(state)

    def _done(self, job: Claimed) -> None:
        self.busy -= 1
        if self._domain_limits.leave(job):
            self._unpark(job)
        if not self.busy:
            self._course.moved.set()

    def _unpark(self, row: Claimed) -> None:
        """Let the next of its domain have a free place; what grew stale meanwhile goes back."""
        parked = self._parked.get(domain_of(row))
        while parked and self._domain_limits.has_room(row):
            at, first = parked.popleft()
            if monotonic() - at <= HELD_FOR:
                self._queue.appendleft((at, first))
                asyncio.get_running_loop().call_soon(self.kick)
                return
            self._returned.append(first.address_id)


def without_address(reply: str, value: str | None) -> str:
    """What the other side said, without the reader's address: the ledger outlives its erasure."""
    if not value or value.casefold() not in reply.casefold():
        return reply
    return re.sub(re.escape(value), "…", reply, flags=re.IGNORECASE)


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
