"""The joins that may be wrong, for an editor to confirm or to split."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import Case, Exists, F, OuterRef, QuerySet, When, Window
from django.db.models.functions import RowNumber

from digest.newsdesk.stories.coverage import is_web
from digest.newsdesk.stories.models import StoryArticle

BELOW = 0.75
"""Probability under which a join is worth a look: about one in three of them is wrong."""
WITHIN = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class DoubtfulJoin:
    """An article that a rule put into a story with others, and how probable it is that it belongs
    there. ``headline`` is the story's; ``beside`` another report of it, the lead if that is one.

    ``url`` is empty unless it is a web link.
    """

    article_id: int
    story_id: int
    probability: float
    title: str
    source: str
    headline: str
    url: str
    language: str
    public_id: UUID
    reports: int
    at: datetime
    beside: str
    beside_source: str


def doubtful(
    *,
    now: datetime,
    below: float = BELOW,
    within: timedelta = WITHIN,
    story_id: int | None = None,
    limit: int = 50,
) -> tuple[DoubtfulJoin, ...]:
    """The joins of the last days with a probability below ``below``, the least probable first.

    Of one story if ``story_id`` is given. What an editor placed or confirmed is not among them, nor
    are copies, which follow their original, nor what stands alone.
    """
    rows = _doubtful(now, below, within)
    if story_id is not None:
        rows = rows.filter(story=story_id)
    listed = list(rows.select_related("article", "story").defer("article__text")
                  .order_by("score", "-article_id")[:limit])  # fmt: skip
    beside = _beside(listed)
    return tuple(_join(row, beside.get(row.article_id)) for row in listed)


def how_many(*, now: datetime, at_most: int = 100) -> int:
    """How many joins wait for an editor's word, counted up to ``at_most``."""
    return len(_doubtful(now, BELOW, WITHIN).values_list("pk")[:at_most])


def _doubtful(now: datetime, below: float, within: timedelta) -> QuerySet[StoryArticle]:
    # A story's count is of its copies too: a report alone with them was joined to nothing.
    others = _originals().filter(story=OuterRef("story")).exclude(pk=OuterRef("pk"))
    return StoryArticle.objects.filter(
        Exists(others),
        assigned_by=StoryArticle.By.RULE,
        assigned_at__gt=now - within,
        score__lt=below,
        story__merged_into=None,
        story__article_count__gt=1,
        article__duplicate_of=None,
        article__withdrawn_at=None,
    )


def _originals() -> QuerySet[StoryArticle]:
    """The reports that can be held against another one."""
    return StoryArticle.objects.filter(article__duplicate_of=None, article__withdrawn_at=None)


def _beside(listed: list[StoryArticle]) -> dict[int, tuple[str, str]]:
    """By article the title and source of the report to hold it against: the story's lead, or where
    that is itself, a copy or withdrawn, the first of the others."""
    leads = {row.story_id: row.story.lead_article_id for row in listed}
    # Two of a story are enough: one of them is another one.
    placed = Window(
        RowNumber(),
        partition_by=F("story"),
        order_by=(
            Case(When(article=F("story__lead_article"), then=0), default=1),
            F("article__published_at"),
            F("article"),
        ),
    )
    rows = _originals().filter(story__in=leads).annotate(place=placed).filter(place__lte=2)
    columns = ("story", "article", "article__title", "article__source")
    members: dict[int, list[tuple[int, str, str]]] = {}
    for story, article, title, source in rows.order_by("place").values_list(*columns):
        members.setdefault(story, []).append((article, title, source))
    found = {}
    for row in listed:
        others = [each for each in members.get(row.story_id, ()) if each[0] != row.article_id]
        if others:
            found[row.article_id] = others[0][1:]
    return found


def _join(row: StoryArticle, beside: tuple[str, str] | None) -> DoubtfulJoin:
    article, story = row.article, row.story
    title, source = beside or (story.headline, "")
    return DoubtfulJoin(
        article_id=row.article_id,
        story_id=row.story_id,
        probability=row.score,
        title=article.title,
        source=article.source or (urlsplit(article.url).hostname or ""),
        headline=story.headline,
        url=article.url if is_web(article.url) else "",
        language=article.language,
        public_id=story.public_id,
        reports=story.article_count,
        at=article.published_at,
        beside=title,
        beside_source=source,
    )
