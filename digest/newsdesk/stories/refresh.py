"""Bring stories up to their members: counts, times, lead article, headline, summary."""

from collections import defaultdict
from collections.abc import Iterable

from django.conf import settings
from django.db.models.functions import Left

from digest.newsdesk.stories.lead import Face, Member, face
from digest.newsdesk.stories.models import Story, StoryArticle

_TEXT = 2_000
_SHOWN = 60


def refresh(story_ids: Iterable[int]) -> None:
    """Write anew what the given stories say of themselves; the caller is in a transaction.

    Stories without members keep their words: links to them lead on to where they went. Rows are
    locked in order of id, after those of StoryArticle, as everybody does who locks both.
    """
    ids = sorted(set(story_ids))
    members = _members(ids)
    stories = list(Story.objects.select_for_update(no_key=True).filter(id__in=ids).order_by("id"))
    for story in stories:
        mine = members.get(story.pk, [])
        story.article_count = len(mine)
        story.source_count = len({each.source for each in mine if each.source}) or min(len(mine), 1)
        if mine:
            story.first_at = min(each.at for each in mine)
            story.last_at = max(each.at for each in mine)
            _show(story, face(mine[:_SHOWN], language=settings.DIGEST_LANGUAGE))
    Story.objects.bulk_update(
        stories,
        [
            "article_count",
            "source_count",
            "first_at",
            "last_at",
            "lead_article",
            "headline",
            "summary",
            "summary_source",
            "language",
        ],
        batch_size=500,
    )


def _show(story: Story, shown: Face) -> None:
    story.lead_article_id = shown.lead
    story.headline = shown.headline[:500]
    story.summary = shown.summary
    story.summary_source = shown.summary_source[:200]
    story.language = shown.language


def _members(story_ids: list[int]) -> dict[int, list[Member]]:
    rows = (
        StoryArticle.objects.filter(story_id__in=story_ids)
        .order_by("article__published_at", "article_id")
        .values_list(
            "story_id",
            "article_id",
            "article__title",
            "article__summary",
            Left("article__text", _TEXT),
            "article__language",
            "article__source",
            "article__published_at",
            "article__duplicate_of_id",
            "article__withdrawn_at",
        )
    )
    members: dict[int, list[Member]] = defaultdict(list)
    for story, article, title, lead, text, language, source, at, original, withdrawn in rows:
        copy = original is not None or withdrawn is not None
        members[story].append(Member(article, title, text or lead, language, source, at, copy))
    return members
