"""Queries: a story's members as values, what it says in a language, what it has since a moment."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from digest.newsdesk.stories.shown.lead import StoryMember
from digest.newsdesk.stories.shown.news import NewsSince, news_since
from digest.newsdesk.stories.text.words import primary

LATE = timedelta(hours=12)
_TEXT = 2_000
_LATEST = 60

# A member counts from when we first saw it, as it does for the windows of editions: readers of an
# edition cannot have met what came in a minute after it.
_MEMBERS = """
SELECT asked.id, member.*
FROM unnest(%s::bigint[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT article.id, article.title,
           coalesce(nullif(left(article.text, %s), ''), article.summary),
           article.language, article.source,
           CASE WHEN article.first_seen_at - article.published_at <= %s
                THEN article.first_seen_at ELSE article.published_at END,
           article.duplicate_of_id IS NOT NULL
    FROM digest_story_article AS member
    JOIN digest_article AS article ON article.id = member.article_id
    WHERE member.story_id = asked.id AND article.withdrawn_at IS NULL AND NOT member.is_muted
          AND (%s::text[] = '{}' OR lower(split_part(article.language, '-', 1)) = ANY(%s))
    ORDER BY article.published_at DESC, article.id DESC
    LIMIT %s
) AS member
"""


def members(
    story_ids: Collection[int], *, languages: Sequence[str] = ()
) -> dict[int, list[StoryMember]]:
    """Each story's latest live reports, the newest first; with ``languages`` only those in them."""
    found: dict[int, list[StoryMember]] = defaultdict(list)
    if not story_ids:
        return found
    tongues = [primary(each) for each in languages]
    given: list[Any] = [sorted(story_ids), _TEXT, LATE, tongues, tongues, _LATEST]
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, given)
        for story, *fields in cursor.fetchall():
            found[story].append(StoryMember(*fields))
    return found


def moved(
    since: Mapping[int, datetime], *, until: datetime, languages: Sequence[str] = ()
) -> dict[int, NewsSince]:
    """What each story has since its moment and before ``until``; false where it has not moved on.

    What comes in later belongs to the next edition, even where this one is composed late.
    """
    told = members(since, languages=languages)
    return {
        story: news_since(
            [each for each in told.get(story, []) if each.at < until],
            moment,
            language=languages[0] if languages else "",
        )
        for story, moment in since.items()
    }
