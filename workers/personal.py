"""Personal digests composed for the slots that wait for them, by as many workers as there are.

Each takes a lane of the signatures at a time, and none that another has in hand.
"""

import random
import time
from collections.abc import Callable, Sequence
from functools import cache

from django.db import connection, transaction

from digest.audience.schedules.opening import Wanted, slots_composed_together, slots_waiting
from digest.kit.apart.limits import raise_limit
from digest.kit.observe import log
from digest.kit.sql import now
from digest.newsdesk.alerts.issued import issued_before
from digest.newsdesk.editions.personal import DigestRun, compose_many
from digest.outbound.delivery.planning.own_edition import edition_for

LANES = 4
AT_ONCE = 500
# What was read once for all serves that long, as long as a task takes new work.
SECONDS = 30.0
# So often what is ready goes on to the senders.
_HANDED_OVER_EVERY = 5.0
# Advisory locks have one name space: this is the lanes'.
_LOCK = 0x51075


def compose_waiting(hand_over: Callable[[], object], seconds: float = SECONDS) -> bool:
    """Compose for open slots for some seconds; whether there is more to do.

    ``hand_over`` passes on what is composed, at the end and now and then before.
    """
    began = handed = time.monotonic()
    run, lanes = DigestRun(), random.sample(range(LANES), LANES)
    while lanes and time.monotonic() < began + seconds:
        if not _take(lanes[0], run):
            lanes.pop(0)
        if run.is_full:
            run = DigestRun()
        if time.monotonic() >= handed + _HANDED_OVER_EVERY:
            hand_over()
            handed = time.monotonic()
    hand_over()
    return bool(lanes)


def _take(lane: int, run: DigestRun) -> int:
    """Compose some of a lane that nobody else is at work on; how many were waiting in it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, lane])
            (is_ours,) = cursor.fetchone()
        if not is_ours:
            return 0
        waiting = slots_waiting(now=now(), limit=AT_ONCE, lane=(lane, LANES))
        return _compose(waiting, run) if waiting else 0


def _compose(waiting: Sequence[Wanted], run: DigestRun) -> int:
    """Personal editions for their slots; a broken one must not hold up the other readers'."""
    issued = cache(issued_before)
    wanted = [edition_for(each, issued(each.slot_at) if each.alerts else ()) for each in waiting]
    try:
        with transaction.atomic():
            made = compose_many(wanted, now=now(), run=run)
    except Exception as error:
        # Not halved for want of time: both halves would take it again.
        raise_limit(error)
        if len(waiting) > 1:
            half = len(waiting) // 2
            return _compose(waiting[:half], run) + _compose(waiting[half:], run)
        log.exception("a personal digest could not be composed", signature=waiting[0].signature_key)
        return 0
    done = [(w.slot_ids, m.edition_id, m.reason) for w, m in zip(waiting, made, strict=True)]
    slots_composed_together(done)
    return len(made)
