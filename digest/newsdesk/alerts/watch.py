"""Watch the stories that are being reported now, and raise candidates for the desk."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db import connection, transaction

from digest.intake.feeds import steer
from digest.newsdesk.alerts.models import BurstLevel, Candidate
from digest.newsdesk.stories.baseline import baseline
from digest.newsdesk.stories.breaking.burst import LOOKED_AT, Burst, BurstReport, Thresholds, burst
from digest.newsdesk.stories.breaking.reporting_rates import ReportingRates
from digest.newsdesk.stories.shown.outlets import outlet_key
from digest.newsdesk.stories.text.urgent import urgent_word

LIFE = timedelta(hours=6)
"""How much of a story's life is looked at: for a pace of its own."""

_BUSY_HOURS = 3
_MOST_REPORTS = 400
_LOCK = 0xB0057

# A copy speaks with its original's voice, and an agency's text with the agency's. What a feed
# without dates shows at the first look may be of any age: only what it adds later is news.
_REPORTS = """
SELECT member.story_id, article.source, article.title, article.published_at,
       article.first_seen_at, member.first_story_id,
       coalesce(nullif(original.agency, ''), nullif(original.source, ''),
                nullif(article.agency, ''), nullif(article.source, ''),
                split_part(article.url, '/', 3)) AS voice,
       (SELECT max(feed.weight) FROM digest_sighting sighting
        JOIN digest_feed feed ON feed.id = sighting.feed_id
        WHERE sighting.article_id = article.id) AS weight,
       (SELECT sighting.feed_id FROM digest_sighting sighting WHERE sighting.article_id = article.id
        ORDER BY sighting.seen_at, sighting.id LIMIT 1) AS feed
FROM digest_story story
CROSS JOIN LATERAL (
    SELECT * FROM digest_story_article WHERE story_id = story.id ORDER BY id DESC LIMIT %(most)s
) member
JOIN digest_article article ON article.id = member.article_id
LEFT JOIN digest_article original ON original.id = article.duplicate_of_id
WHERE story.merged_into_id IS NULL AND story.last_at >= %(recent)s
  AND story.source_count >= %(least)s AND article.withdrawn_at IS NULL
  AND article.published_at BETWEEN %(since)s AND %(now)s
  AND member.assigned_by = 'rule' AND NOT member.is_muted
  AND NOT (article.published_repaired AND EXISTS (
    SELECT FROM digest_sighting sighting WHERE sighting.article_id = article.id
    AND NOT EXISTS (SELECT FROM digest_sighting earlier
        WHERE earlier.feed_id = sighting.feed_id AND earlier.seen_at < sighting.seen_at)))
ORDER BY member.story_id, article.published_at, article.id
"""
# Articles that one poll brought bear one and the same moment, whichever of its feeds they are from;
# an archive is shown by one feed, under one outlet's name or, by an aggregator, under many.
_TOGETHER = """
SELECT article.first_seen_at, sighting.feed_id, count(*) FROM digest_article article
JOIN digest_sighting sighting ON sighting.article_id = article.id
WHERE article.first_seen_at = ANY(%(moments)s) GROUP BY article.first_seen_at, sighting.feed_id
"""
_LATELY = """
SELECT count(*) FROM digest_article WHERE first_seen_at > %(since)s AND first_seen_at <= %(now)s
  AND NOT published_repaired AND published_at > first_seen_at - interval '1 day'
"""
# The feeds that one of a story's first three reports, of whose time we are sure, was first seen in.
# Who shows it later, as an aggregator does, was not first with anything.
_FIRST = """
SELECT DISTINCT earliest.feed_id
FROM unnest(%(stories)s::bigint[]) AS story (id)
CROSS JOIN LATERAL (
    SELECT article.id FROM digest_story_article member
    JOIN digest_article article ON article.id = member.article_id
    WHERE member.story_id = story.id AND article.withdrawn_at IS NULL
      AND NOT article.published_repaired
    ORDER BY article.published_at, article.id LIMIT 3
) first
CROSS JOIN LATERAL (
    SELECT feed_id FROM digest_sighting WHERE article_id = first.id ORDER BY seen_at, id LIMIT 1
) earliest
"""


@dataclass(frozen=True, slots=True)
class Watched:
    """How many stories were weighed, and the candidates that are new."""

    stories: int
    candidate_ids: tuple[int, ...] = ()


@transaction.atomic
def watch(*, now: datetime) -> Watched:
    """Raise a candidate for each story that came to a level it never had.

    Once per story and level, and those of stories that it took in count as its own: a merge of two
    that were known raises none. Two at once raise one. Articles that editors put into a story say
    nothing of its pace. Counts anew what is usual when a day has passed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    limits = thresholds()
    rows = _rows(
        _REPORTS,
        {
            "now": now,
            "recent": now - LOOKED_AT,
            "since": now - LIFE,
            "least": min(limits.told, *limits.voices),
            "most": _MOST_REPORTS,
        },
    )
    if not rows:
        return Watched(0)
    stories = _reports(rows)
    paces = baseline(now=now)
    activity = _activity(paces, now)
    weighed = {
        story: burst(reports, now=now, paces=paces, activity=activity, thresholds=limits)
        for story, reports in stories.items()
    }
    found = {story: seen for story, seen in weighed.items() if seen.level}
    reached = _reached(found)
    new = [
        _candidate(story, seen, now)
        for story, seen in sorted(found.items())
        if seen.level > reached.get(story, 0)
    ]
    Candidate.objects.bulk_create(new)
    if new:
        _credit([each.story_id for each in new], now)
    return Watched(len(stories), tuple(each.pk for each in new))


def _credit(stories: list[int], now: datetime) -> None:
    """The feeds that were first with these stories are looked at more often from now on."""
    steer.broke_news([pk for (pk,) in _rows(_FIRST, {"stories": stories})], now=now)


def thresholds() -> Thresholds:
    """The newsroom's thresholds: the defaults, but for the levels that somebody changed."""
    defaults = Thresholds()
    scores, voices = list(defaults.scores), list(defaults.voices)
    for row in BurstLevel.objects.filter(level__lte=len(scores), level__gte=1):
        scores[row.level - 1], voices[row.level - 1] = row.score, row.sources
    # Who asks for more at the first level asks for more of those who say so, too.
    told = max(defaults.told, ceil(defaults.told * voices[0] / defaults.voices[0]))
    more = scores[0] / defaults.scores[0]
    return Thresholds(
        tuple(scores),
        tuple(voices),
        told=told,
        told_scores=tuple(score * more for score in defaults.told_scores),
        both_score=defaults.both_score * more,
    )


def _reports(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[BurstReport]]:
    rows = list(rows)
    moments = sorted({row[4] for row in rows})
    shown = _rows(_TOGETHER, {"moments": moments})
    together = {(seen, feed): number for seen, feed, number in shown}
    stories: dict[int, list[BurstReport]] = {}
    for story, source, title, published, seen, origin, voice, weight, feed in rows:
        report = BurstReport(
            source=source or voice,
            voice=outlet_key(voice) or voice,
            at=published,
            origin=origin,
            together=together.get((seen, feed), 1),
            weight=1.0 if weight is None else float(weight),
            urgent=urgent_word(title),
        )
        stories.setdefault(story, []).append(report)
    return stories


def _activity(paces: ReportingRates, now: datetime) -> float:
    since = now - timedelta(hours=_BUSY_HOURS)
    ((lately,),) = _rows(_LATELY, {"since": since, "now": now})
    return paces.activity(lately, now, _BUSY_HOURS)


def _reached(stories: Iterable[int]) -> dict[int, int]:
    """The highest level that each story, or one that it took in, has had."""
    ids = list(stories)
    reached: dict[int, int] = {}
    for known in (
        Candidate.objects.filter(story__in=ids).values_list("story_id", "level"),
        Candidate.objects.filter(story__merged_into__in=ids).values_list(
            "story__merged_into_id", "level"
        ),
    ):
        for story, level in known:
            assert story is not None
            reached[story] = max(reached.get(story, 0), level)
    return reached


def _candidate(story: int, seen: Burst, now: datetime) -> Candidate:
    return Candidate(
        story_id=story,
        level=seen.level,
        reason=seen.reason[:300],
        score=seen.score,
        sources=seen.voices,
        minutes=seen.minutes,
        usual=seen.usual,
        raised_at=now,
    )


def _rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
