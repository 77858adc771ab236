"""What a query would have matched in the last days, before it becomes a topic."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.intake.articles.models import Article
from digest.newsdesk.stories.models import StoryArticle
from digest.newsdesk.topics.explain import explain
from digest.newsdesk.topics.match import Matcher
from digest.newsdesk.topics.parse import parse
from digest.newsdesk.topics.tag import THRESHOLD, reading

_FIELDS = ("title", "summary", "text", "language", "source", "agency", "published_at", "url")


@dataclass(frozen=True, slots=True)
class Example:
    """A matching article and the terms that caught it."""

    title: str
    source: str
    published_at: datetime
    url: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """Counts over the days looked at. ``stories`` would fall under the topic by share."""

    query: str
    days: int
    searched: int
    articles: int
    stories: int
    sources: int
    by_day: tuple[tuple[str, int], ...]
    examples: tuple[Example, ...]


def preview(query: str, *, now: datetime, days: int = 7, examples: int = 10) -> Preview:
    """Hold ``query`` against the articles of the last ``days``; the newest examples first.

    Raises :class:`~digest.newsdesk.topics.query.QueryError`.
    """
    parsed = parse(query)
    matcher = Matcher({0: parsed})
    since = now - timedelta(days=days)
    searched = 0
    matched: list[int] = []
    sources: set[str] = set()
    by_day: dict[str, int] = {}
    shown: list[Example] = []
    recent = Article.objects.filter(published_at__gte=since, withdrawn_at__isnull=True)
    for article in recent.only(*_FIELDS).order_by("-published_at", "-pk").iterator(1_000):
        searched += 1
        words = reading(article)
        if not matcher.match(words):
            continue
        matched.append(article.pk)
        sources.add(article.source)
        day = article.published_at.date().isoformat()
        by_day[day] = by_day.get(day, 0) + 1
        if len(shown) < examples:
            because = explain(parsed, words).found
            shown.append(
                Example(article.title, article.source, article.published_at, article.url, because)
            )
    return Preview(
        str(parsed),
        days,
        searched,
        len(matched),
        _stories(matched),
        len(sources),
        tuple(sorted(by_day.items())),
        tuple(shown),
    )


def _stories(articles: list[int]) -> int:
    """How many stories have enough of ``articles`` among their members."""
    rows = StoryArticle.objects.filter(article_id__in=articles)
    matched: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for story, size in rows.values_list("story_id", "story__article_count"):
        matched[story] = matched.get(story, 0) + 1
        sizes[story] = size
    return sum(matched[story] >= THRESHOLD * sizes[story] for story in matched)
