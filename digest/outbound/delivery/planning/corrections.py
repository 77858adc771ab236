"""An edition's correction goes to the newsroom's own places alone that have, or may have, it."""

from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from digest.audience.joining.places import VERIFIED_BY
from digest.audience.models.subscriptions import Subscription
from digest.audience.recipients import Query
from digest.outbound.delivery.ledger.states import named
from digest.outbound.delivery.models import Send

WORDS = "The correction took its place."

# Nobody is to read the words that were wrong after those that are right. A place has few rows.
_CALL_OFF = named("""
UPDATE digest_delivery d SET state = {CANCELLED}, next_try_at = NULL, reply = %(words)s
FROM digest_address a
WHERE d.send_id = ANY(%(earlier)s) AND d.state IN ({PENDING}, {DEFERRED}) AND d.lost_answers = 0
  AND a.id = d.address_id AND a.verified_by = 'place'
""")
_HAD_IT = named("""
SELECT q.* FROM ({recipients}) q JOIN digest_address a ON a.id = q.address_id
WHERE a.verified_by = 'place' AND EXISTS (
    SELECT FROM digest_delivery d WHERE d.send_id = ANY(%s) AND d.address_id = q.address_id
      AND (d.state IN ({SENDING}, {SENT}, {UNKNOWN}) OR d.lost_answers > 0 OR d.reply = %s))
""")


def places_of(newsletter: Any) -> QuerySet[Subscription]:
    """The places of the newsroom's own that get a newsletter, on channels in use."""
    return Subscription.objects.filter(
        newsletter=newsletter,
        state=Subscription.State.ACTIVE,
        address__verified_by=VERIFIED_BY,
        address__channel__in=settings.DIGEST_CHANNELS,
    )


def to_places(send: Send, query: Query) -> Query:
    """Of whom ``query`` gives the places that a correction concerns.

    What is still to go to them in its earlier words is called off, in the caller's transaction.
    """
    sends = earlier(send)
    with connection.cursor() as cursor:
        cursor.execute(_CALL_OFF, {"earlier": sends, "words": WORDS})
    return Query(_HAD_IT.format(recipients=query.sql), (*query.params, sends, WORDS))


def earlier(send: Send) -> list[int]:
    """The sends of the edition's revisions before this one, on its channel."""
    found = Send.objects.filter(
        kind=send.kind,
        source_id=send.source_id,
        channel=send.channel,
        revision__lt=send.revision,
    )
    return list(found.values_list("pk", flat=True))
