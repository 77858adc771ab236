"""The month's stories by what is known of them: how often they were told, and who followed them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

# An edition's items stand as they were published; a story that was merged counts for the one that
# took it in. The first item of an edition leads it.
_BEST = """
WITH went AS (
    SELECT edition.id, coalesce((SELECT sum(counted.sent) FROM digest_send send
               JOIN digest_send_count counted ON counted.send_id = send.id
               WHERE send.kind = 'edition' AND send.source_id = edition.id), 0) AS messages
    FROM digest_edition edition
    WHERE edition.state = 'published' AND edition.newsletter_id IS NOT NULL
      AND edition.published_at > %(since)s
), told AS (
    SELECT coalesce(story.merged_into_id, story.id) AS id, went.id AS edition, went.messages,
           item.position = min(item.position) OVER (PARTITION BY went.id) AS leads
    FROM went JOIN digest_item item ON item.edition_id = went.id AND NOT item.killed
    JOIN digest_story story ON story.id = item.story_id
), ran AS (
    SELECT id, count(DISTINCT edition) AS editions, count(*) FILTER (WHERE leads) AS led,
           sum(messages) AS messages FROM told GROUP BY id
), warned AS (
    SELECT coalesce(story.merged_into_id, story.id) AS id, count(*) AS alerts,
           sum(coalesce((SELECT sum(counted.sent) FROM digest_send send
               JOIN digest_send_count counted ON counted.send_id = send.id
               WHERE send.kind = 'alert' AND send.source_id = alert.id AND send.revision = 1), 0)
           ) AS messages
    FROM digest_alert alert JOIN digest_story story ON story.id = alert.story_id
    WHERE alert.issued_at > %(since)s GROUP BY 1
), followed AS (
    SELECT coalesce(story.merged_into_id, story.id) AS id, sum(counted.readers) AS readers
    FROM digest_follow_count counted
    JOIN digest_send send ON send.id = counted.send_id AND send.created_at > %(since)s
    JOIN digest_story story ON story.public_id = counted.story GROUP BY 1
), known AS (
    SELECT id, coalesce(editions, 0) AS editions, coalesce(led, 0) AS led,
           coalesce(alerts, 0) AS alerts,
           coalesce(ran.messages, 0) + coalesce(warned.messages, 0) AS messages,
           coalesce(readers, 0) AS readers
    FROM ran FULL JOIN warned USING (id) FULL JOIN followed USING (id)
)
SELECT story.headline, editions, led, alerts, messages, readers
FROM known JOIN digest_story story ON story.id = known.id
ORDER BY CASE WHEN %(by_readers)s THEN readers ELSE 0 END DESC, editions + alerts DESC, led DESC,
         messages DESC, story.headline, story.id
LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class BestStory:
    """A story of the month: in how many ``editions`` it ran, how many it ``led``, its ``alerts``.

    ``messages`` told it, on all channels, and ``readers`` followed a link to it from a mail: none
    where links are not counted.
    """

    headline: str
    editions: int
    led: int
    alerts: int
    messages: int
    readers: int


def best_stories(*, since: datetime, by_readers: bool, most: int = 12) -> tuple[BestStory, ...]:
    """Those that most readers followed, where that is counted; else those told most often."""
    given: dict[str, Any] = {"since": since, "by_readers": by_readers, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(_BEST, given)
        return tuple(BestStory(head, *map(int, rest)) for head, *rest in cursor.fetchall())
