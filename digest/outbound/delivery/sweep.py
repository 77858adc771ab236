"""Repair what a killed worker or a lost message left behind, and close what is finished."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from digest.outbound.delivery.models import Delivery, Send

_LIMIT = 10_000

# By the database's clock: a worker whose own clock is an hour ahead must not take live leases.
_EXPIRED = """
WITH expired AS MATERIALIZED (
    SELECT send_id, address_id, intent_at IS NOT NULL AS intended FROM digest_delivery
    WHERE state = 2 AND leased_until < statement_timestamp()
    ORDER BY leased_until LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
), repaired AS (
    UPDATE digest_delivery d
    SET state = CASE
            WHEN e.intended AND d.lost_answers > 0 THEN 4
            WHEN e.intended OR d.attempts > 0 THEN 1
            ELSE 0
        END,
        attempts = d.attempts + e.intended::int,
        lost_answers = d.lost_answers + e.intended::int,
        next_try_at = CASE WHEN e.intended THEN statement_timestamp() ELSE d.next_try_at END,
        reply = CASE WHEN e.intended THEN %(reply)s ELSE d.reply END,
        leased_by = NULL, leased_until = NULL, intent_at = NULL
    FROM expired e
    WHERE d.send_id = e.send_id AND d.address_id = e.address_id AND d.state = 2
    RETURNING d.send_id, d.address_id, d.attempts, d.state, e.intended
), noted AS (
    INSERT INTO digest_attempt (send_id, address_id, number, at, result, reply)
    SELECT send_id, address_id, attempts, statement_timestamp(), 'unknown', %(reply)s
    FROM repaired WHERE intended
)
SELECT count(*) FILTER (WHERE NOT intended), count(*) FILTER (WHERE intended),
       count(*) FILTER (WHERE state = 4) FROM repaired
"""
_ENDED = "The worker ended before the answer was recorded."

_STUCK = """
SELECT s.id, s.lane FROM digest_send s
WHERE s.state = 'running'
  AND EXISTS (SELECT FROM digest_delivery d WHERE d.send_id = s.id AND d.state IN (0, 1)
              AND d.next_try_at <= statement_timestamp())
  AND NOT EXISTS (SELECT FROM digest_delivery d WHERE d.send_id = s.id AND d.state = 2
                  AND d.leased_until > statement_timestamp())
ORDER BY s.due_at
"""

_FINISH = """
UPDATE digest_send s SET state = 'done', finished_at = %(now)s
WHERE s.state = 'running' AND (%(send)s::bigint IS NULL OR s.id = %(send)s)
  AND NOT EXISTS (SELECT FROM digest_delivery d WHERE d.send_id = s.id AND d.state IN (0, 1))
  AND NOT EXISTS (SELECT FROM digest_delivery d WHERE d.send_id = s.id AND d.state = 2)
"""

_OPEN = (Delivery.State.PENDING, Delivery.State.DEFERRED)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: leases ``released`` unbegun, ``lost`` with an intent (``unknown`` of them
    for the second time), sends ``finished``; and by lane the sends somebody should look at.
    """

    released: int = 0
    lost: int = 0
    unknown: int = 0
    finished: int = 0
    to_send: dict[str, tuple[int, ...]] = field(default_factory=dict)
    to_fan_out: dict[str, tuple[int, ...]] = field(default_factory=dict)


@transaction.atomic
def sweep(*, now: datetime) -> Swept:
    """Take back expired leases, close finished and cancelled sends, and find the stuck ones.

    A lease that ended without an intent is due again at once. With an intent the message may have
    arrived: it is repeated once, and recorded as unknown the second time. A send is stuck when
    something is due and nobody holds a lease on any of it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRED, {"limit": _LIMIT, "reply": _ENDED})
        released, lost, unknown = cursor.fetchone()
        cursor.execute(_FINISH, {"now": now, "send": None})
        finished = cursor.rowcount
        cursor.execute(_STUCK)
        to_send = _by_lane(cursor.fetchall())
    for send in Send.objects.filter(state=Send.State.CANCELLED, finished_at=None):
        close_cancelled(send.pk, now=now)
    waiting = Send.objects.filter(state=Send.State.PENDING, due_at__lte=now).order_by("due_at")
    to_fan_out = _by_lane(list(waiting.values_list("pk", "lane")))
    return Swept(released, lost, unknown, finished, to_send, to_fan_out)


@transaction.atomic
def finish(send_id: int, *, now: datetime) -> int:
    """Close the send if every delivery is final; returns how many are due now."""
    with connection.cursor() as cursor:
        cursor.execute(_FINISH, {"now": now, "send": send_id})
        if cursor.rowcount:
            return 0
        cursor.execute(
            "SELECT count(*) FROM digest_delivery WHERE send_id = %s AND state IN (0, 1)"
            " AND next_try_at <= statement_timestamp()",
            [send_id],
        )
        return int(cursor.fetchone()[0])


@transaction.atomic
def close_cancelled(send_id: int, *, now: datetime) -> int:
    """Mark what a cancelled send had not sent; returns how many. What is in flight ends by itself
    and is looked at by the next sweep.
    """
    rows = Delivery.objects.filter(send_id=send_id)
    closed = rows.filter(state__in=_OPEN).update(
        state=Delivery.State.CANCELLED, reply="The send was cancelled."
    )
    if not rows.filter(state=Delivery.State.SENDING).exists():
        Send.objects.filter(pk=send_id, finished_at=None).update(finished_at=now)
    return closed


def _by_lane(rows: list[tuple[int, str]]) -> dict[str, tuple[int, ...]]:
    lanes: dict[str, list[int]] = defaultdict(list)
    for send_id, lane in rows:
        lanes[lane].append(send_id)
    return {lane: tuple(ids) for lane, ids in lanes.items()}
