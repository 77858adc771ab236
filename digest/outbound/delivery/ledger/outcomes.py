"""What becomes known after a message was accepted: delivered, bounced, complained of.

Reports come late, twice, and in any order. What counts is not the latest but the gravest:
a complaint stands over a bounce, a hard bounce over a delivery, a delivery over a soft bounce.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from digest.audience.leaving.suppress import suppress
from digest.audience.models.suppressions import Suppression
from digest.outbound.delivery.ledger.states import named
from digest.outbound.delivery.models import Delivery

Outcome = Delivery.Outcome

_GRAVITY = {
    Outcome.SOFT_BOUNCE: 1,
    Outcome.DELIVERED: 2,
    Outcome.HARD_BOUNCE: 3,
    Outcome.COMPLAINT: 4,
}
_SUPPRESSES = {
    Outcome.HARD_BOUNCE: Suppression.Reason.BOUNCE,
    Outcome.COMPLAINT: Suppression.Reason.COMPLAINT,
}

# The row of a copy that may have left: as it is sent, was sent, or with an answer that was lost.
_HANDED_OVER = named("""
SELECT EXISTS (
    SELECT FROM digest_delivery
    WHERE send_id = %(send)s AND address_id = %(address)s
      AND (state IN ({SENDING}, {SENT}, {UNKNOWN}) OR lost_answers > 0
           OR (%(refused)s AND state = {FAILED}))
      AND (%(since)s::timestamptz IS NULL OR sent_at IS NULL OR sent_at >= %(since)s)
)
""")
_RECORD = """
UPDATE digest_delivery SET outcome = %(outcome)s, outcome_at = %(at)s
WHERE send_id = %(send)s AND address_id = %(address)s
  AND (outcome IS NULL OR outcome = ANY(%(weaker)s))
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """``changed``: the ledger's row took the outcome; ``suppressed``: the address is shut."""

    changed: bool
    suppressed: bool


def read_key(key: str) -> tuple[int, int] | None:
    """The send and address of a ledger key ``<send>-<address>``, or None when it is none."""
    send, dash, address = key.partition("-")
    if not (dash and send.isascii() and send.isdigit() and address.isascii() and address.isdigit()):
        return None
    if len(send) > 18 or len(address) > 18:
        return None
    return int(send), int(address)


def handed_over(
    send_id: int, address_id: int, *, since: datetime | None = None, refused: bool = False
) -> bool:
    """Whether a copy may have left: reports come before our own note of it, or after.

    ``since``: not longer ago, where its moment is known. ``refused``: what our own relay refused
    counts too, for its word about the address.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _HANDED_OVER,
            {"send": send_id, "address": address_id, "since": since, "refused": refused},
        )
        return bool(cursor.fetchone()[0])


def arrived(send_id: int, address_id: int, *, at: datetime, provider_id: str = "") -> bool:
    """The provider says that it has the message: an attempt whose answer was lost is known now.

    Returns whether that spared a repeat or cleared up an unknown one.
    """
    rows = Delivery.objects.filter(
        send_id=send_id,
        address_id=address_id,
        state__in=[Delivery.State.DEFERRED, Delivery.State.UNKNOWN],
        lost_answers__gt=0,
    )
    return bool(
        rows.update(
            state=Delivery.State.SENT, sent_at=at, provider_id=provider_id, next_try_at=None
        )
    )


@transaction.atomic
def record(
    send_id: int,
    address_id: int,
    outcome: Delivery.Outcome,
    *,
    at: datetime,
    now: datetime,
    note: str = "",
    refused: bool = False,
    shut: bool = True,
) -> Recorded:
    """Write an outcome down once; shut the address after a hard bounce or a complaint.

    Nothing happens for a copy that cannot have left (see :func:`handed_over`), nor for one whose
    row is gone with its partition: its report comes more than a year late. ``shut``: whether the
    address is to be shut here, and not by the caller. What is queued for the
    address is skipped when it is claimed.
    """
    if not handed_over(send_id, address_id, refused=refused):
        return Recorded(changed=False, suppressed=False)
    weaker = [int(each) for each in Outcome if _GRAVITY[each] < _GRAVITY[outcome]]
    with connection.cursor() as cursor:
        cursor.execute(
            _RECORD,
            {
                "outcome": int(outcome),
                "at": at,
                "send": send_id,
                "address": address_id,
                "weaker": weaker,
            },
        )
        changed = bool(cursor.rowcount)
    reason = _SUPPRESSES.get(outcome)
    if reason is None or not shut:
        return Recorded(changed, suppressed=False)
    suppress(address_id, reason, note=note, now=now)
    return Recorded(changed, suppressed=True)
