"""Who gets what: queries for INSERT … SELECT, so that readers never pass through Python.

Each selects ``address_id, subscription_id, slot_id, edition_id, language`` and only rows that may
be written to: verified, not suppressed, wanted at this moment.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Query:
    """SQL with ``%s`` places, and what goes into them."""

    sql: str
    params: tuple[Any, ...]


_MAY_BE_WRITTEN_TO = """a.verified_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM digest_suppression x WHERE x.fingerprint = a.fingerprint)"""

# The SQL is put together from constants of this file alone.
_SUBSCRIBED = f"""
SELECT s.address_id, s.id AS subscription_id, NULL::bigint AS slot_id,
       NULL::bigint AS edition_id, r.locale AS language
FROM digest_subscription s
JOIN digest_address a ON a.id = s.address_id
JOIN digest_subscriber r ON r.id = s.subscriber_id
WHERE s.state = 'active' AND a.channel = %s AND {_MAY_BE_WRITTEN_TO}
"""  # noqa: S608

_SLOTS = f"""
SELECT c.address_id, NULL::bigint AS subscription_id, w.id AS slot_id,
       w.edition_id, g.language
FROM digest_slot w
JOIN digest_schedule c ON c.id = w.schedule_id
JOIN digest_address a ON a.id = c.address_id
JOIN digest_signature g ON g.key = w.signature_id
WHERE w.batch_id = %s AND w.state = 'batched' AND w.edition_id IS NOT NULL
  AND c.is_active AND {_MAY_BE_WRITTEN_TO}
  AND EXISTS (SELECT FROM digest_subscription s
              WHERE s.address_id = c.address_id AND s.topic_id IS NOT NULL
                AND s.state = 'active')
"""  # noqa: S608

# A reader who once asked us never to write may ask us to begin again: the one mail that lets
# them is the confirmation. After a complaint or a bounce there is none.
_SERVICE = """
SELECT a.id AS address_id, NULL::bigint AS subscription_id, NULL::bigint AS slot_id,
       NULL::bigint AS edition_id, r.locale AS language
FROM digest_address a
JOIN digest_subscriber r ON r.id = a.subscriber_id
WHERE a.id = %s AND NOT EXISTS (
    SELECT FROM digest_suppression x
    WHERE x.fingerprint = a.fingerprint AND x.reason <> 'reader')
"""


def for_newsletter(newsletter_id: int, channel: str) -> Query:
    """The newsletter's active subscriptions on a channel."""
    return Query(_SUBSCRIBED + "  AND s.newsletter_id = %s", (channel, newsletter_id))


def for_alerts(channel: str) -> Query:
    """Those who asked for breaking alerts on a channel."""
    return Query(_SUBSCRIBED + "  AND s.alerts", (channel,))


def for_slot_batch(batch_id: int) -> Query:
    """The readers of a batch's slots, each with their own edition."""
    return Query(_SLOTS, (batch_id,))


def for_service(address_id: int) -> Query:
    """The one address of a service message, verified or not."""
    return Query(_SERVICE, (address_id,))
