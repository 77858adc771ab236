"""What a feed's page tells of the past: looks, items, and how many came by day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.intake.articles.models import Sighting
from digest.intake.feeds.models import FeedCheck
from digest.web.desk import times

DAYS = 14
LOOKS = 12
ITEMS = 15
# Those of one document are stored in no order of time.
_RECENT = 60
_MOST_COUNTED = 5_000
When = Callable[[datetime | None], str]


@dataclass(frozen=True, slots=True)
class SeenLook:
    """One look that brought something or failed. ``tone``: fine, or stop."""

    when: str
    words: str
    tone: str
    more: str


@dataclass(frozen=True, slots=True)
class SeenArticle:
    """One article as this feed showed it."""

    title: str
    url: str
    ago: str
    notes: tuple[str, ...]


def by_day(feed_id: int, now: datetime) -> list[float]:
    """How many articles the feed showed first on each of the last fourteen days, oldest first."""
    since = now - timedelta(days=DAYS)
    seen = (
        Sighting.objects.filter(feed_id=feed_id, seen_at__gte=since)
        .order_by("-pk")
        .values_list("seen_at", flat=True)[:_MOST_COUNTED]
    )
    days = [0.0] * DAYS
    for at in seen:
        days[min(int((at - since) / timedelta(days=1)), DAYS - 1)] += 1
    return days


def checks(feed_id: int, when: When) -> list[SeenLook]:
    """The latest looks in an editor's words."""
    rows = FeedCheck.objects.filter(feed_id=feed_id).order_by("-at")[:LOOKS]
    return [_look(row, when(row.at)) for row in rows]


def items(feed_id: int, now: datetime) -> list[SeenArticle]:
    """The latest articles that the feed showed."""
    rows = (
        Sighting.objects.filter(feed_id=feed_id)
        .select_related("article", "article__duplicate_of", "article__page")
        .order_by("-pk")[:_RECENT]
    )
    latest = sorted(rows, key=lambda row: row.article.published_at, reverse=True)[:ITEMS]
    return [_item(row, now) for row in latest]


def _look(row: FeedCheck, when: str) -> SeenLook:
    news = f"{row.new_articles} new" if row.new_articles else "nothing new"
    quiet = f"after {row.unchanged_before} without news" if row.unchanged_before else ""
    match row.outcome:
        case "ok":
            words, tone = f"Read: {news}", "fine"
        case "pushed":
            words, tone = f"Pushed by its hub: {news}", "fine"
        case _:
            words, tone = row.reason or row.outcome, "stop"
    size = f"{row.size_bytes / 1024:.0f} kB" if row.size_bytes else ""
    took = f"{row.took_ms:,} ms" if row.took_ms else ""
    return SeenLook(when, words, tone, " · ".join(filter(None, (took, size, quiet))))


def _item(row: Sighting, now: datetime) -> SeenArticle:
    article, notes = row.article, []
    if article.withdrawn_at:
        notes.append("withdrawn by its publisher")
    if article.duplicate_of is not None:
        notes.append(f"same text as {article.duplicate_of.source or 'an earlier report'}")
    if article.revision > 1:
        notes.append("changed since")
    page = getattr(article, "page", None)
    if page is not None and page.read_at:
        notes.append("whole text")
    elif page is not None and page.reason:
        notes.append(page.reason)
    minutes = article.reading_minutes
    if minutes:
        notes.append(f"{minutes} min to read")
    safe = article.url if article.url.startswith(("http://", "https://")) else ""
    return SeenArticle(article.title, safe, times.ago(article.published_at, now), tuple(notes))
