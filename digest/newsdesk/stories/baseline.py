"""What is usual in this newsroom: counted from rows once a day, kept in a row, read by many."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from digest.newsdesk.stories.breaking.reporting_rates import SPAN_MINUTES, ReportingRates, learn
from digest.newsdesk.stories.models import NewsPace
from digest.newsdesk.stories.text.urgent import urgent_word

LEARNED_EVERY = timedelta(days=1)
HISTORY = timedelta(days=28)
# What breaks right now must not pass for usual.
_TOO_FRESH = timedelta(hours=3)
_TITLES_OF = timedelta(days=7)
_MOST_TITLES = 100_000
_CHUNK = 5_000

# Reports without a date of their own, and those that came a day late, say nothing of a pace.
_TIMELY = """article.first_seen_at > %(since)s AND article.first_seen_at <= %(now)s
    AND NOT article.published_repaired AND article.source <> '' AND article.withdrawn_at IS NULL
    AND article.published_at > article.first_seen_at - interval '1 day'"""
_HOUR = """((extract(isodow FROM {at} AT TIME ZONE 'UTC') - 1) * 24
    + extract(hour FROM {at} AT TIME ZONE 'UTC'))::int"""
_COUNTS = f"""
SELECT source, {_HOUR.format(at="published_at")} AS hour, count(*)
FROM digest_article article WHERE {_TIMELY} GROUP BY 1, 2
"""  # noqa: S608  only constants of this file
_GAINED = f"""
SELECT {_HOUR.format(at="to_timestamp(span * %(seconds)s)")} AS hour,
       sum(voices)::bigint, count(*)
FROM (
    SELECT floor(extract(epoch FROM article.published_at) / %(seconds)s) AS span,
           count(DISTINCT coalesce(nullif(article.agency, ''), article.source)) AS voices
    FROM digest_article article JOIN digest_story_article member ON member.article_id = article.id
    WHERE {_TIMELY} GROUP BY member.story_id, 1
) spans GROUP BY 1
"""  # noqa: S608  only constants of this file
_TITLES = f"""
SELECT source, title FROM digest_article article WHERE {_TIMELY}
ORDER BY article.first_seen_at DESC LIMIT {_MOST_TITLES}
"""  # noqa: S608  only constants of this file
_FIRST = "SELECT min(first_seen_at) FROM digest_article WHERE first_seen_at > %(since)s"

_read: dict[tuple[str, int], ReportingRates] = {}


def baseline(*, now: datetime) -> ReportingRates:
    """The newsroom's paces, counted anew when a day has passed; the caller is in a transaction."""
    newest = NewsPace.objects.order_by("-learned_at").first()
    if newest is None or newest.learned_at <= now - LEARNED_EVERY:
        newest = _count(now)
    key = (str(connection.settings_dict["NAME"]), newest.pk)
    if key not in _read:
        _read.clear()
        _read[key] = _paces(newest)
    return _read[key]


def _paces(row: NewsPace) -> ReportingRates:
    return learn(
        {
            source: {int(hour): n for hour, n in hours.items()}
            for source, hours in row.counts.items()
        },
        [(hour, sources, spans) for hour, sources, spans in row.gained],
        {source: (labelled, titles) for source, (labelled, titles) in row.shouted.items()},
        weeks=row.weeks,
    )


def _count(now: datetime) -> NewsPace:
    """Count the last weeks into a new row, and drop the older ones."""
    params: dict[str, Any] = {
        "now": now - _TOO_FRESH, "since": now - HISTORY, "seconds": SPAN_MINUTES * 60
    }  # fmt: skip
    counts: dict[str, dict[str, int]] = {}
    shouted: dict[str, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, params)
        first = cursor.fetchone()[0] or now
        cursor.execute(_COUNTS, params)
        for source, hour, number in cursor.fetchall():
            counts.setdefault(source, {})[str(hour)] = number
        cursor.execute(_GAINED, params)
        gained = [[hour, int(sources), spans] for hour, sources, spans in cursor.fetchall()]
        cursor.execute(_TITLES, params | {"since": now - _TITLES_OF})
        while rows := cursor.fetchmany(_CHUNK):
            for source, title in rows:
                known = shouted.setdefault(source, [0, 0])
                known[0] += bool(urgent_word(title))
                known[1] += 1
    row = NewsPace.objects.create(
        learned_at=now,
        weeks=max((now - first) / timedelta(weeks=1), 0.0),
        counts=counts,
        gained=gained,
        shouted=shouted,
    )
    NewsPace.objects.exclude(pk=row.pk).delete()
    return row
