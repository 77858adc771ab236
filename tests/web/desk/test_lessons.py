"""A topic's lessons on the desk: asks answered by a button, reasons, drafts taken by one press."""

import re
from datetime import datetime

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import ArticleTopic, Member, Story, StoryTopic, Topic, TopicModel, TopicOpinion
from tests.web import desk_day

pytestmark = pytest.mark.django_db
TOPIC = "/desk/topics/korean-peninsula-relations/"
PAGE = f"{TOPIC}lessons"


@pytest.fixture
def day() -> dict[str, Story]:
    return desk_day.stories(now())


@pytest.fixture
def editor(client: Client) -> Member:
    member = desk_day.member()
    client.force_login(member)
    return member


def opinion(story: Story, word: str, moment: datetime) -> None:
    topic = Topic.objects.get(slug="korean-peninsula-relations")
    TopicModel.objects.update_or_create(
        topic=topic, defaults={"decisions": 12, "version": 1, "learned_at": moment}
    )
    TopicOpinion.objects.create(
        story=story, topic=topic, word=word, probability=0.4, version=1, like=3,
        because=["Yongbyon", "<b>IAEA</b>"],
    )  # fmt: skip


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_an_ask_is_shown_with_its_reason_and_answered_by_a_button(
    client: Client, editor: Member, day: dict[str, Story]
) -> None:
    story = day["marathon-singapore"]
    opinion(story, "ask", now())
    page = client.get(PAGE).content.decode()
    assert story.headline in words(page).replace("&#39;", "'") or str(story.public_id) in page
    assert "like 3 stories you pinned" in page
    assert "<b>IAEA</b>" not in page
    assert "Lessons: 1 question" in words(client.get(TOPIC).content.decode())
    answer = {"story": str(story.public_id), "by": "barred", "next": PAGE}
    assert client.post(f"{TOPIC}file", answer).url == PAGE
    assert StoryTopic.objects.get(story=story, topic__slug=TOPIC.split("/")[3]).by == "barred"
    assert not TopicOpinion.objects.exists()
    assert "What you said last is being learned" in words(client.get(PAGE).content.decode())


def test_an_ask_says_where_the_story_stands_until_it_is_answered(
    client: Client, editor: Member, day: dict[str, Story]
) -> None:
    story = day["marathon-singapore"]
    opinion(story, "ask", now())
    topic = Topic.objects.get(slug="korean-peninsula-relations")
    assert "the query does not take it: not under" in words(client.get(PAGE).content.decode())
    ArticleTopic.objects.bulk_create(
        ArticleTopic(article_id=article, topic=topic, query_version=1)
        for article in story.members.values_list("article_id", flat=True)
    )
    page = words(client.get(PAGE).content.decode())
    assert "more likely none of the topic's (40%): not under the topic until you accept it" in page
    StoryTopic.objects.create(story=story, topic=topic, by="rule", share=1.0)
    page = words(client.get(PAGE).content.decode())
    assert "the query takes it: under the topic until you reject it" in page


def test_what_was_accepted_is_marked_as_such_and_can_be_taken_off(
    client: Client, editor: Member, day: dict[str, Story]
) -> None:
    story = day["marathon-singapore"]
    opinion(story, "accept", now())
    topic = Topic.objects.get(slug="korean-peninsula-relations")
    StoryTopic.objects.create(story=story, topic=topic, by="learned")
    page = client.get(PAGE).content.decode()
    assert "Take it off" in page and "It accepted by itself" in page
    assert "accepted by what was taught" in client.get(TOPIC).content.decode()


def test_a_draft_is_taken_by_one_press_and_not_over_somebody_elses_query(
    client: Client, editor: Member, day: dict[str, Story]
) -> None:
    for slug in ("busan-film-award", "marathon-singapore"):
        story = str(day[slug].public_id)
        client.post(f"{TOPIC}file", {"story": story, "by": "pinned"})
    topic = Topic.objects.get(slug="korean-peninsula-relations")
    taken = {"query": "korea\r\nOR yongbyon", "version": topic.query_version}
    assert client.post(f"{TOPIC}draft", taken).url == PAGE
    topic.refresh_from_db()
    assert topic.query == "korea\nOR yongbyon"
    late = client.post(f"{TOPIC}draft", {**taken, "query": "football"}, follow=True)
    assert "Somebody else changed this topic" in words(late.content.decode())
    broken = {"query": "(", "version": topic.query_version}
    client.post(f"{TOPIC}draft", broken)
    topic.refresh_from_db()
    assert topic.query == "korea\nOR yongbyon"


def test_a_topic_that_nobody_taught_says_how_it_learns(
    client: Client, editor: Member, day: dict[str, Story]
) -> None:
    page = words(client.get(PAGE).content.decode())
    assert "It speaks up once there are 5 such words; there are 0." in page


def test_who_only_reads_may_not_teach(client: Client, day: dict[str, Story]) -> None:
    client.force_login(desk_day.member("Rae Moss", "reader"))
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{TOPIC}draft", {"query": "x"}).status_code == 403
