"""The wire: the stories of the day as the desk shows them. Their order: see day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from digest.newsdesk.stories.text.urgent import urgent_word

DAY = timedelta(hours=24)
STEPS = 12

_STORIES = """
SELECT story.id, story.public_id::text, story.headline, story.summary, story.language,
       story.first_at, story.last_at, coalesce(lead.url, ''),
       coalesce(lead.title, '')
FROM unnest(%(stories)s::bigint[]) WITH ORDINALITY AS shown (id, place)
JOIN digest_story story ON story.id = shown.id
LEFT JOIN digest_article lead ON lead.id = story.lead_article_id
WHERE story.merged_into_id IS NULL AND story.article_count > 0
ORDER BY shown.place
"""
_ARRIVALS = """
SELECT member.story_id,
       coalesce(nullif(article.source, ''), split_part(article.url, '/', 3)),
       article.published_at
FROM digest_story_article member JOIN digest_article article ON article.id = member.article_id
WHERE member.story_id = ANY(%(stories)s) AND article.withdrawn_at IS NULL
  AND NOT member.is_muted
ORDER BY article.published_at, article.id
"""
_TOPICS = """
SELECT filed.story_id, topic.name FROM digest_story_topic filed
JOIN digest_topic topic ON topic.id = filed.topic_id
WHERE filed.story_id = ANY(%(stories)s) AND filed.by <> 'barred'
ORDER BY filed.share DESC, topic.position, topic.name
"""


@dataclass(frozen=True, slots=True)
class WireStory:
    """A story on the wire.

    ``label``: the word by which its lead article calls it urgent, which the headline leaves out.
    ``sources`` in order of their first report; ``series`` counts the articles that were published
    in each twelfth of the last day, the oldest first, for a sparkline.
    """

    story_id: int
    public_id: str
    headline: str
    label: str
    summary: str
    language: str
    url: str
    first_at: datetime
    last_at: datetime
    sources: tuple[str, ...]
    source_count: int
    article_count: int
    topics: tuple[str, ...]
    series: tuple[int, ...]


def lines(stories: Sequence[int], *, now: datetime) -> tuple[WireStory, ...]:
    """These stories as they stand now, in this order; without those that were merged meanwhile."""
    found = rows(_STORIES, {"stories": list(stories)})
    ids = {"stories": [row[0] for row in found]}
    arrivals: dict[int, list[tuple[str, datetime]]] = {}
    for story_id, source, at in rows(_ARRIVALS, ids):
        arrivals.setdefault(story_id, []).append((source, at))
    topics: dict[int, list[str]] = {}
    for story_id, name in rows(_TOPICS, ids):
        topics.setdefault(story_id, []).append(name)
    return tuple(_line(row, arrivals.get(row[0], []), topics.get(row[0], []), now) for row in found)


def series(arrivals: list[datetime], now: datetime) -> tuple[int, ...]:
    """How many of ``arrivals`` fall in each twelfth of the day before ``now``, oldest first."""
    counts = [0] * STEPS
    for at in arrivals:
        if now - DAY < at <= now:
            counts[STEPS - 1 - int((now - at) / (DAY / STEPS))] += 1
    return tuple(counts)


def _line(
    row: tuple[Any, ...], arrivals: list[tuple[str, datetime]], topics: list[str], now: datetime
) -> WireStory:
    story_id, public_id, headline, summary, language, first_at, last_at, url, title = row
    sources = tuple(dict.fromkeys(source for source, _ in arrivals))
    return WireStory(
        story_id=story_id,
        public_id=public_id,
        headline=headline,
        label=urgent_word(title),
        summary=summary,
        language=language,
        url=url,
        first_at=first_at,
        last_at=last_at,
        sources=sources,
        source_count=len(sources),
        article_count=len(arrivals),
        topics=tuple(topics),
        series=series([at for _, at in arrivals], now),
    )


def rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What a query answers."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
