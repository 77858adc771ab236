"""Stories that may be breaking, for the desk to look at: the trigger over the last hours' rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from digest.newsdesk.alerts.models import Alert
from digest.newsdesk.alerts.trigger import LEAST_SOURCES, SPAN, Burst, Report, burst

LOOKED_AT = timedelta(hours=6)

# How many sources a story of this newsroom gains in a span in which it gains any: the median,
# which yesterday's big story does not move.
_USUAL = """
SELECT coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY gained), 1) FROM (
    SELECT count(DISTINCT article.source) AS gained
    FROM digest_article article JOIN digest_story_article member ON member.article_id = article.id
    WHERE article.published_at >= %(day)s AND article.published_at < %(recent)s
      AND article.withdrawn_at IS NULL
    GROUP BY member.story_id,
             floor(extract(epoch FROM %(now)s - article.published_at) / %(seconds)s)
) spans
"""
_REPORTS = """
SELECT story.id, story.headline, story.first_at, article.source, article.published_at
FROM digest_story story
JOIN digest_story_article member ON member.story_id = story.id
JOIN digest_article article ON article.id = member.article_id
WHERE story.merged_into_id IS NULL AND story.last_at >= %(recent)s
  AND story.source_count >= %(least)s AND article.withdrawn_at IS NULL
  AND article.published_at BETWEEN %(looked_at)s AND %(now)s
ORDER BY story.id, article.published_at
"""


@dataclass(frozen=True, slots=True)
class MayBeBreaking:
    """A story in a burst. ``alert_id`` names the alert it has already, if any."""

    story_id: int
    headline: str
    first_at: datetime
    burst: Burst
    alert_id: int | None


def watch(*, now: datetime, limit: int = 5) -> tuple[MayBeBreaking, ...]:
    """The stories in a burst at ``now``, the one with most sources first."""
    recent = now - SPAN
    params: dict[str, Any] = {
        "now": now,
        "recent": recent,
        "day": now - timedelta(hours=24),
        "looked_at": now - LOOKED_AT,
        "seconds": SPAN.total_seconds(),
        "least": LEAST_SOURCES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_REPORTS, params)
        rows = cursor.fetchall()
        if not rows:
            return ()
        cursor.execute(_USUAL, params)
        usual = float(cursor.fetchone()[0])
    stories: dict[int, tuple[str, datetime, list[Report]]] = {}
    for story_id, headline, first_at, source, at in rows:
        stories.setdefault(story_id, (headline, first_at, []))[2].append(Report(source, at))
    alerts = _alerts(list(stories))
    found = [
        MayBeBreaking(story_id, headline, first_at, seen, alerts.get(story_id))
        for story_id, (headline, first_at, reports) in stories.items()
        if (seen := burst(reports, now=now, usual=usual)).is_breaking
    ]
    found.sort(key=lambda each: (-each.burst.sources, each.story_id))
    return tuple(found[:limit])


def _alerts(story_ids: list[int]) -> dict[int, int]:
    rows = Alert.objects.filter(story__in=story_ids).exclude(state=Alert.State.DISCARDED)
    return dict(rows.order_by("raised_at").values_list("story_id", "pk"))
