"""The wire narrowed to a source, a language, and to what has come in since a moment."""

from dataclasses import dataclass
from datetime import datetime

from digest.newsdesk.editions.wire import DAY, rows

MOST_OFFERED = 400

_SOURCE = "coalesce(nullif(article.source, ''), split_part(article.url, '/', 3))"
_LANGUAGE = "lower(split_part(article.language, '-', 1))"
_OF_THE_DAY = """
FROM digest_article article JOIN digest_story_article member ON member.article_id = article.id
WHERE article.published_at > %(since)s AND article.published_at <= %(now)s
  AND article.withdrawn_at IS NULL
"""
# One report must be all that is asked for: in Korean, by that source, since then.
_FOUND = f"""
SELECT DISTINCT member.story_id {_OF_THE_DAY}
  AND (%(source)s = '' OR {_SOURCE} = %(source)s)
  AND (%(language)s = '' OR {_LANGUAGE} = %(language)s)
  AND (%(seen)s::timestamptz IS NULL OR member.assigned_at > %(seen)s)
"""
_OFFERED = f"""
SELECT {_SOURCE} AS source, {_LANGUAGE} AS language, count(DISTINCT member.story_id) {_OF_THE_DAY}
GROUP BY GROUPING SETS ((1), (2)) ORDER BY 3 DESC, 1, 2
"""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What one report of a story must be: empty and None ask for nothing."""

    source: str = ""
    language: str = ""
    seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class OfferedToNarrow:
    """Sources and languages of the day with how many stories each reports, the most first."""

    sources: tuple[tuple[str, int], ...]
    languages: tuple[tuple[str, int], ...]


def narrowed(to: Narrowing, *, now: datetime) -> frozenset[int]:
    """The stories of the day with a report that is all that ``to`` asks for."""
    asked = {"source": to.source, "language": to.language, "seen": to.seen}
    return frozenset(row[0] for row in rows(_FOUND, {"now": now, "since": now - DAY, **asked}))


def offered(*, now: datetime) -> OfferedToNarrow:
    """What the day's stories can be narrowed to."""
    found = rows(_OFFERED, {"now": now, "since": now - DAY})
    sources = tuple((source, count) for source, _, count in found if source)
    languages = tuple((language, count) for _, language, count in found if language)
    return OfferedToNarrow(sources[:MOST_OFFERED], languages)
