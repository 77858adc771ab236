"""What becomes known after a message was accepted: delivered, bounced, complained of.

Reports come late, twice, and in any order. What counts is not the latest but the gravest:
a complaint stands over a bounce, a hard bounce over a delivery, a delivery over a soft bounce.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from digest.audience.leaving.suppress import suppress
from digest.audience.models.addresses import Address
from digest.audience.models.suppressions import Suppression
from digest.outbound.delivery.ledger.states import named
from digest.outbound.delivery.ledger.told_elsewhere import call_off_others
from digest.outbound.delivery.models import Delivery, Send

Outcome = Delivery.Outcome

GRAVITY = {
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
    known = rows.update(
        state=Delivery.State.SENT, sent_at=at, provider_id=provider_id, next_try_at=None
    )
    if known:
        call_off_others(send_id, address_id)
    return bool(known)


def missed(send_id: int, address_id: int, *, now: datetime, words: str) -> bool:
    """The provider says that an attempt whose answer was lost did not arrive.

    It is tried again, as if it had been refused at once; what was given up is recorded as failed.
    Either way nothing of it may have arrived any more.
    """
    rows = Delivery.objects.filter(send_id=send_id, address_id=address_id, lost_answers__gt=0)
    again = rows.filter(state=Delivery.State.DEFERRED).update(lost_answers=0, next_try_at=now)
    given_up = rows.filter(state=Delivery.State.UNKNOWN).update(
        state=Delivery.State.FAILED,
        lost_answers=0,
        reply=words or "It did not arrive, says the provider.",
    )
    return bool(again or given_up)


# The row that a provider's own name belongs to; else the only one whose answer was lost.
_NAMED = named("""
SELECT send_id, provider_id = %(name)s AS is_it
FROM digest_delivery
WHERE send_id = ANY(%(sends)s) AND address_id = %(address)s
  AND (provider_id = %(name)s
       OR lost_answers > 0 AND state IN ({DEFERRED}, {UNKNOWN})
          AND coalesce(provider_id, '') = '')
""")


def key_of(address_id: int, provider_id: str, *, channel: str, since: datetime) -> str:
    """The key of the copy to an address that the provider calls so, for reports without a key.

    One whose answer was lost has no name yet: it is taken for the one that is meant where it is
    the only such. Empty when none fits.
    """
    sends = Send.objects.filter(channel=channel, created_at__gt=since)
    values: dict[str, Any] = {
        "sends": list(sends.values_list("pk", flat=True)),
        "address": address_id,
        "name": provider_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, values)
        found = cursor.fetchall()
    certain = [send_id for send_id, is_it in found if is_it] or [send_id for send_id, _ in found]
    return f"{certain[0]}-{address_id}" if len(certain) == 1 else ""


def of_former_mailbox(send_id: int, address_id: int) -> bool:
    """Whether the copy went before its reader changed to another address: what comes back of it is
    of a mailbox that is not theirs any more, and shuts nobody out.
    """
    return bool(of_former_mailboxes([(send_id, address_id)]))


def of_former_mailboxes(keys: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of ``keys`` of which :func:`of_former_mailbox` is so."""
    wanted = list(keys)
    moved = dict(
        Address.objects.filter(
            pk__in={each for _, each in wanted}, moved_at__isnull=False
        ).values_list("pk", "moved_at")
    )
    return {
        (send_id, address_id)
        for send_id, address_id in wanted
        if address_id in moved
        and Delivery.objects.filter(
            send_id=send_id, address_id=address_id, sent_at__lt=moved[address_id]
        ).exists()
    }


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
    weaker = [int(each) for each in Outcome if GRAVITY[each] < GRAVITY[outcome]]
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
    if reason is None or not shut or of_former_mailbox(send_id, address_id):
        return Recorded(changed, suppressed=False)
    suppress(address_id, reason, note=note, now=now)
    return Recorded(changed, suppressed=True)
