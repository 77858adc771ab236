"""What a query would have matched in the last days, before it becomes a topic."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from digest.intake.articles.models import Article
from digest.newsdesk.stories.models import StoryArticle
from digest.newsdesk.topics.compiled import read
from digest.newsdesk.topics.query.analysis import ArticleText
from digest.newsdesk.topics.query.explain import Explanation, explain
from digest.newsdesk.topics.query.match import Matcher
from digest.newsdesk.topics.query.tree import Query
from digest.newsdesk.topics.reading import reading
from digest.newsdesk.topics.tag import THRESHOLD

_FIELDS = ("title", "summary", "text", "language", "source", "agency", "published_at", "url")
_EXCERPT = 220


@dataclass(frozen=True, slots=True)
class Example:
    """A matching article and the terms that caught it.

    ``title_marks`` and ``excerpt_marks`` are [start, end) of those terms in the title and in the
    excerpt, which is the text around the first of them.
    """

    title: str
    source: str
    published_at: datetime
    url: str
    because: tuple[str, ...]
    title_marks: tuple[tuple[int, int], ...] = ()
    excerpt: str = ""
    excerpt_marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """Counts over the days looked at. ``stories`` would fall under the topic by share.

    ``one_in`` is 1 when every article was held against the query; when there were too many for an
    answer in time, each ``one_in``-th was, and ``articles``, ``stories`` and ``by_day`` are
    estimates, multiplied by it.
    """

    query: str
    days: int
    searched: int
    articles: int
    stories: int
    sources: int
    by_day: tuple[tuple[str, int], ...]
    examples: tuple[Example, ...]
    one_in: int = 1


def preview(
    query: str, *, now: datetime, days: int = 7, examples: int = 10, at_most: int = 0
) -> Preview:
    """Hold ``query`` against the articles of the last ``days``; the newest examples first.

    ``at_most`` bounds how many articles are looked at; 0 means all. Raises
    :class:`~digest.newsdesk.topics.query.tree.QueryError`.
    """
    wanted = read(query)
    matcher = Matcher({0: wanted})
    since = now - timedelta(days=days)
    searched = 0
    matched: list[int] = []
    sources: set[str] = set()
    by_day: dict[str, int] = {}
    shown: list[Example] = []
    recent = Article.objects.filter(
        published_at__gte=since, published_at__lte=now, withdrawn_at__isnull=True
    )
    one_in = max(1, -(-recent.count() // at_most)) if at_most else 1
    if one_in > 1:
        recent = recent.annotate(turn=F("pk") % one_in).filter(turn=0)
    for article in recent.only(*_FIELDS).order_by("-published_at", "-pk").iterator(1_000):
        searched += 1
        words = reading(article)
        if not matcher.match(words):
            continue
        matched.append(article.pk)
        sources.add(article.source)
        day = article.published_at.date().isoformat()
        by_day[day] = by_day.get(day, 0) + one_in
        if len(shown) < examples:
            shown.append(_example(article, words, wanted))
    return Preview(
        query.strip(),
        days,
        searched,
        len(matched) * one_in,
        _stories(matched, one_in),
        len(sources),
        tuple(sorted(by_day.items())),
        tuple(shown),
        one_in,
    )


def _example(article: Article, words: ArticleText, wanted: Query) -> Example:
    why = explain(wanted, words)
    excerpt, marks = _excerpt(words.text, why)
    return Example(
        article.title,
        article.source,
        article.published_at,
        article.url,
        why.because,
        why.title_marks,
        excerpt,
        marks,
    )


def _excerpt(text: str, why: Explanation) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text around the first term, and the places of all terms in it."""
    first = why.text_marks[0][0] if why.text_marks else 0
    start = max(0, first - _EXCERPT // 3)
    if start:
        start = text.find(" ", start, first) + 1 or start
    end = min(len(text), start + _EXCERPT)
    if end < len(text):
        end = max(text.rfind(" ", first + 1, end), start + _EXCERPT // 2)
    marks = tuple(
        (max(one, start) - start, min(other, end) - start)
        for one, other in why.text_marks
        if one < end and other > start
    )
    return text[start:end].replace("\n", " "), marks


def _stories(articles: list[int], one_in: int) -> int:
    """How many stories have enough of ``articles`` among their members."""
    rows = StoryArticle.objects.filter(article_id__in=articles)
    matched: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for story, size in rows.values_list("story_id", "story__article_count"):
        matched[story] = matched.get(story, 0) + one_in
        sizes[story] = size
    return sum(matched[story] >= THRESHOLD * sizes[story] for story in matched)
