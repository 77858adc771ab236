"""Step: a story for an article that no rule puts into one, by an editor's word."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from digest.intake.articles.models import Article
from digest.kit import wake
from digest.newsdesk.stories.models import Story, StoryArticle
from digest.newsdesk.stories.refresh import refresh
from digest.newsdesk.stories.shard_lock import SHARD, take_turn


@transaction.atomic
def found_alone(article_id: int, *, now: datetime) -> int:
    """Found a story of this one article, unless it has one by now; the story's id.

    Tickers and round-ups are left without a story, as they would bring others together. Whoever
    asks for one all the same gets it, and no repair moves it. Wakes "tag".
    """
    take_turn(SHARD)
    there = StoryArticle.objects.filter(article=article_id).values_list("story_id", flat=True)
    if (story_id := there.first()) is not None:
        return story_id
    article = Article.objects.get(pk=article_id)
    at = article.published_at
    story = Story.objects.create(
        headline=article.title, language=article.language, first_at=at, last_at=at, shard=SHARD
    )
    last = StoryArticle.objects.filter(shard=SHARD).aggregate(last=Max("sequence"))["last"]
    StoryArticle.objects.create(
        story=story, article=article, first_story_id=story.pk, score=1.0, assigned_at=now,
        assigned_by=StoryArticle.By.EDITOR, sequence=(last or 0) + 1, shard=SHARD,
    )  # fmt: skip
    refresh([story.pk])
    wake.on_commit("tag")
    return story.pk
