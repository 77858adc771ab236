"""What holds a running send up although nobody stopped it: a relay that is down, or refuses all.

It stands on the send with the moment since when, for the desk, the command line and the metrics.
"""

from datetime import datetime
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce
from psycopg import AsyncConnection

from digest.outbound.delivery.ledger.told_elsewhere import to_try_again
from digest.outbound.delivery.models import Delivery, Send

_LONGEST = 500
# So much of an answer tells what kind it is: the code, its status, the first words. What follows
# is the reader's address or a number in the relay's queue.
_KIND = 24
# A run at work waits for nobody who has the row just now, and asks again.
_TELL = """
UPDATE digest_send SET held_up_by = %(words)s, held_up_since = CASE WHEN %(words)s <> ''
    THEN coalesce(held_up_since, statement_timestamp()) END
WHERE id IN (SELECT id FROM digest_send WHERE id = %(id)s FOR UPDATE SKIP LOCKED)
"""


def note(send_id: int, words: str, *, now: datetime) -> None:
    """Write down what the other side said; the moment of the first time stands."""
    Send.objects.filter(pk=send_id).update(
        held_up_by=words.replace("\x00", "")[:_LONGEST],
        held_up_since=Coalesce(F("held_up_since"), now),
    )


def clear(send_id: int) -> None:
    """It goes on."""
    Send.objects.filter(pk=send_id, held_up_since__isnull=False).update(
        held_up_by="", held_up_since=None
    )


async def tell(connection: AsyncConnection[Any], send_id: int, words: str) -> bool:
    """Write down while a run goes on what holds it up; without ``words``, that it goes on.

    False where somebody has the send's row just now.
    """
    words = words.replace("\x00", "")[:_LONGEST]
    cursor = await connection.execute(_TELL, {"words": words, "id": send_id})
    return bool(cursor.rowcount)


def put_back_refused(send: Send, *, now: datetime) -> int:
    """Make those due again whom the refusal hit for which the send was paused; returns how many.

    It was no word on these readers, as the pause tells. Who was refused with other words stays
    failed, and so does an address that does not exist (RFC 3463: 5.1.x). Runs in the caller's
    transaction.
    """
    words = send.held_up_by
    if not words:
        return 0
    refused = Delivery.objects.filter(
        send_id=send.pk, state=Delivery.State.FAILED, code__isnull=False,
        reply__startswith=words[:_KIND],
    ).exclude(reply__regex=r"(^|[^0-9.])5\.1\.[0-9]")  # fmt: skip
    return to_try_again(refused, send).update(
        state=Delivery.State.DEFERRED, attempts=0, next_try_at=now
    )
