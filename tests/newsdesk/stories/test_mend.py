"""Editors merge stories, split articles off and move them; their word is kept for ever."""

import pytest

from digest.models import Article, AuditEntry, Story, StoryArticle, StoryLink
from digest.newsdesk.stories import mend
from digest.newsdesk.stories.assign import assign
from digest.newsdesk.stories.memory import forget
from digest.newsdesk.stories.mend import MendRefused
from tests.newsdesk.desk import editor
from tests.newsdesk.wire import BANK, MISSILE, NOON, article

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def restarted() -> None:
    forget()


def placed() -> dict[str, list[int]]:
    """Articles of two events, each a story, by the word that names the event."""
    made = {
        "missile": [article(title, n).pk for n, title in enumerate(MISSILE)],
        "bank": [article(title, n + 0.5).pk for n, title in enumerate(BANK)],
    }
    assign(now=NOON)
    return made


def story_of(article_id: int) -> int:
    return StoryArticle.objects.get(article=article_id).story_id


def later(*titles: str) -> None:
    """More articles come in, in a process that has just started."""
    for n, title in enumerate(titles):
        article(title, 60 + n)
    forget()
    assign(now=NOON)


def test_a_merge_holds_through_repairs_and_restarts() -> None:
    made = placed()
    gone, kept = story_of(made["bank"][0]), story_of(made["missile"][0])
    assert gone != kept
    mended = mend.merge(gone, kept, member=editor(), now=NOON)
    assert (mended.story_id, mended.articles) == (kept, 4)
    later(*MISSILE, *BANK)
    assert {story_of(each) for each in [*made["missile"], *made["bank"]]} == {kept}
    assert Story.objects.get(pk=gone).merged_into_id == kept
    assert AuditEntry.objects.get().verb == "merged"


def test_a_split_holds_through_repairs_and_restarts() -> None:
    made = placed()
    home = story_of(made["missile"][0])
    chosen = made["missile"][2:]
    mended = mend.split(home, chosen, member=editor(), now=NOON)
    later(*MISSILE, *BANK)
    assert {story_of(each) for each in chosen} == {mended.story_id}
    assert {story_of(each) for each in made["missile"][:2]} == {home}
    assert Story.objects.get(pk=mended.story_id).article_count >= 2


def test_a_moved_article_stays_and_teaches_the_others_nothing() -> None:
    made = placed()
    bank, missile = story_of(made["bank"][0]), story_of(made["missile"][0])
    mend.move(missile, made["missile"][:1], bank, member=editor(), now=NOON)
    later(*MISSILE, *BANK)
    assert story_of(made["missile"][0]) == bank
    assert {story_of(each) for each in made["missile"][1:]} == {missile}
    assert {story_of(each) for each in made["bank"]} == {bank}


def test_copies_go_with_their_original() -> None:
    made = placed()
    copy = article(MISSILE[0], 30, duplicate_of_id=made["missile"][0])
    assign(now=NOON)
    home = story_of(made["missile"][0])
    mended = mend.split(home, made["missile"][:1], member=editor(), now=NOON)
    assert (story_of(copy.pk), mended.articles) == (mended.story_id, 2)


def test_the_latest_decision_replaces_the_one_it_contradicts() -> None:
    made = placed()
    home, ann = story_of(made["missile"][0]), editor()
    new = mend.split(home, made["missile"][2:], member=ann, now=NOON).story_id
    mend.merge(new, home, member=ann, now=NOON)
    later(*MISSILE)
    assert {story_of(each) for each in made["missile"]} == {home}
    assert set(StoryLink.objects.values_list("kind", flat=True)) == {StoryLink.Kind.MUST}


def test_a_story_that_nobody_is_left_in_leads_on() -> None:
    made = placed()
    bank, missile = story_of(made["bank"][0]), story_of(made["missile"][0])
    mend.move(missile, made["missile"], bank, member=editor(), now=NOON)
    emptied = Story.objects.get(pk=missile)
    assert (emptied.merged_into_id, emptied.headline != "") == (bank, True)


def test_what_makes_no_sense_is_refused_and_changes_nothing() -> None:
    made = placed()
    bank, missile, ann = story_of(made["bank"][0]), story_of(made["missile"][0]), editor()
    with pytest.raises(MendRefused, match="same story"):
        mend.merge(bank, bank, member=ann, now=NOON)
    with pytest.raises(MendRefused, match="stay"):
        mend.split(bank, made["bank"], member=ann, now=NOON)
    with pytest.raises(MendRefused, match="Choose the articles"):
        mend.split(bank, made["missile"], member=ann, now=NOON)
    with pytest.raises(MendRefused, match="in that story already"):
        mend.move(bank, made["bank"][:1], bank, member=ann, now=NOON)
    mend.merge(bank, missile, member=ann, now=NOON)
    with pytest.raises(MendRefused, match="meanwhile"):
        mend.merge(bank, missile, member=ann, now=NOON)
    assert Article.objects.count() == StoryArticle.objects.count() == 8
