"""Where a story stands until an editor answers what its topic's model asks."""

import math
from datetime import timedelta

import pytest

from digest.models import StoryTopic, Topic, TopicModel, TopicOpinion
from digest.newsdesk.topics.define import define
from digest.newsdesk.topics.file import file
from digest.newsdesk.topics.lessons import LISTED, SaidOf, asks, lessons
from digest.newsdesk.topics.tag import tag
from digest.newsdesk.topics.teach import _lessons
from digest.newsdesk.topics.teaching.model import LEAST_DECISIONS, Model, Opinion, Say, standing
from digest.newsdesk.topics.teaching.verdict import stands
from tests.newsdesk.topics.test_tag import alone
from tests.newsdesk.wire import NOON

LATER = NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("word", "probability", "of_the_querys", "of_others"),
    [
        (Say.ACCEPT, 0.7, True, True),
        (Say.REJECT, 0.1, False, False),
        (Say.ASK, 0.68, True, False),
        (Say.ASK, 0.5, True, False),
        (Say.ASK, 0.49, False, False),
        (Say.ASK, 0.2, False, False),
    ],
)
def test_what_is_asked_about_is_the_querys_only_while_as_likely_as_not(
    word: Say, probability: float, of_the_querys: bool, of_others: bool
) -> None:
    opinion = Opinion(word, probability)
    assert stands(opinion, taken=True) is of_the_querys
    assert stands(opinion, taken=False) is of_others


@pytest.fixture
def topic() -> Topic:
    return Topic.objects.get(pk=define("atom", query="plutonium", now=NOON).topic_id)


def thinks(topic: Topic, probability: float) -> None:
    """The topic's model, which holds what its query takes for so probable."""
    shift = math.log(probability / (1 - probability)) - standing(1.0)
    body = Model("atom", {}, {}, shift=shift, decisions=LEAST_DECISIONS).as_json()
    TopicModel.objects.create(
        topic=topic, version=1, body=body, decisions=LEAST_DECISIONS, learned_at=NOON
    )


def asked_about(topic: Topic, headline: str) -> SaidOf:
    (found,) = [each for each in lessons(topic, now=LATER).asks if each.headline == headline]
    return found


@pytest.mark.django_db
def test_a_story_that_the_query_takes_is_held_back_where_it_is_unlikely_and_accept_puts_it_there(
    topic: Topic,
) -> None:
    thinks(topic, 0.4)
    story = alone("Plutonium, a play in three acts")
    tag(now=NOON)
    assert not StoryTopic.objects.exists()
    said = asked_about(topic, story.headline)
    assert (said.by_rule, said.held, said.probability) == (True, True, 0.4)
    assert asks(topic, now=LATER) == 1
    file(story.pk, topic.pk, "pinned", now=LATER)
    assert StoryTopic.objects.get().by == "pinned"
    assert not TopicOpinion.objects.exists()


@pytest.mark.django_db
def test_a_story_that_was_under_the_topic_leaves_it_when_it_is_found_unlikely(
    topic: Topic,
) -> None:
    story = alone("Plutonium, a play in three acts")
    tag(now=NOON)
    assert StoryTopic.objects.get().by == "rule"
    thinks(topic, 0.4)
    story.members.update(tagged_at=None)
    tag(now=LATER)
    assert not StoryTopic.objects.exists()
    assert asked_about(topic, story.headline).held


@pytest.mark.django_db
def test_a_story_that_the_query_takes_stays_while_it_is_as_likely_as_not(topic: Topic) -> None:
    thinks(topic, 0.6)
    story = alone("Plutonium found in a shed")
    other = alone("Uranium found in a shed")
    tag(now=NOON)
    assert StoryTopic.objects.get().story == story
    said, free = (asked_about(topic, each.headline) for each in (story, other))
    assert (said.by_rule, said.held) == (True, False)
    assert (free.by_rule, free.held) == (False, False)


@pytest.mark.django_db
def test_what_is_held_back_stands_before_all_other_questions(topic: Topic) -> None:
    held = alone("Plutonium, a play in three acts")
    thinks(topic, 0.4)
    tag(now=NOON)
    for number in range(LISTED):
        TopicOpinion.objects.create(
            story=alone(f"Story {number}"), topic=topic, word="ask", probability=0.6, version=1
        )
    found = lessons(topic, now=LATER).asks
    assert len(found) == LISTED
    assert [each.headline for each in found if each.held] == [found[0].headline] == [held.headline]


@pytest.mark.django_db
def test_what_is_held_back_teaches_neither_side(topic: Topic) -> None:
    thinks(topic, 0.4)
    held = alone("Plutonium, a play in three acts")
    tag(now=NOON)
    assert held.pk not in [each.story for each in _lessons(topic, {}, LATER)]
