"""Joins that may be wrong are shown to an editor, who confirms or splits them."""

from datetime import timedelta

import pytest

from digest.models import Article, AuditEntry, Story, StoryArticle
from digest.newsdesk.stories import mend
from digest.newsdesk.stories.assign import assign
from digest.newsdesk.stories.doubtful import BELOW, doubtful, how_many
from digest.newsdesk.stories.memory import forget
from digest.newsdesk.stories.mend import MendRefused
from tests.newsdesk.desk import editor
from tests.newsdesk.wire import BANK, MISSILE, NOON, article

pytestmark = pytest.mark.django_db


@pytest.fixture
def joined() -> list[int]:
    """Four reports in one story, of which the third is in doubt and the last a little less."""
    forget()
    made = [article(title, n).pk for n, title in enumerate(MISSILE)]
    assign(now=NOON)
    assert Story.objects.count() == 1
    for at, score in zip(made, (1.0, 0.9, BELOW - 0.3, BELOW - 0.1), strict=True):
        StoryArticle.objects.filter(article=at).update(score=score)
    return made


def asked() -> list[int]:
    return [each.article_id for each in doubtful(now=NOON)]


def test_the_least_probable_joins_come_first_with_what_an_editor_needs(joined: list[int]) -> None:
    first, second = doubtful(now=NOON)
    assert (first.article_id, second.article_id) == (joined[2], joined[3])
    assert first.probability == pytest.approx(BELOW - 0.3)
    assert (first.title, first.headline) == (MISSILE[2], Story.objects.get().headline)
    assert len(doubtful(now=NOON, limit=1)) == 1
    assert doubtful(now=NOON, story_id=first.story_id + 1) == ()
    assert doubtful(now=NOON + timedelta(days=3)) == ()


def test_what_an_editor_confirms_is_asked_about_no_more_and_stays(joined: list[int]) -> None:
    home = Story.objects.get().pk
    done = mend.confirm(home, joined[2:3], member=editor(), now=NOON)
    assert (done.story_id, done.articles) == (home, 1)
    assert asked() == joined[3:]
    assert AuditEntry.objects.get().verb == "confirmed"
    forget()
    article(BANK[0], 60)
    assign(now=NOON)
    assert StoryArticle.objects.get(article=joined[2]).story_id == home


def test_what_an_editor_splits_off_is_asked_about_no_more(joined: list[int]) -> None:
    mend.split(Story.objects.get().pk, joined[2:3], member=editor(), now=NOON)
    assert asked() == joined[3:]


def test_where_nothing_else_is_there_is_nothing_to_confirm(joined: list[int]) -> None:
    with pytest.raises(MendRefused, match="nothing else"):
        mend.confirm(Story.objects.get().pk, joined, member=editor(), now=NOON)


def test_a_join_is_kept_with_a_probability_and_a_founder_with_certainty() -> None:
    forget()
    made = [article(title, n).pk for n, title in enumerate(MISSILE)]
    assign(now=NOON)
    scores = dict(StoryArticle.objects.values_list("article", "score"))
    assert scores[made[0]] == 1.0
    assert all(0.5 < scores[each] <= 1.0 for each in made[1:])


def test_a_report_alone_with_its_copies_was_joined_to_nothing(joined: list[int]) -> None:
    Article.objects.filter(pk__in=[*joined[:2], joined[3]]).update(duplicate_of=joined[2])
    assert asked() == [] and how_many(now=NOON) == 0
    Article.objects.filter(pk=joined[3]).update(duplicate_of=None)
    assert asked() == joined[2:]
    Article.objects.filter(pk=joined[3]).update(withdrawn_at=NOON)
    assert asked() == []


def test_a_join_is_held_against_a_report_that_still_stands(joined: list[int]) -> None:
    Story.objects.update(lead_article=joined[0])
    Article.objects.filter(pk=joined[0]).update(withdrawn_at=NOON)
    first, second = doubtful(now=NOON)
    assert (first.beside, second.beside) == (MISSILE[1], MISSILE[1])
    Article.objects.filter(pk=joined[1]).update(duplicate_of=joined[2])
    first, second = doubtful(now=NOON)
    assert (first.beside, second.beside) == (MISSILE[3], MISSILE[2])
