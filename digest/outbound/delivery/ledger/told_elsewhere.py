"""An alert's readers with several channels: who was told on one is told on no other again.

What is open on another channel, or may have arrived there, counts as told; a refusal does not.
"""

from typing import Any

from django.db import connection
from django.db.models import QuerySet

from digest.audience.core.spans import EVERYBODY, AddressSpan
from digest.outbound.delivery.ledger.states import named
from digest.outbound.delivery.models import Delivery, Send

WORDS = "Another channel of the reader's has told it."

# The other addresses of a reader who put their channels in an order.
_OTHERS = """
SELECT t.address_id FROM digest_subscription s
JOIN digest_alert_rule u ON u.subscription_id = s.id
JOIN digest_alert_rule v ON v.chain = u.chain
JOIN digest_subscription t ON t.id = v.subscription_id
WHERE s.address_id = {address} AND t.address_id <> {address}
"""
_TOLD = named("""
SELECT d.address_id FROM digest_delivery d
WHERE d.send_id = %(send)s AND d.state = {FAILED} AND EXISTS (
    SELECT FROM digest_delivery o
    WHERE o.send_id = ANY(%(others)s) AND o.address_id IN (__OTHERS__)
      AND o.state NOT IN ({FAILED}, {SKIPPED}, {CANCELLED}))
""").replace("__OTHERS__", _OTHERS.format(address="d.address_id"))
_CALL_OFF = named("""
UPDATE digest_delivery o
SET state = CASE WHEN lost_answers > 0 THEN {UNKNOWN} ELSE {SKIPPED} END, next_try_at = NULL,
    reply = %(words)s
WHERE o.send_id = ANY(%(others)s) AND o.address_id IN (__OTHERS__)
  AND o.state IN ({PENDING}, {DEFERRED})
""").replace("__OTHERS__", _OTHERS.format(address="%(address)s"))
# From those who have an order: it costs little where few do.
_SPARE = named("""
UPDATE digest_delivery d SET state = {SKIPPED}, next_try_at = NULL, reply = %(words)s
WHERE d.send_id = %(send)s AND d.state = {PENDING} AND d.address_id IN (
    SELECT s.address_id FROM digest_alert_rule u
    JOIN digest_subscription s ON s.id = u.subscription_id
    JOIN digest_alert_rule v ON v.chain = u.chain
    JOIN digest_subscription t ON t.id = v.subscription_id AND t.address_id <> s.address_id
    JOIN digest_delivery o ON o.send_id = ANY(%(others)s) AND o.address_id = t.address_id
    WHERE o.state NOT IN ({FAILED}, {SKIPPED})
      AND s.address_id > %(after)s AND s.address_id <= %(to)s
      -- What a correction called off it brings itself, on that channel.
      AND (o.state <> {CANCELLED} OR %(follows)s))
""")


def spare_the_told(send: Send, span: AddressSpan = EVERYBODY) -> int:
    """Of a send that is fanned out late: who was told elsewhere by then. In that transaction."""
    return _spare(send, _others(send), span, follows=False)


def leave_to_others(send: Send, span: AddressSpan = EVERYBODY) -> int:
    """Of a correction whose channel never told the alert: whom others told, and now tell this."""
    earlier = Send.objects.filter(
        kind=send.kind, source_id=send.source_id, revision__lt=send.revision
    ).exclude(channel=send.channel)
    return _spare(send, list(earlier.values_list("pk", flat=True)), span, follows=True)


def _spare(send: Send, others: list[int], span: AddressSpan, *, follows: bool) -> int:
    if not others:
        return 0
    given: dict[str, Any] = {
        "words": WORDS, "send": send.pk, "others": others, "follows": follows,
        "after": span.after, "to": span.to,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SPARE, given)
        return int(cursor.rowcount)


def to_try_again(rows: QuerySet[Delivery], send: Send) -> QuerySet[Delivery]:
    """Of the failed ``rows`` of a send those whose reader no other channel has told meanwhile."""
    others = _others(send)
    if not others:
        return rows
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, {"send": send.pk, "others": others})
        told = [row[0] for row in cursor.fetchall()]
    return rows.exclude(address_id__in=told) if told else rows


def call_off_others(send_id: int, address_id: int) -> int:
    """It has arrived after all: what took it over, and is still to leave, leaves no more."""
    send = Send.objects.filter(pk=send_id, kind=Send.Kind.ALERT).first()
    others = _others(send) if send else []
    if not others:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_CALL_OFF, {"words": WORDS, "address": address_id, "others": others})
        return int(cursor.rowcount)


def _others(send: Send) -> list[int]:
    """The sends of the alert on other channels, of this revision and what took its place."""
    if send.kind != Send.Kind.ALERT:
        return []
    found = Send.objects.filter(
        kind=send.kind, source_id=send.source_id, revision__gte=send.revision
    ).exclude(channel=send.channel)
    return list(found.values_list("pk", flat=True))
