"""Follow articles whose words changed after they were placed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from digest.kit import wake
from digest.newsdesk.stories.models import StoryArticle
from digest.newsdesk.stories.refresh import refresh


@dataclass(frozen=True, slots=True)
class Revised:
    """The stories whose headline, summary or lead were written anew."""

    story_ids: tuple[int, ...]


# How far back a change is looked for: longer than workers are ever away without somebody noticing.
LOOK_BACK = timedelta(days=1)


def changed(*, now: datetime, limit: int = 500) -> tuple[int, ...]:
    """Articles whose words changed since their story was last tagged, oldest change first."""
    rows = StoryArticle.objects.filter(
        article__updated_at__gt=now - LOOK_BACK, tagged_at__lt=F("article__updated_at")
    )
    ids = rows.order_by("article__updated_at").values_list("article_id", flat=True)
    return tuple(ids[:limit])


def revise(article_ids: Iterable[int], *, now: datetime) -> Revised:
    """Bring stories up to changed or withdrawn articles, and have those tagged again.

    An article keeps its story: what was grouped, and may have been sent, does not change because a
    comma did. Wakes "tag".
    """
    ids = sorted(set(article_ids))
    with transaction.atomic():
        rows = StoryArticle.objects.select_for_update(no_key=True).filter(article_id__in=ids)
        stories = sorted({row.story_id for row in rows.order_by("id")})
        if stories:
            StoryArticle.objects.filter(article_id__in=ids).update(tagged_at=None)
            refresh(stories)
            wake.on_commit("tag")
    return Revised(tuple(stories))
