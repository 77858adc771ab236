"""Take due deliveries of a send, give back what was not begun, and keep hold of the rest.

Leases and next tries are judged by the database's clock, which all workers share: a worker whose
own clock jumps takes nothing away from anybody.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery in our hands, with all that its parcel needs; ``why_not``: it was skipped."""

    address_id: int
    message_id: int
    subscription_id: int | None
    schedule_id: int | None
    attempts: int
    lost_answers: int
    value: str | None
    window_open: bool
    provider_user_id: str | None
    push_keys: dict[str, str] | None
    why_not: str | None


# Gone is gone: suppressions and ended subscriptions are looked up here, at the last moment before
# the message leaves, and not only when the send was fanned out.
_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT d.address_id
    FROM digest_delivery d
    WHERE d.send_id = %(send)s AND d.state IN (0, 1) AND d.next_try_at <= statement_timestamp()
      AND EXISTS (SELECT FROM digest_send s WHERE s.id = %(send)s AND s.state = 'running')
    ORDER BY d.next_try_at
    LIMIT %(limit)s
    FOR UPDATE OF d SKIP LOCKED
), judged AS MATERIALIZED (
    SELECT d.address_id, c.id AS schedule_id, a.value, a.provider_user_id, a.push_keys,
           coalesce(a.window_ends_at > statement_timestamp(), false) AS window_open,
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
    FROM due
    JOIN digest_delivery d ON d.send_id = %(send)s AND d.address_id = due.address_id
    LEFT JOIN digest_address a ON a.id = d.address_id
    LEFT JOIN digest_suppression x ON x.fingerprint = a.fingerprint
    LEFT JOIN digest_subscription p ON p.id = d.subscription_id
    LEFT JOIN digest_slot o ON o.id = d.slot_id
    LEFT JOIN digest_schedule c ON c.id = o.schedule_id
)
UPDATE digest_delivery d
SET state = CASE WHEN j.why_not IS NULL THEN 2 ELSE 6 END,
    reply = coalesce(j.why_not, d.reply),
    leased_by = CASE WHEN j.why_not IS NULL THEN %(run)s::uuid END,
    leased_until = CASE WHEN j.why_not IS NULL THEN statement_timestamp() + %(lease)s END,
    intent_at = NULL
FROM judged j
WHERE d.send_id = %(send)s AND d.address_id = j.address_id AND d.state IN (0, 1)
RETURNING d.address_id, d.message_id, d.subscription_id, j.schedule_id, d.attempts,
          d.lost_answers, j.value, j.window_open, j.provider_user_id, j.push_keys, j.why_not
"""

_RELEASE = """
UPDATE digest_delivery
SET state = CASE WHEN attempts > 0 THEN 1 ELSE 0 END, leased_by = NULL, leased_until = NULL,
    next_try_at = coalesce(
        statement_timestamp() + %(pause)s::interval + random() * %(span)s::interval, next_try_at)
WHERE send_id = %(send)s AND leased_by = %(run)s AND state = 2 AND intent_at IS NULL
  AND address_id = ANY(%(addresses)s)
"""

_RENEW = """
UPDATE digest_delivery SET leased_until = statement_timestamp() + %(lease)s
WHERE send_id = %(send)s AND leased_by = %(run)s AND state = 2
  AND leased_until > statement_timestamp()
"""


async def claim(
    connection: AsyncConnection[Any],
    send_id: int,
    *,
    run: uuid.UUID,
    limit: int,
    lease: timedelta,
    service: bool = False,
) -> tuple[Claimed, ...]:
    """Take up to ``limit`` due deliveries of a running send, the longest due first.

    Those that must not go out any more come back with ``why_not`` and are already recorded as
    skipped; the others are leased to ``run``. Empty when nothing is due or the send is braked.
    """
    async with connection.cursor(row_factory=class_row(Claimed)) as cursor:
        await cursor.execute(
            _CLAIM,
            {"send": send_id, "run": run, "limit": limit, "lease": lease, "service": service},
        )
        return tuple(await cursor.fetchall())


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


async def renew(
    connection: AsyncConnection[Any], send_id: int, *, run: uuid.UUID, lease: timedelta
) -> int:
    """Heart-beat: keep what we hold for another ``lease``. Cannot revive an expired lease."""
    cursor = await connection.execute(_RENEW, {"send": send_id, "run": run, "lease": lease})
    return cursor.rowcount
