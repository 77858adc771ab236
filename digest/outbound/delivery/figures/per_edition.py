"""What became of editions, of channels and of an edition at each site: sums of the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

_EDITIONS = """
WITH shown AS (
    SELECT edition.id, edition.public_id, edition.title, edition.newsletter_id,
           coalesce(edition.published_at, edition.slot_at) AS published_at, newsletter.name
    FROM digest_edition edition JOIN digest_newsletter newsletter
        ON newsletter.id = edition.newsletter_id
    WHERE edition.state = 'published' AND (%(newsletter)s = '' OR newsletter.slug = %(newsletter)s)
    ORDER BY 5 DESC, edition.id DESC LIMIT %(limit)s
), counted AS (
    SELECT send.source_id, sum(send.total) AS due, array_agg(send.id) AS sends,
           sum(c.sent) AS sent, sum(c.failed + c.unknown) AS failed, sum(c.bounced) AS bounced,
           sum(c.complained) AS complained
    FROM digest_send send, LATERAL (
        SELECT coalesce(sum(sent), 0) AS sent, coalesce(sum(failed), 0) AS failed,
               coalesce(sum(unknown), 0) AS unknown, coalesce(sum(bounced), 0) AS bounced,
               coalesce(sum(complained), 0) AS complained
        FROM digest_send_count WHERE send_id = send.id) AS c
    WHERE send.kind = 'edition' AND send.source_id IN (SELECT id FROM shown)
    GROUP BY send.source_id
)
SELECT shown.id, shown.public_id::text, shown.title, shown.name, shown.published_at,
       coalesce(due, 0), coalesce(sent, 0), coalesce(failed, 0), coalesce(bounced, 0),
       coalesce(complained, 0), coalesce(sends, '{}'),
       (SELECT count(*) FROM digest_subscription gone
        WHERE gone.newsletter_id = shown.newsletter_id
          AND gone.ended_reason IN ('reader', 'complaint') AND gone.ended_at >= shown.published_at
          AND gone.ended_at < coalesce((SELECT min(later.published_at) FROM digest_edition later
              WHERE later.newsletter_id = shown.newsletter_id
                AND later.published_at > shown.published_at), %(now)s))
FROM shown LEFT JOIN counted ON counted.source_id = shown.id
ORDER BY shown.published_at DESC, shown.id DESC
"""
_DELIVERED = """
SELECT count(*) FROM digest_delivery WHERE send_id = ANY(%(sends)s) AND outcome = 1
"""
_CHANNELS = """
SELECT send.channel, sum(send.total), sum(c.sent), sum(c.failed + c.unknown), sum(c.bounced),
       sum(c.complained)
FROM digest_send send, LATERAL (
    SELECT coalesce(sum(sent), 0) AS sent, coalesce(sum(failed), 0) AS failed,
           coalesce(sum(unknown), 0) AS unknown, coalesce(sum(bounced), 0) AS bounced,
           coalesce(sum(complained), 0) AS complained
    FROM digest_send_count WHERE send_id = send.id) AS c
WHERE send.kind <> 'service' AND send.created_at > %(since)s GROUP BY 1 ORDER BY 2 DESC, 1
"""
_SITES = """
SELECT split_part(address.value, '@', 2), count(*),
       count(*) FILTER (WHERE delivery.state = 3), count(*) FILTER (WHERE delivery.state IN (4, 5)),
       count(*) FILTER (WHERE delivery.outcome IN (2, 3)),
       count(*) FILTER (WHERE delivery.outcome = 4)
FROM digest_delivery delivery JOIN digest_address address ON address.id = delivery.address_id
WHERE delivery.send_id = ANY(%(sends)s) AND address.channel = 'email'
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class EditionFigures:
    """What became of a published edition, over all its channels.

    ``at``: when it went, or its slot where that is not known; ``failed``: those given up or without
    an answer; ``left``: readers who ended their subscription to its newsletter before the next
    edition of it.
    """

    edition_id: int
    public_id: str
    title: str
    newsletter: str
    at: datetime
    due: int
    sent: int
    failed: int
    bounced: int
    complained: int
    sends: tuple[int, ...]
    left: int


@dataclass(frozen=True, slots=True)
class LedgerCounts:
    """The same of a channel, or of a site: ``name``."""

    name: str
    due: int
    sent: int
    failed: int
    bounced: int
    complained: int


def edition_figures(
    *, now: datetime, newsletter: str = "", limit: int = 20
) -> tuple[EditionFigures, ...]:
    """The latest published editions, of the newsletter with that slug or of all."""
    rows = _rows(_EDITIONS, {"now": now, "newsletter": newsletter, "limit": limit})
    return tuple(_figures(row) for row in rows)


def delivered(sends: Sequence[int]) -> int:
    """How many of these sends' messages the other side reported as delivered. Reads their rows."""
    return int(_rows(_DELIVERED, {"sends": list(sends)})[0][0])


def by_channel(*, since: datetime) -> tuple[LedgerCounts, ...]:
    """Everything sent to readers since then, but service mail."""
    rows = _rows(_CHANNELS, {"since": since})
    return tuple(LedgerCounts(row[0], *(int(each) for each in row[1:])) for row in rows)


def by_site(sends: Sequence[int], *, limit: int = 12) -> tuple[LedgerCounts, ...]:
    """Mail of these sends by the domain it went to, the largest first. Reads their rows."""
    rows = _rows(_SITES, {"sends": list(sends), "limit": limit})
    return tuple(LedgerCounts(row[0], *(int(each) for each in row[1:])) for row in rows)


def _figures(row: tuple[Any, ...]) -> EditionFigures:
    edition_id, public_id, title, newsletter, at, *counts, sends, left = row
    due, sent, failed, bounced, complained = (int(each) for each in counts)
    return EditionFigures(
        edition_id, public_id, title, newsletter, at, due, sent, failed, bounced, complained,
        tuple(sends), int(left),
    )  # fmt: skip


def _rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
