"""Outcomes of many copies: as ``outcomes.record`` one after the other, in two statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from digest.outbound.delivery.ledger.outcomes import GRAVITY
from digest.outbound.delivery.ledger.states import named
from digest.outbound.delivery.models import Delivery

_LOCK = named("""
SELECT d.send_id, d.address_id, d.outcome, s.message_id_suffix,
       d.state IN ({SENDING}, {SENT}, {UNKNOWN}) OR d.lost_answers > 0,
       d.state IN ({DEFERRED}, {UNKNOWN}) AND d.lost_answers > 0
FROM digest_delivery d LEFT JOIN digest_send s ON s.id = d.send_id
WHERE (d.send_id, d.address_id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))
ORDER BY 1, 2 FOR UPDATE OF d
""")
_WRITE = """
UPDATE digest_delivery d SET outcome = v.outcome, outcome_at = v.at
FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::timestamptz[])
     AS v (send_id, address_id, outcome, at)
WHERE d.send_id = v.send_id AND d.address_id = v.address_id
"""


@dataclass(frozen=True, slots=True)
class CopyOutcome:
    """What was reported of the copy ``key``. ``suffix`` is that of the Message-ID that named it,
    which must be the send's own; None where a signature of ours named it."""

    key: tuple[int, int]
    outcome: Delivery.Outcome
    at: datetime
    suffix: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedOutcome:
    """``counts``: a copy that may have left; ``changed``: its row took the outcome; ``was_lost``:
    the answer to its last attempt had been lost."""

    counts: bool = False
    changed: bool = False
    was_lost: bool = False


def record_many(said: Sequence[CopyOutcome]) -> list[RecordedOutcome]:
    """Write outcomes down in their order, the gravest stands; for each what came of it."""
    keys = sorted({each.key for each in said})
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [[send for send, _ in keys], [address for _, address in keys]])
        rows = {(send, address): rest for send, address, *rest in cursor.fetchall()}
        stands: dict[tuple[int, int], int | None] = {key: row[0] for key, row in rows.items()}
        written: dict[tuple[int, int], CopyOutcome] = {}
        recorded = []
        for each in said:
            _, suffix, has_left, was_lost = rows.get(each.key, (None, "", False, False))
            if not has_left or each.suffix not in (None, suffix):
                recorded.append(RecordedOutcome())
                continue
            known = stands[each.key]
            changed = known is None or GRAVITY[Delivery.Outcome(known)] < GRAVITY[each.outcome]
            if changed:
                stands[each.key], written[each.key] = int(each.outcome), each
            recorded.append(RecordedOutcome(True, changed, was_lost))
        if written:
            new = [(*key, int(each.outcome), each.at) for key, each in sorted(written.items())]
            cursor.execute(_WRITE, [list(column) for column in zip(*new, strict=True)])
    return recorded
