"""Bring stories up to their members: counts, times, lead article, headline, summary."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from json import loads
from typing import Any

from django.conf import settings
from django.db import connection

from digest.newsdesk.stories.muted import mark_muted
from digest.newsdesk.stories.shown.lead import StoryMember, face
from digest.newsdesk.stories.shown.outlets import distinct
from digest.newsdesk.stories.shown.own_words import name_in

_TEXT = 2_000
_SHOWN = 60

_LOCK = "SELECT id, names::text FROM digest_story WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_COUNTS = """
SELECT member.story_id, count(*) FILTER (WHERE NOT member.is_muted),
       array_agg(DISTINCT article.source) FILTER (WHERE NOT member.is_muted),
       coalesce(min(article.published_at) FILTER (WHERE NOT member.is_muted),
                min(article.published_at)),
       coalesce(max(article.published_at) FILTER (WHERE NOT member.is_muted),
                max(article.published_at))
FROM digest_story_article AS member
JOIN digest_article AS article ON article.id = member.article_id
WHERE member.story_id = ANY(%s)
GROUP BY member.story_id
"""
_MEMBERS = """
SELECT asked.id, member.*
FROM unnest(%s::bigint[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT article.id, article.title,
           coalesce(nullif(left(article.text, %s), ''), article.summary),
           article.language, article.source, article.published_at,
           article.duplicate_of_id IS NOT NULL OR article.withdrawn_at IS NOT NULL,
           member.is_muted
    FROM digest_story_article AS member
    JOIN digest_article AS article ON article.id = member.article_id
    WHERE member.story_id = asked.id
    ORDER BY member.is_muted, article.published_at DESC, article.id DESC
    LIMIT %s
) AS member
"""
# One statement for all: a story's row is written once, its indexes too.
_UPDATE = """
UPDATE digest_story AS story SET
    article_count = now.articles, source_count = now.sources,
    first_at = coalesce(now.first_at, story.first_at),
    last_at = coalesce(now.last_at, story.last_at),
    lead_article_id = coalesce(now.lead, story.lead_article_id),
    headline = coalesce(now.headline, story.headline),
    summary = coalesce(now.summary, story.summary),
    summary_source = coalesce(now.summary_source, story.summary_source),
    language = coalesce(now.language, story.language),
    reported = coalesce(now.reported, story.reported)
FROM unnest(
    %s::bigint[], %s::integer[], %s::integer[], %s::timestamptz[], %s::timestamptz[],
    %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[]
) AS now (
    id, articles, sources, first_at, last_at, lead, headline, summary, summary_source, language,
    reported
)
WHERE story.id = now.id
"""
_NOBODY = (0, 0, None, None)
_NO_FACE = (None, None, None, None, None, None)


def refresh(story_ids: Iterable[int]) -> None:
    """Write anew what the given stories say of themselves; the caller is in a transaction.

    Stories without members keep their words: links to them lead on to where they went. Rows are
    locked in order of id, after those of StoryArticle, as everybody does who locks both; members
    are read once that is done, so that what another transaction added before is seen.
    """
    ids = sorted(set(story_ids))
    if not ids:
        return
    mark_muted(ids)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [ids])
        names = {story: loads(named) for story, named in cursor.fetchall()}
        cursor.execute(_COUNTS, [ids])
        counts = {story: numbers for story, *numbers in cursor.fetchall()}
        members = _members(ids)
        rows = [
            (
                story,
                *_counted(counts.get(story)),
                *_shown(members.get(story), names.get(story, {})),
            )
            for story in ids
        ]
        cursor.execute(_UPDATE, [list(column) for column in zip(*rows, strict=True)])


def _counted(numbers: list[Any] | None) -> tuple[Any, ...]:
    if numbers is None:
        return _NOBODY
    articles, sources, first, last = numbers
    # Of muted feeds alone: it stands with no report, so that it is on no wire and in no edition.
    return articles, (len(distinct(sources)) or 1) if articles else 0, first, last


def _shown(members: list[StoryMember] | None, names: Mapping[str, str]) -> tuple[Any, ...]:
    if members is None:
        return _NO_FACE
    shown = face(members, language=settings.DIGEST_LANGUAGE)
    source, reported = shown.summary_source[:200], shown.headline[:500]
    own = name_in(names, shown.language)
    words = own or reported
    return shown.lead, words, shown.summary, source, shown.language, reported if own else ""


def _members(story_ids: list[int]) -> dict[int, list[StoryMember]]:
    """Each story's latest members: the newest of substance leads.

    Those of muted feeds lead nothing, unless there are no others.
    """
    members: dict[int, list[StoryMember]] = defaultdict(list)
    heard: set[int] = set()
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERS, [story_ids, _TEXT, _SHOWN])
        for story, *fields, is_muted in cursor.fetchall():
            if not is_muted or story not in heard:
                members[story].append(StoryMember(*fields))
            if not is_muted:
                heard.add(story)
    return members
