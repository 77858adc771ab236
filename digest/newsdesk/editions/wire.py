"""The wire: the stories of the day as the desk reads them, the strongest first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

DAY = timedelta(hours=24)
STEPS = 12
Q_LIMIT = 200

# In float8: extract() gives numeric, in which the same order takes eight times as long.
# Breadth first, fading by half in eight hours; the articles of those listed are counted after.
# The order is made of the stories' own rows; only those shown are joined with their articles.
_STORIES = """
SELECT story.id, story.public_id::text, story.headline, story.summary, story.language,
       story.first_at, story.last_at, coalesce(lead.url, '') AS url
FROM (
    SELECT story.*, ln(1 + story.source_count::float8)
         * power(0.5::float8, extract(epoch FROM %(now)s - story.last_at)::float8 / 28800)
         AS strength
    FROM digest_story story
    WHERE story.merged_into_id IS NULL AND story.article_count > 0
      AND story.last_at > %(since)s AND story.last_at <= %(now)s {on_topic} {matching}
    ORDER BY strength DESC, story.id
    LIMIT %(limit)s OFFSET %(skip)s
) AS story LEFT JOIN digest_article lead ON lead.id = story.lead_article_id
ORDER BY story.strength DESC, story.id
"""
_ON_TOPIC = """AND EXISTS (SELECT FROM digest_story_topic filed WHERE filed.story_id = story.id
               AND filed.topic_id = %(topic)s AND filed.by <> 'barred')"""
_MATCHING = """AND (story.headline ILIKE %(like)s OR EXISTS (
    SELECT FROM digest_story_article member JOIN digest_article article
    ON article.id = member.article_id WHERE member.story_id = story.id
    AND (article.title ILIKE %(like)s OR article.source ILIKE %(like)s)))"""
_ARRIVALS = """
SELECT member.story_id,
       coalesce(nullif(article.source, ''), split_part(article.url, '/', 3)),
       article.published_at
FROM digest_story_article member JOIN digest_article article ON article.id = member.article_id
WHERE member.story_id = ANY(%(stories)s) AND article.withdrawn_at IS NULL
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

    ``sources`` in order of their first report; ``series`` counts the articles that were published
    in each twelfth of the last day, the oldest first, for a sparkline.
    """

    story_id: int
    public_id: str
    headline: str
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


def wire(
    *, now: datetime, topic_id: int | None = None, q: str = "", limit: int = 100, skip: int = 0
) -> tuple[WireStory, ...]:
    """Stories with a report in the last 24 hours, at most ``limit`` after the first ``skip``.

    ``topic_id`` keeps those under a topic; ``q`` those with the words as they stand in the
    headline, an article's title or a source's name.
    """
    q = " ".join(q.split())[:Q_LIMIT]
    sql = _STORIES.format(
        on_topic="" if topic_id is None else _ON_TOPIC, matching=_MATCHING if q else ""
    )
    params = {
        "now": now,
        "since": now - DAY,
        "topic": topic_id,
        "like": f"%{_literal(q)}%",
        "limit": max(limit, 0),
        "skip": max(skip, 0),
    }
    rows = _rows(sql, params)
    stories = {"stories": [row[0] for row in rows]}
    arrivals: dict[int, list[tuple[str, datetime]]] = {}
    for story_id, source, at in _rows(_ARRIVALS, stories):
        arrivals.setdefault(story_id, []).append((source, at))
    topics: dict[int, list[str]] = {}
    for story_id, name in _rows(_TOPICS, stories):
        topics.setdefault(story_id, []).append(name)
    return tuple(_line(row, arrivals.get(row[0], []), topics.get(row[0], []), now) for row in rows)


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
    story_id, public_id, headline, summary, language, first_at, last_at, url = row
    sources = tuple(dict.fromkeys(source for source, _ in arrivals))
    return WireStory(
        story_id=story_id,
        public_id=public_id,
        headline=headline,
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


def _literal(q: str) -> str:
    return q.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
