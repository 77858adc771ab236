"""Ranges of the ledger: made ahead of use, dropped whole when they are old.

A range is made as a table of its own and attached. CREATE TABLE … PARTITION OF would lock the
ledger against claims; ATTACH does not.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from digest.outbound.delivery.models import Send

# Sends per range. Confirmations are sends of one mail each, so ids run fast.
SPAN = 10_000
# Any number: it names the lock under which ranges are made and dropped.
_LOCK = 0x6C6564676572
# What became of an old send can still be told when its rows are gone: in one row of counts.
_SUM_UP = """
WITH old AS (
    DELETE FROM digest_send_count WHERE send_id >= %s AND send_id < %s RETURNING *
)
INSERT INTO digest_send_count (
    send_id, backend, deferred, sending, sent, unknown, failed, skipped, cancelled,
    put_off, refused, bounced, complained
)
SELECT send_id, 0, sum(deferred), sum(sending), sum(sent), sum(unknown), sum(failed),
    sum(skipped), sum(cancelled), sum(put_off), sum(refused), sum(bounced), sum(complained)
FROM old GROUP BY send_id
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """Names of the ranges that were made and dropped."""

    made: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


def ensure(send_id: int, *, ahead: int = 1) -> Kept:
    """Make the range that holds ``send_id`` and ``ahead`` more, unless they are there.

    A range whose rows already lie in the default partition is left there: moving them would lock
    the ledger for as long as it takes.
    """
    first = send_id // SPAN
    wanted = [_name(number) for number in range(first, first + ahead + 1)]
    missing = [name for name in wanted if not _exists(name)]
    if not missing:
        return Kept()
    made = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        for number in range(first, first + ahead + 1):
            name, low, high = _name(number), number * SPAN, (number + 1) * SPAN
            if _exists(name) or _default_holds(low, high):
                continue
            # Room on each page for a claim and an answer, so that a send does not grow the table.
            cursor.execute(
                f"CREATE TABLE {name} (LIKE digest_delivery INCLUDING ALL) WITH (fillfactor = 50)"
            )
            cursor.execute(
                f"ALTER TABLE digest_delivery ATTACH PARTITION {name}"
                f" FOR VALUES FROM ({low}) TO ({high})"
            )
            made.append(name)
    return Kept(made=tuple(made))


def ensure_ahead() -> Kept:
    """Make the ranges that the next sends will need."""
    newest = Send.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return ensure(newest + 1)


def drop_before(moment: datetime) -> Kept:
    """Drop every whole range whose sends all ended before ``moment``; the sends' rows stay."""
    dropped = []
    for name, low in _ranges():
        high = low + SPAN
        sends = Send.objects.filter(pk__gte=low, pk__lt=high)
        newest = Send.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        if newest < high or sends.exclude(finished_at__lt=moment).exists():
            continue
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            cursor.execute(f"ALTER TABLE digest_delivery DETACH PARTITION {name}")
            cursor.execute(f"DROP TABLE {name}")
            cursor.execute(_SUM_UP, [low, high])
        dropped.append(name)
    return Kept(dropped=tuple(dropped))


def of(send_id: int) -> str:
    """The table that holds a send's deliveries: its range, or the default partition."""
    name = _name(send_id // SPAN)
    return name if _exists(name) else "digest_delivery_default"


def _name(number: int) -> str:
    return f"digest_delivery_r{number}"


def _exists(name: str) -> bool:
    # Not to_regclass: it answers from a cache that may not know yet what another process made.
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_class WHERE relname = %s)", [name])
        return bool(cursor.fetchone()[0])


def _default_holds(low: int, high: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM digest_delivery_default"
            " WHERE send_id >= %s AND send_id < %s)",
            [low, high],
        )
        return bool(cursor.fetchone()[0])


def _ranges() -> list[tuple[str, int]]:
    """Name and lowest send id of each range, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'digest_delivery'::regclass AND c.relname ~ '_r[0-9]+$'"
        )
        numbers = sorted(int(name.rpartition("_r")[2]) for (name,) in cursor.fetchall())
    return [(_name(number), number * SPAN) for number in numbers]
