"""Take due deliveries of a send, and give back what was not begun.

Next tries are judged by the database's clock, which all workers share: a worker whose own clock
jumps takes nothing away from anybody.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from digest.outbound.delivery.ledger.states import named


@dataclass(slots=True)
class Claimed:
    """One delivery in our hands, with all that its copy needs; ``why_not``: it was skipped."""

    address_id: int
    message_id: int
    subscription_id: int | None
    schedule_id: int | None
    attempts: int
    lost_answers: int
    value: str | None
    window_open: bool
    channel_data: dict[str, Any] | None
    link_generation: int
    in_public: bool
    why_not: str | None
    next_try_at: datetime


# Gone is gone: suppressions and ended subscriptions are looked up here, at the last moment before
# the message leaves, and not only when the send was fanned out. ``due`` brings along all that is
# needed of its rows: nobody gathers statistics of a partitioned table as a whole, and the guess at
# a second join with it made the planner read everything for each claim. The run's row is locked:
# a run that dies here is settled after its claim has ended, never beside it.
_CLAIM = named("""
WITH alive AS MATERIALIZED (
    SELECT FROM digest_run
    WHERE id = %(run)s AND leased_until > statement_timestamp()
    FOR KEY SHARE
), due AS MATERIALIZED (
    SELECT d.address_id, d.next_try_at, d.subscription_id, d.slot_id
    FROM digest_delivery d
    WHERE d.send_id = %(send)s AND d.next_try_at <= statement_timestamp()
      AND d.state IN ({PENDING}, {DEFERRED})
      AND (d.next_try_at, d.address_id) > (%(after_time)s::timestamptz, %(after_id)s::bigint)
      AND EXISTS (SELECT FROM digest_send s WHERE s.id = %(send)s AND s.state = 'running')
      AND EXISTS (SELECT FROM alive)
    ORDER BY d.next_try_at, d.address_id
    LIMIT %(limit)s
    FOR UPDATE OF d SKIP LOCKED
), judged AS MATERIALIZED (
    SELECT d.address_id, d.next_try_at, c.id AS schedule_id,
           a.value, a.channel_data,
           coalesce(a.window_ends_at > statement_timestamp(), false) AS window_open,
           coalesce(a.link_generation, 0) AS link_generation,
           coalesce(a.verified_by = 'place', false) AS in_public,
           CASE
             WHEN a.id IS NULL THEN 'The address was erased.'
             WHEN x.id IS NOT NULL AND NOT (%(service)s AND x.reason = 'reader')
               THEN 'Suppressed: ' || x.reason || '.'
             WHEN %(service)s THEN NULL
             WHEN a.verified_at IS NULL THEN 'The address is not verified.'
             WHEN d.subscription_id IS NOT NULL AND p.state IS DISTINCT FROM 'active'
               THEN 'The subscription is ' || coalesce(p.state, 'gone') || '.'
             WHEN d.slot_id IS NOT NULL AND c.is_active IS NOT TRUE
               THEN 'The personal digest was ended.'
             WHEN d.slot_id IS NOT NULL AND NOT EXISTS (
               SELECT FROM digest_subscription t
               WHERE t.address_id = d.address_id AND t.topic_id IS NOT NULL
                 AND t.state = 'active'
             ) THEN 'The reader follows no topic any more.'
           END AS why_not
    FROM due d
    LEFT JOIN digest_address a ON a.id = d.address_id
    LEFT JOIN digest_suppression x ON x.fingerprint = a.fingerprint
    LEFT JOIN digest_subscription p ON p.id = d.subscription_id
    LEFT JOIN digest_slot o ON o.id = d.slot_id
    LEFT JOIN digest_schedule c ON c.id = o.schedule_id
)
UPDATE digest_delivery d
SET state = CASE WHEN j.why_not IS NULL THEN {SENDING} ELSE {SKIPPED} END,
    reply = coalesce(j.why_not, d.reply),
    leased_by = CASE WHEN j.why_not IS NULL THEN %(run)s::uuid END,
    next_try_at = NULL
FROM judged j
WHERE d.send_id = %(send)s AND d.address_id = j.address_id AND d.state IN ({PENDING}, {DEFERRED})
RETURNING d.address_id, d.message_id, d.subscription_id, j.schedule_id, d.attempts,
          d.lost_answers, j.value, j.window_open, j.channel_data, j.link_generation, j.in_public,
          j.why_not, j.next_try_at
""")

_RELEASE = named("""
UPDATE digest_delivery
SET state = CASE WHEN attempts > 0 THEN {DEFERRED} ELSE {PENDING} END, leased_by = NULL,
    next_try_at = statement_timestamp() + coalesce(
        %(pause)s::interval + random() * %(span)s::interval, interval '0')
WHERE send_id = %(send)s AND leased_by = %(run)s AND state = {SENDING}
  AND address_id = ANY(%(addresses)s)
""")

# Before everything that can be due.
START = (datetime(1970, 1, 1, tzinfo=UTC), 0)


async def claim(
    connection: AsyncConnection[Any],
    send_id: int,
    *,
    run: uuid.UUID,
    limit: int,
    after: tuple[datetime, int] = START,
    service: bool = False,
) -> tuple[tuple[Claimed, ...], tuple[datetime, int]]:
    """Take up to ``limit`` due deliveries of a running send, the longest due first.

    Those that must not go out any more come back with ``why_not`` and are already recorded as
    skipped; the others are held by ``run``. Empty when nothing is due, the send is stopped or the
    run's lease is over. Also returns where the next claim may look on: ``after`` spares it the
    index's dead entries, and a run that finds nothing looks once more from the start.
    """
    async with connection.cursor(row_factory=class_row(Claimed)) as cursor:
        await cursor.execute(
            _CLAIM,
            {
                "send": send_id,
                "run": run,
                "limit": limit,
                "after_time": after[0],
                "after_id": after[1],
                "service": service,
            },
        )
        rows = tuple(await cursor.fetchall())
    return rows, max(((row.next_try_at, row.address_id) for row in rows), default=after)


async def release(
    connection: AsyncConnection[Any],
    send_id: int,
    address_ids: list[int],
    *,
    run: uuid.UUID,
    pause: timedelta | None = None,
    span: timedelta = timedelta(),
) -> int:
    """Give back deliveries whose sending was not begun; returns how many were still ours.

    They are due as before or, with ``pause``, that much later and then spread over ``span``.
    """
    values = {"send": send_id, "run": run, "addresses": address_ids, "pause": pause, "span": span}
    cursor = await connection.execute(_RELEASE, values)
    return cursor.rowcount
