"""The joins that may be wrong, for an editor to confirm or to split."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.newsdesk.stories.models import StoryArticle

BELOW = 0.75
"""Probability under which a join is worth a look: about one in three of them is wrong."""
WITHIN = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class DoubtfulJoin:
    """An article that a rule put into a story with others, and how probable it is that it belongs
    there. ``headline`` is the story's."""

    article_id: int
    story_id: int
    probability: float
    title: str
    source: str
    headline: str


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
    rows = StoryArticle.objects.filter(
        assigned_by=StoryArticle.By.RULE,
        assigned_at__gt=now - within,
        score__lt=below,
        story__merged_into=None,
        story__article_count__gt=1,
        article__duplicate_of=None,
        article__withdrawn_at=None,
    )
    if story_id is not None:
        rows = rows.filter(story=story_id)
    columns = ("article_id", "story_id", "score", "article__title", "article__source")
    found = rows.order_by("score", "-article_id").values_list(*columns, "story__headline")
    return tuple(DoubtfulJoin(*row) for row in found[:limit])
