"""Step: let go of what is older than is kept: ranges of the ledger, attempts, reports."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from digest.outbound.delivery.ledger import partitions

# One call deletes at most so many rows of a log; the next tick goes on.
_AT_ONCE = 20_000

_ATTEMPTS = """
DELETE FROM digest_attempt WHERE id IN (
    SELECT id FROM digest_attempt WHERE at < %s ORDER BY id LIMIT %s
)
"""
_EVENTS = """
DELETE FROM digest_provider_event WHERE id IN (
    SELECT id FROM digest_provider_event
    WHERE processed_at IS NOT NULL AND received_at < %s ORDER BY id LIMIT %s
)
"""
_WATCHES = "DELETE FROM digest_alert_watch WHERE due_at < %s"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What went: ``ranges`` of the ledger by name, and how many ``attempts`` and ``events``."""

    ranges: tuple[str, ...] = ()
    attempts: int = 0
    events: int = 0


def forget(*, now: datetime) -> Forgotten:
    """Drop whole ranges of sends that ended before ``DIGEST_KEEP_LEDGER``, and delete the
    attempts and provider reports of that age, the oldest first. 0 keeps everything.
    """
    keep = settings.DIGEST_KEEP_LEDGER
    if not keep:
        return Forgotten()
    before = now - keep
    dropped = partitions.drop_before(before).dropped
    with connection.cursor() as cursor:
        cursor.execute(_ATTEMPTS, [before, _AT_ONCE])
        attempts = cursor.rowcount
        cursor.execute(_WATCHES, [before])
        cursor.execute(_EVENTS, [before, _AT_ONCE])
        events = cursor.rowcount
    return Forgotten(dropped, attempts, events)
