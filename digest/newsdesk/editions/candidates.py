"""The stories that a window offers, read from the database for :mod:`rank` to choose from.

An article counts at the moment we first saw it, unless it was then already old (a feed added
today brings last week's articles), when it counts at its published time. So each article lies in
exactly one window, and one that arrives a minute after a slot is in the next edition.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db import connection

from digest.newsdesk.editions.core.rank import (
    HEAVIEST_SOURCE,
    LATELY,
    REPRINT,
    EditionWindow,
    StoryCandidate,
)
from digest.newsdesk.topics.models import StoryTopic

LATE = timedelta(hours=12)
LOOKED_AT = 2000
MOST = 400
# The same for many readers together, who follow different topics.
LOOKED_AT_BY_ALL = 10_000
MOST_FOR_ALL = 5_000
_RULE = {"heaviest": HEAVIEST_SOURCE, "reprint": REPRINT, "lately": LATELY}

_MOMENT = """CASE WHEN article.first_seen_at - article.published_at <= %(late)s
             THEN article.first_seen_at ELSE article.published_at END"""
_SOURCE = "coalesce(nullif(article.source, ''), split_part(article.url, '/', 3))"
_TOLD_IN = "AND lower(split_part(article.language, '-', 1)) = ANY(%(languages)s)"
_ON_TOPICS = """AND EXISTS (SELECT FROM digest_story_topic filed WHERE filed.story_id = story.id
                AND filed.topic_id = ANY(%(topics)s) AND filed.by <> 'barred')"""

# From cheap to dear: stories late enough, the broadest of them by their stored counts; then those
# with a report in the window; then all that is told of the best of these.
_OFFERED = """
WITH late AS MATERIALIZED (
    SELECT story.id FROM digest_story story
    WHERE story.merged_into_id IS NULL AND story.last_at >= %(start)s - %(late)s {on_topics}
    ORDER BY story.source_count DESC, story.last_at DESC, story.id LIMIT %(looked_at)s
), fresh AS MATERIALIZED (
    SELECT late.id, count(DISTINCT {source}) AS new_sources
    FROM late
    JOIN digest_story_article member ON member.story_id = late.id
    JOIN digest_article article ON article.id = member.article_id
    WHERE NOT member.is_muted
      AND article.withdrawn_at IS NULL AND {moment} >= %(start)s AND {moment} < %(end)s {told_in}
    GROUP BY late.id
    ORDER BY 2 DESC, max(article.published_at) DESC, late.id LIMIT %(most)s
), voices AS (
    SELECT fresh.id, {source} AS source, min({moment}) AS first_moment,
           max({moment}) AS last_moment,
           greatest(0, least(%(heaviest)s, coalesce(max(feed.weight), 1))) AS weight,
           bool_and(article.duplicate_of_id IS NOT NULL) AS reprints,
           bool_or(article.language = ''
                   OR lower(split_part(article.language, '-', 1)) = %(language)s) AS readable
    FROM fresh
    JOIN digest_story_article member ON member.story_id = fresh.id
    JOIN digest_article article ON article.id = member.article_id
    LEFT JOIN digest_sighting sighting ON sighting.article_id = article.id
    LEFT JOIN digest_feed feed ON feed.id = sighting.feed_id
    WHERE NOT member.is_muted AND article.withdrawn_at IS NULL AND {moment} < %(end)s
    GROUP BY fresh.id, 2
), paced AS (
    SELECT voices.*, weight * CASE WHEN reprints THEN %(reprint)s ELSE 1 END AS counted,
           count(*) FILTER (WHERE NOT reprints) OVER (
               PARTITION BY id ORDER BY last_moment
               RANGE BETWEEN interval '1 hour' PRECEDING AND CURRENT ROW) AS pace
    FROM voices
)
SELECT paced.id, count(*), sum(counted), min(fresh.new_sources), max(last_moment),
       min(first_moment) >= %(start)s, bool_or(readable),
       coalesce(sum(counted) FILTER (WHERE last_moment >= %(start)s), 0),
       count(*) FILTER (WHERE reprints AND last_moment >= %(start)s),
       (array_agg(last_moment ORDER BY last_moment < %(start)s, reprints, pace DESC,
                  last_moment DESC))[1],
       count(*) FILTER (WHERE NOT reprints AND last_moment >= %(end)s - %(lately)s),
       EXISTS (SELECT FROM digest_story_topic filed WHERE filed.story_id = paced.id
               AND filed.by = 'pinned' AND (%(any_topic)s OR filed.topic_id = ANY(%(topics)s)))
FROM paced JOIN fresh ON fresh.id = paced.id
GROUP BY paced.id ORDER BY paced.id
"""

_NEW_IN = """
SELECT member.story_id, array_agg(DISTINCT lower(split_part(article.language, '-', 1)))
FROM digest_story_article member JOIN digest_article article ON article.id = member.article_id
WHERE member.story_id = ANY(%(stories)s) AND NOT member.is_muted
      AND article.withdrawn_at IS NULL AND {moment} >= %(start)s AND {moment} < %(end)s
GROUP BY member.story_id
"""


def candidates(
    window: EditionWindow,
    *,
    language: str,
    languages: Sequence[str] = (),
    topic_ids: Sequence[int] = (),
    any_topic: bool = False,
) -> list[StoryCandidate]:
    """Stories with a report in ``window`` that fall under one of ``topic_ids``.

    With ``any_topic`` every story is offered; with ``languages`` (primary subtags) those alone
    that have something new in one of them. What readers had before is not looked at here; see
    :func:`~digest.newsdesk.editions.history.worth_telling`.
    """
    sql = _OFFERED.format(
        source=_SOURCE,
        moment=_MOMENT,
        on_topics="" if any_topic else _ON_TOPICS,
        told_in=_TOLD_IN if languages else "",
    )
    params: dict[str, Any] = {
        "start": window.start,
        "end": window.end,
        "late": LATE,
        "language": language.partition("-")[0].lower(),
        "languages": [each.partition("-")[0].lower() for each in languages],
        "topics": list(topic_ids),
        "looked_at": LOOKED_AT,
        "most": MOST,
        "any_topic": any_topic,
        **_RULE,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    topics = _topics([row[0] for row in rows], None if any_topic else topic_ids)
    return [
        replace(_candidate(row), topics=topics.get(row[0], ()), readable=row[6]) for row in rows
    ]


def _candidate(row: Sequence[Any]) -> StoryCandidate:
    story_id, sources, weight, new_sources, last_at, is_new, _ = row[:7]
    new_weight, reprints, peak_at, lately, pinned = row[7:]
    return StoryCandidate(
        story_id=story_id,
        sources=sources,
        weight=float(weight),
        new_sources=new_sources,
        last_at=last_at,
        is_new=is_new,
        new_weight=float(new_weight),
        reprints=reprints,
        peak_at=peak_at,
        lately=lately,
        pinned=pinned,
    )


@dataclass(frozen=True, slots=True)
class OfferedStory:
    """A story that a window offers to whoever reads one of the languages it is ``new_in``.

    ``topics``: all it falls under, by id, its main one first; the candidate itself names none.
    """

    candidate: StoryCandidate
    new_in: frozenset[str]
    topics: tuple[int, ...]


def offered_to_all(window: EditionWindow, *, topic_ids: Sequence[int]) -> list[OfferedStory]:
    """What a window offers under any of ``topic_ids``, for many readers to choose from."""
    sql = _OFFERED.format(source=_SOURCE, moment=_MOMENT, on_topics=_ON_TOPICS, told_in="")
    params: dict[str, Any] = {
        "start": window.start,
        "end": window.end,
        "late": LATE,
        "language": "",
        "topics": list(topic_ids),
        "looked_at": LOOKED_AT_BY_ALL,
        "most": MOST_FOR_ALL,
        "any_topic": False,
        **_RULE,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
        ids = [row[0] for row in rows]
        cursor.execute(_NEW_IN.format(moment=_MOMENT), params | {"stories": ids})
        new_in = {story: frozenset(found) for story, found in cursor.fetchall()}
    topics: dict[int, list[int]] = defaultdict(list)
    filed = StoryTopic.objects.filter(story__in=ids, topic__in=topic_ids)
    filed = filed.exclude(by=StoryTopic.By.BARRED)
    ordered = filed.order_by("story_id", "-share", "topic__position", "topic__name")
    for story, topic in ordered.values_list("story_id", "topic_id"):
        topics[story].append(topic)
    return [
        OfferedStory(_candidate(row), new_in.get(row[0], frozenset()), tuple(topics[row[0]]))
        for row in rows
    ]


def _topics(story_ids: list[int], only: Sequence[int] | None) -> dict[int, tuple[str, ...]]:
    """Each story's topics by name, the one most of its articles fall under first."""
    rows = StoryTopic.objects.filter(story__in=story_ids).exclude(by=StoryTopic.By.BARRED)
    if only is not None:
        rows = rows.filter(topic__in=only)
    found: dict[int, tuple[str, ...]] = {}
    ordered = rows.order_by("story_id", "-share", "topic__position", "topic__name")
    for story_id, name in ordered.values_list("story_id", "topic__name"):
        found[story_id] = (*found.get(story_id, ()), name)
    return found
