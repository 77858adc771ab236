"""What a send would be, without sending: everything is done in one transaction and undone.

No mail leaves, because workers only ever see what was committed.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from digest.newsdesk.editions.publish import publish
from digest.outbound.delivery.core.staging import may_contact
from digest.outbound.delivery.models import Delivery, Send
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_edition


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One channel's send as it would be. ``shut_out``: readers whom this installation may not
    contact because it is no production; ``held``: why it would wait for an editor.
    """

    channel: str
    readers: int
    shut_out: int
    subject: str
    held: str


def dry_run(edition_id: int, *, now: datetime) -> tuple[Rehearsed, ...]:
    """Publish, plan and fan out an edition, look at the result, and take all of it back.

    Raises what :func:`~digest.newsdesk.editions.publish.publish` raises.
    """
    with transaction.atomic():
        done = publish(edition_id, now=now, by="a dry run")
        ids = plan_edition(edition_id, done.revision, now=now).send_ids
        found = tuple(_look(send_id, now) for send_id in ids)
        transaction.set_rollback(True)
    return found


def _look(send_id: int, now: datetime) -> Rehearsed:
    fan_out(send_id, now=now)
    send = Send.objects.get(pk=send_id)
    rows = Delivery.objects.filter(send_id=send_id)
    first = rows.select_related("message").first()
    words = first.message.words if first else {}
    return Rehearsed(
        channel=send.channel,
        readers=rows.count(),
        shut_out=_shut_out(send_id),
        subject=str(words.get("subject", "")),
        held=send.state_reason if send.state == Send.State.HELD else "",
    )


def _shut_out(send_id: int) -> int:
    if settings.DIGEST_PRODUCTION:
        return 0
    allowed = settings.DIGEST_ALLOWED_RECIPIENTS
    values = Delivery.objects.filter(send_id=send_id).values_list("address__value", flat=True)
    return sum(
        not may_contact(value or "", allowed, production=False)
        for value in values.iterator(chunk_size=5000)
    )
