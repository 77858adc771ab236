"""Repair what a killed worker or a lost message left behind, and close what is finished."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from digest.outbound.delivery.ledger import recover
from digest.outbound.delivery.ledger.recover import Settled
from digest.outbound.delivery.models import Delivery, Run, Send

_STUCK = """
SELECT s.id, s.lane FROM digest_send s
WHERE s.state = 'running'
  AND EXISTS (SELECT FROM digest_delivery d WHERE d.send_id = s.id
              AND d.next_try_at <= statement_timestamp())
  AND NOT EXISTS (SELECT FROM digest_run r WHERE r.send_id = s.id
                  AND r.leased_until > statement_timestamp())
ORDER BY s.due_at
"""

_FINISH = """
UPDATE digest_send s
SET state = 'done', finished_at = %(now)s, held_up_by = '', held_up_since = NULL
WHERE s.state = 'running' AND s.fan_out_after IS NULL
  AND (%(send)s::bigint IS NULL OR s.id = %(send)s)
  AND NOT EXISTS (
      SELECT FROM digest_delivery d WHERE d.send_id = s.id AND d.next_try_at IS NOT NULL)
  AND NOT EXISTS (SELECT FROM digest_run r WHERE r.send_id = s.id)
"""

_OPEN = (Delivery.State.PENDING, Delivery.State.DEFERRED)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: deliveries of dead runs ``settled``, sends ``finished``; and by lane the
    sends somebody should look at.
    """

    settled: Settled = field(default_factory=Settled)
    finished: int = 0
    to_send: dict[str, tuple[int, ...]] = field(default_factory=dict)
    to_fan_out: dict[str, tuple[int, ...]] = field(default_factory=dict)


def sweep(*, now: datetime) -> Swept:
    """Settle what dead runs held, close finished and cancelled sends, and find the stuck ones.

    A send is stuck when something is due and no living run works on it.
    """
    settled = recover.settle_orphans() + recover.settle_lapsed()
    return _tidy(settled, now)


def _tidy(settled: Settled, now: datetime) -> Swept:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_FINISH, {"now": now, "send": None})
        finished = cursor.rowcount
        cursor.execute(_STUCK)
        to_send = _by_lane(cursor.fetchall())
    for send in Send.objects.filter(state=Send.State.CANCELLED, finished_at=None):
        close_cancelled(send.pk, now=now)
    is_half = Q(fan_out_after__isnull=False, state__in=[Send.State.RUNNING, Send.State.PAUSED])
    waiting = Send.objects.filter(Q(state=Send.State.PENDING, due_at__lte=now) | is_half)
    waiting = waiting.order_by("due_at")
    to_fan_out = _by_lane(list(waiting.values_list("pk", "lane")))
    return Swept(settled, finished, to_send, to_fan_out)


@transaction.atomic
def finish(send_id: int, *, now: datetime) -> int:
    """Close the send if every delivery is final; returns how many are due now."""
    with connection.cursor() as cursor:
        cursor.execute(_FINISH, {"now": now, "send": send_id})
        if cursor.rowcount:
            return 0
        cursor.execute(
            "SELECT count(*) FROM digest_delivery WHERE send_id = %s"
            " AND next_try_at <= statement_timestamp()",
            [send_id],
        )
        return int(cursor.fetchone()[0])


@transaction.atomic
def close_cancelled(send_id: int, *, now: datetime) -> int:
    """Mark what a cancelled send had not sent; returns how many. What is in flight ends by itself
    and is looked at by the next sweep.
    """
    # Asked first: a run that ends while the rows are marked gives back some that were not open.
    is_idle = not Run.objects.filter(send_id=send_id).exists()
    rows = Delivery.objects.filter(send_id=send_id)
    closed = rows.filter(state__in=_OPEN).update(
        state=Delivery.State.CANCELLED, next_try_at=None, reply="The send was cancelled."
    )
    if is_idle:
        Send.objects.filter(pk=send_id, finished_at=None).update(finished_at=now)
    return closed


def _by_lane(rows: list[tuple[int, str]]) -> dict[str, tuple[int, ...]]:
    lanes: dict[str, list[int]] = defaultdict(list)
    for send_id, lane in rows:
        lanes[lane].append(send_id)
    return {lane: tuple(ids) for lane, ids in lanes.items()}
