"""Readers whom a digest told of an alert's story minutes ago: the alert would only say it again."""

from datetime import datetime

from django.db import connection
from django.db.models import Q

from digest.audience.core.alert_rules import DIGEST_TOLD
from digest.audience.core.spans import EVERYBODY, AddressSpan
from digest.audience.models.schedules import Slot
from digest.newsdesk.alerts.models import AlertRevision
from digest.newsdesk.editions.models import Item
from digest.outbound.delivery.ledger.states import named
from digest.outbound.delivery.models import Send

WORDS = "A digest told the reader of this story minutes ago."

# In the transaction that made the rows. By the reader, on whichever channel the digest came.
# From the alert's rows, never from the digest's, of which there may be a million: each of a
# reader's addresses is looked up in each digest by its key. A subquery in the place of a value is
# never turned into a join, which the planner would make by reading all of the digest.
_SKIP = named("""
UPDATE digest_delivery r SET state = {SKIPPED}, next_try_at = NULL, reply = %(words)s
WHERE r.send_id = %(send)s AND r.state = {PENDING}
  AND r.address_id > %(after)s AND r.address_id <= %(to)s AND (
    SELECT true
    FROM digest_delivery d
    WHERE d.send_id = ANY(%(sends)s) AND d.address_id = ANY(ARRAY(
            SELECT other.id FROM digest_address a
            JOIN digest_address other ON other.subscriber_id = a.subscriber_id
            WHERE a.id = r.address_id))
      AND d.state = {SENT} AND d.sent_at > %(since)s
      AND (d.slot_id IS NULL OR (
            SELECT o.edition_id = ANY(%(editions)s) FROM digest_slot o WHERE o.id = d.slot_id))
    LIMIT 1)
""")


def skip_those_told(
    send: Send, frozen: AlertRevision, *, now: datetime, span: AddressSpan = EVERYBODY
) -> int:
    """Skip the rows of such readers of ``span`` in a send that is being fanned out; how many.

    One of the biggest goes to everybody all the same.
    """
    if frozen.is_biggest:
        return 0
    since = now - DIGEST_TOLD
    held = Item.objects.filter(story_id=frozen.alert.story_id, killed=False)
    editions = list(
        held.filter(edition__revisions__isnull=False)
        .values_list("edition_id", flat=True)
        .distinct()
    )
    if not editions:
        return 0
    batches = Slot.objects.filter(edition_id__in=editions, batch__isnull=False)
    sends = Send.objects.filter(
        Q(kind=Send.Kind.EDITION, source_id__in=editions)
        | Q(kind=Send.Kind.SLOTS, source_id__in=batches.values("batch_id")),
        Q(finished_at=None) | Q(finished_at__gt=since),
        started_at__isnull=False,
    )
    found = list(sends.values_list("pk", flat=True))
    if not found:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _SKIP,
            {
                "words": WORDS, "send": send.pk, "sends": found, "since": since,
                "editions": editions, "after": span.after, "to": span.to,
            },
        )  # fmt: skip
        return int(cursor.rowcount)
