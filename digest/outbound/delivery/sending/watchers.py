"""What runs beside a run: the look at its send, its lease, and the sync of its journal."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

from psycopg import AsyncConnection, OperationalError

from digest.kit import background
from digest.kit.observe import log
from digest.outbound.delivery.control import hindrance
from digest.outbound.delivery.ledger.connections import connect
from digest.outbound.delivery.ledger.journal import SYNC_EVERY, Journal
from digest.outbound.delivery.ledger.lease import Lease
from digest.outbound.delivery.models import Send
from digest.outbound.delivery.sending.course import LOOK_EVERY, Course

# One look at the ledger may take so many seconds.
_PATIENCE = 20.0
# A run that has sent nothing yet gives way after so many seconds.
_TURN = 2.0
_STATE = "SELECT state FROM digest_send WHERE id = %s"
# An alert goes to all its channels at once, and there are more of them than senders: one that is
# just fanned out and that nobody has begun goes first. Later ones have had their turn.
_OTHERS_WAIT = """
SELECT EXISTS (
    SELECT FROM digest_send s
    WHERE s.lane = 'alerts' AND s.state = 'running' AND s.id <> %s
      AND s.fanned_out_at > statement_timestamp() - interval '30 seconds'
      AND NOT EXISTS (SELECT FROM digest_run r WHERE r.send_id = s.id
                      AND r.leased_until > statement_timestamp())
      AND EXISTS (SELECT FROM digest_delivery d WHERE d.send_id = s.id
                  AND d.next_try_at <= statement_timestamp()))
"""


async def look(
    claims: AsyncConnection[Any],
    send_id: int,
    lease: Lease,
    course: Course,
    ending: asyncio.Event,
    *,
    hindered: Callable[[], str],
    gives_way: bool = False,
) -> None:
    """Look up the send's state, and keep the lease alive while answers are slow, until ``ending``.
    What it is ``hindered`` by stands on the send within a second, and no longer than it is so.

    An alert's run ``gives_way`` where another of its channels waits for a sender.

    When the ledger cannot be reached the run takes no more; but what it has handed over may be
    answered minutes later, so the lease is renewed over a new connection as soon as there is one.
    """
    own: AsyncConnection[Any] | None = None
    told = ""
    try:
        while not await background.is_set(ending, LOOK_EVERY):
            try:
                async with asyncio.timeout(_PATIENCE):
                    if claims.broken and (own is None or own.broken):
                        own = await connect(f"lease of send {send_id}")
                    await _look(own or claims, send_id, lease, course)
                    words = hindered()
                    if words != told and await hindrance.tell(own or claims, send_id, words):
                        told = words
                    if gives_way and not course.ended and _has_had_a_turn(course):
                        await _give_way(own or claims, send_id, course)
            except (OperationalError, TimeoutError) as error:
                if course.ended != "fault":
                    log.warning("the ledger cannot be reached", send=send_id, reason=str(error))
                course.stop("fault")
    finally:
        if own is not None:
            await own.close()


async def _look(
    connection: AsyncConnection[Any], send_id: int, lease: Lease, course: Course
) -> None:
    cursor = await connection.execute(_STATE, (send_id,))
    row = await cursor.fetchone()
    if row is None or row[0] != Send.State.RUNNING:
        course.was_stopped = True
        course.stop("stopped")
    if lease.due and not await lease.renew(connection):
        log.warning("a run has outlived its lease", send=send_id)
        course.stop("fault")


def _has_had_a_turn(course: Course) -> bool:
    """Somebody has it already; or nothing gets through, and others need not wait for that."""
    return course.counts.sent > 0 or monotonic() - course.began > _TURN


async def _give_way(connection: AsyncConnection[Any], send_id: int, course: Course) -> None:
    cursor = await connection.execute(_OTHERS_WAIT, (send_id,))
    row = await cursor.fetchone()
    if row is not None and row[0]:
        course.stop("time")


async def sync(journal: Journal, course: Course, ending: asyncio.Event) -> None:
    """Bring the journal to the disk, five times a second, until ``ending``."""
    while not await background.is_set(ending, SYNC_EVERY):
        try:
            await asyncio.to_thread(journal.sync)
        except OSError as error:
            log.error("the journal of intents cannot be synced", reason=str(error))
            course.held_up_by = f"The journal of intents cannot be written: {error}."
            course.stop("fault")
