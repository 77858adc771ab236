"""Words that change after an article was placed reach its story."""

from datetime import timedelta

import pytest

from digest.intake.articles.models import Article
from digest.kit.clock import now
from digest.newsdesk.stories import memory
from digest.newsdesk.stories.assign import assign
from digest.newsdesk.stories.models import Story, StoryArticle
from digest.newsdesk.stories.revise import changed, revise
from digest.newsdesk.topics.tag import tag

pytestmark = pytest.mark.django_db


def test_a_changed_headline_reaches_its_story_and_is_tagged_again() -> None:
    memory.forget()
    moment = now()
    article = Article.objects.create(
        url="https://a.example/1", url_hash=b"1" * 32, title="Ferry on fire", language="en",
        published_at=moment, first_seen_at=moment, updated_at=moment, content_hash=b"1" * 32,
    )  # fmt: skip
    assign(now=moment)
    tag(now=moment)
    assert changed(now=moment) == ()

    later = moment + timedelta(minutes=5)
    Article.objects.update(title="Ferry fire is out, all safe", updated_at=later)
    assert changed(now=later) == (article.pk,)
    revise(changed(now=later), now=later)

    assert Story.objects.get().headline == "Ferry fire is out, all safe"
    assert StoryArticle.objects.get().tagged_at is None
    tag(now=later + timedelta(seconds=1))
    assert changed(now=later) == ()
