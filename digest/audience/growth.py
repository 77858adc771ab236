"""How the list grows: who joined and who left, week by week, and from which page."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

_WEEKS = """
SELECT week::date,
    (SELECT count(*) FROM digest_subscription WHERE newsletter_id IS NOT NULL
        AND confirmed_at >= week AND confirmed_at < week + interval '7 days'),
    (SELECT count(*) FROM digest_subscription WHERE newsletter_id IS NOT NULL
        AND confirmed_at IS NOT NULL AND ended_at >= week
        AND ended_at < week + interval '7 days'),
    (SELECT count(*) FROM digest_subscription WHERE newsletter_id IS NOT NULL
        AND confirmed_at < week + interval '7 days'
        AND (ended_at IS NULL OR ended_at >= week + interval '7 days'))
FROM generate_series(date_trunc('week', %(since)s::timestamptz), %(now)s, interval '7 days') AS week
ORDER BY week
"""
_ORIGINS = """
SELECT box, article, count(*), count(confirmed_at) FROM digest_join_request
WHERE asked_at > %(since)s GROUP BY box, article ORDER BY 4 DESC, 3 DESC, 1, 2 LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Week:
    """Subscriptions to newsletters in a week that began on Monday ``of``, UTC.

    ``stands``: how many there were at its end, or are now.
    """

    of: date
    joined: int
    left: int
    stands: int


@dataclass(frozen=True, slots=True)
class JoinedFrom:
    """Sign-ups from one place: the box or page of ours, and the article where it stood, if any."""

    box: str
    article: str
    asked: int
    confirmed: int


def weeks(*, now: datetime, count: int = 12) -> tuple[Week, ...]:
    """The last ``count`` weeks, the oldest first; the last one is not over."""
    since = now - timedelta(weeks=count - 1)
    return tuple(Week(*row) for row in _rows(_WEEKS, {"since": since, "now": now}))


def origins(*, since: datetime, limit: int = 30) -> tuple[JoinedFrom, ...]:
    """Where the sign-ups since then came from, those that brought most readers first."""
    return tuple(JoinedFrom(*row) for row in _rows(_ORIGINS, {"since": since, "limit": limit}))


def _rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
