"""From an editor's pins and bars to what a topic accepts, sets aside and asks."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digest.models import Story, StoryTopic, Topic, TopicModel, TopicOpinion
from digest.newsdesk.topics import reading, taught, teach
from digest.newsdesk.topics.define import define
from digest.newsdesk.topics.drafts import drafts
from digest.newsdesk.topics.file import file
from digest.newsdesk.topics.lessons import asks, lessons
from digest.newsdesk.topics.tag import tag
from digest.newsdesk.topics.teach import relearn
from tests.newsdesk.topics.test_model import ATOM, OTHERS
from tests.newsdesk.topics.test_tag import alone
from tests.newsdesk.wire import NOON

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def topic() -> Topic:
    return Topic.objects.get(pk=define("atom", query="plutonium", now=NOON).topic_id)


def filed(topic: Topic, titles: tuple[str, ...], by: str) -> None:
    for title in titles:
        file(alone(title).pk, topic.pk, by, now=NOON)


def by(story: Story) -> str:
    row = StoryTopic.objects.filter(story=story).first()
    return row.by if row else ""


@pytest.fixture
def schooled(topic: Topic) -> Topic:
    filed(topic, ATOM, "pinned")
    for title in OTHERS[1:]:
        alone(title)
    filed(topic, OTHERS[:1], "barred")
    tag(now=NOON)
    assert relearn(now=NOON).topic_ids == (topic.pk,)
    return topic


def test_a_taught_topic_takes_what_its_query_does_not_and_says_why(schooled: Topic) -> None:
    story = alone("Uranium enrichment at Yongbyon worries IAEA")
    tag(now=LATER)
    assert by(story) == "learned"
    (said,) = lessons(schooled, now=LATER).accepted
    assert said.headline == story.headline
    assert "yongbyon" in said.reason.lower()
    assert "you pinned" in said.reason


def test_what_it_accepted_is_taken_off_by_one_word_which_teaches(schooled: Topic) -> None:
    story = alone("Uranium enrichment at Yongbyon worries IAEA")
    tag(now=LATER)
    before = TopicModel.objects.get().decisions
    file(story.pk, schooled.pk, "barred", now=LATER)
    assert by(story) == "barred"
    assert not TopicOpinion.objects.filter(story=story).exists()
    assert lessons(schooled, now=LATER).waiting
    relearn(now=LATER)
    assert TopicModel.objects.get().decisions == before + 1
    assert not lessons(schooled, now=LATER).waiting


def test_stories_of_the_last_days_are_judged_anew_when_something_was_learned(topic: Topic) -> None:
    story = alone("Uranium enrichment at Yongbyon worries IAEA")
    filed(topic, ATOM, "pinned")
    filed(topic, OTHERS[:4], "barred")
    tag(now=NOON)
    assert by(story) == ""
    assert story.pk in relearn(now=NOON).story_ids
    assert by(story) == "learned"
    assert relearn(now=LATER).topic_ids == ()


def test_nothing_is_said_before_there_are_five_words(topic: Topic) -> None:
    filed(topic, ATOM[:3], "pinned")
    story = alone("Uranium enrichment at Yongbyon worries IAEA")
    tag(now=NOON)
    relearn(now=NOON)
    assert by(story) == ""
    assert not TopicOpinion.objects.exists()


def test_what_the_query_takes_and_editors_barred_again_and_again_is_set_aside() -> None:
    made = define("korea", query="pyongyang", now=NOON)
    topic = Topic.objects.get(pk=made.topic_id)
    filed(topic, tuple(f"Cold noodles of Pyongyang: restaurant {n}" for n in "abcdefgh"), "barred")
    filed(topic, tuple(f"Pyongyang fires missile {n}" for n in "abcde"), "pinned")
    noodles = alone("Pyongyang noodles: best restaurant")
    missile = alone("Pyongyang fires missile again")
    tag(now=NOON)
    assert by(noodles) == by(missile) == "rule"
    relearn(now=NOON)
    assert by(missile) == "rule"
    aside = [each.headline for each in lessons(topic, now=NOON).set_aside]
    assert (by(noodles) == "") == (noodles.headline in aside)
    assert by(noodles) == "" or asks(topic, now=NOON)


def test_an_answer_to_an_ask_ends_it(schooled: Topic) -> None:
    story = alone("IAEA board meets in Vienna")
    TopicOpinion.objects.create(story=story, topic=schooled, word="ask", probability=0.3, version=1)
    assert asks(schooled, now=LATER) >= 1
    file(story.pk, schooled.pk, "pinned", now=LATER)
    assert not TopicOpinion.objects.filter(story=story).exists()


def test_a_pin_during_learning_is_learned_next(schooled: Topic) -> None:
    file(alone("Reactor at Kangson").pk, schooled.pk, "pinned", now=LATER)
    row = TopicModel.objects.get()
    assert row.stale_since == LATER
    version = row.version
    relearn(now=LATER)
    row.refresh_from_db()
    assert row.version == version + 1
    assert row.stale_since is None


def test_a_draft_says_what_it_would_have_taken(schooled: Topic) -> None:
    extra = alone("Yongbyon once more in pictures")
    tag(now=LATER)
    found = [each for each in drafts(schooled, now=LATER) if "yongbyon" in each.edit.term.lower()]
    assert found and found[0].edit.adds
    assert found[0].gained >= 3
    assert found[0].lost == 0
    assert any("Yongbyon" in title for title in found[0].headlines)
    define("atom", query=found[0].edit.query, now=LATER)
    tag(now=LATER)
    assert by(extra) == "rule"


def test_a_process_that_dies_while_stories_are_judged_leaves_the_topic_to_be_learned(
    topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = alone("Uranium enrichment at Yongbyon worries IAEA")
    filed(topic, ATOM, "pinned")
    filed(topic, OTHERS[:4], "barred")
    tag(now=NOON)

    def dies(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(teach, "weigh", dies)
        relearn(now=NOON)
    assert by(story) == ""
    relearn(now=LATER)
    assert by(story) == "learned"
    assert relearn(now=LATER).topic_ids == ()


@pytest.mark.django_db(transaction=True)
def test_stories_are_read_before_any_of_them_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    made = define("atom", query="plutonium", now=NOON)
    topic = Topic.objects.get(pk=made.topic_id)
    locked: list[bool] = []

    def watched(story_ids: Collection[int]) -> Any:
        locked.append(connection.in_atomic_block)
        return reading.traits_of(story_ids)

    monkeypatch.setattr(taught, "traits_of", watched)
    filed(topic, ATOM, "pinned")
    filed(topic, OTHERS[:4], "barred")
    relearn(now=NOON)
    story = alone("Uranium enrichment at Yongbyon worries IAEA")
    tag(now=LATER)
    assert by(story) == "learned"
    file(story.pk, topic.pk, "barred", now=LATER)
    assert len(locked) == 3 and not any(locked)


def test_of_articles_only_what_is_learned_from_is_read(schooled: Topic) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert reading.traits_of(Story.objects.values_list("pk", flat=True))
    told = [each["sql"] for each in asked if "digest_story_article" in each["sql"]]
    assert told and not any("content_hash" in sql for sql in told)


def test_a_topic_with_too_few_words_for_a_say_costs_no_reading(
    topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teach, "traits_of", None)
    monkeypatch.setattr(taught, "traits_of", None)
    filed(topic, ATOM[:4], "pinned")
    tag(now=NOON)
    assert relearn(now=NOON).topic_ids == (topic.pk,)
    assert lessons(topic, now=NOON).decisions == 4
    assert not lessons(topic, now=NOON).waiting


def test_a_topic_whose_words_were_taken_back_says_nothing_more(schooled: Topic) -> None:
    story = alone("Uranium enrichment at Yongbyon worries IAEA")
    tag(now=LATER)
    for row in StoryTopic.objects.filter(by__in=("pinned", "barred")).order_by("pk")[:4]:
        file(row.story_id, schooled.pk, "rule", now=LATER)
    relearn(now=LATER)
    assert by(story) == ""
    assert not TopicOpinion.objects.exists()


def test_a_story_that_waits_for_an_answer_counts_for_neither_side(schooled: Topic) -> None:
    story = alone("Uranium enrichment at Yongbyon worries IAEA")

    def learned_from() -> int:
        return len(teach._lessons(schooled, teach._decided(schooled, LATER), LATER))

    before = learned_from()
    TopicOpinion.objects.create(
        story=story, topic=schooled, word="ask", probability=0.5, version=1, because=[]
    )
    assert learned_from() == before - 1
    TopicOpinion.objects.filter(story=story).update(word="reject")
    assert learned_from() == before
