"""Topics on the desk: tried before they are saved, mistakes shown where they are, stories filed."""

import re
from datetime import datetime

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import AliasList, AuditEntry, Member, Story, StoryTopic, Topic
from digest.newsdesk.topics.tag import tag
from tests.web import desk_day

pytestmark = pytest.mark.django_db
KOREA = "/desk/topics/korean-peninsula-relations/"


@pytest.fixture
def moment() -> datetime:
    return now()


@pytest.fixture
def day(moment: datetime) -> dict[str, Story]:
    return desk_day.stories(moment)


@pytest.fixture
def editor(client: Client) -> Member:
    member = desk_day.member()
    client.force_login(member)
    return member


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_the_list_counts_days_and_stories(
    client: Client, editor: Member, day: dict[str, Story], moment: datetime
) -> None:
    Topic.objects.update(tagged_version=0)
    while tag(now=moment).story_ids:
        pass
    page = words(client.get("/desk/topics/").content.decode())
    assert "Korean peninsula relations" in page
    assert re.search(r"\d+ articles in 7 days, \d+ today · \d+ stories", page)


def test_a_query_is_tried_without_being_saved(
    client: Client, editor: Member, day: dict[str, Story]
) -> None:
    before = Topic.objects.get(slug="korean-peninsula-relations").query
    fields = {"name": "Korea", "query": "title:pyongyang", "version": "1", "do": "try"}
    answer = client.post(KOREA, fields)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<mark>Pyongyang</mark>" in page
    assert "Not saved yet" in page
    assert Topic.objects.get(slug="korean-peninsula-relations").query == before


def test_a_mistake_is_shown_where_it_is_and_nothing_is_saved(
    client: Client, editor: Member, day: dict[str, Story]
) -> None:
    fields = {"name": "Korea", "query": "korea <b>(x", "version": "1", "do": "save"}
    answer = client.post(KOREA, fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This parenthesis is never closed. Add a )." in page
    assert "korea &lt;b&gt;<mark>(</mark>x" in page
    assert not AuditEntry.objects.filter(verb="change query").exists()


def test_a_saved_query_gets_a_version_and_a_line_in_the_audit_trail(
    client: Client, editor: Member, day: dict[str, Story]
) -> None:
    fields = {"name": "Korea", "query": "pyongyang", "version": "1", "do": "save"}
    assert client.post(KOREA, fields).url == KOREA
    topic = Topic.objects.get(slug="korean-peninsula-relations")
    assert (topic.name, topic.query, topic.query_version) == ("Korea", "pyongyang", 2)
    assert AuditEntry.objects.get(verb="change query").member == editor
    late = client.post(KOREA, {**fields, "query": "seoul"})
    assert late.status_code == 422
    assert "Somebody else changed this topic meanwhile" in late.content.decode()
    assert Topic.objects.get(pk=topic.pk).query == "pyongyang"


def test_a_new_topic_is_made_once(client: Client, editor: Member) -> None:
    fields = {"name": "Ports & ships", "query": "port*", "version": "0", "do": "save"}
    assert client.post("/desk/new-topic", fields).url == "/desk/topics/ports-ships/"
    again = client.post("/desk/new-topic", fields)
    assert again.status_code == 422
    assert Topic.objects.filter(slug="ports-ships").count() == 1
    nameless = client.post("/desk/new-topic", {**fields, "name": " "})
    assert "has no name" in nameless.content.decode()


def test_a_story_is_barred_and_left_to_the_query_again(
    client: Client, editor: Member, day: dict[str, Story]
) -> None:
    story = day["wonsan-missile-test"]
    row = StoryTopic.objects.get(story=story, topic__slug="korean-peninsula-relations")
    client.post(f"{KOREA}file", {"story": str(story.public_id), "by": "barred"})
    row.refresh_from_db()
    assert (row.by, row.member) == ("barred", editor)
    assert "barred by Ann Ito" in words(client.get(KOREA).content.decode())
    client.post(f"{KOREA}file", {"story": str(story.public_id), "by": "loved"})
    row.refresh_from_db()
    assert row.by == "barred"


def test_pinned_stories_suggest_terms(
    client: Client, editor: Member, day: dict[str, Story]
) -> None:
    for slug in ("busan-film-award", "marathon-singapore"):
        story = str(day[slug].public_id)
        client.post(f"{KOREA}file", {"story": story, "by": "pinned"})
    assert "What would have caught your pins" in client.get(KOREA).content.decode()


def test_aliases_are_saved_or_refused_with_the_line(client: Client, editor: Member) -> None:
    assert "DPRK" in client.get("/desk/aliases").content.decode()
    refused = client.post("/desk/aliases", {"text": "ROK = South Korea\nDPRK"})
    assert refused.status_code == 422
    assert "Line 2 has one name only" in refused.content.decode()
    assert client.post("/desk/aliases", {"text": "ROK = South Korea"}).url == "/desk/aliases"
    assert AliasList.objects.get().text == "ROK = South Korea"


def test_who_only_reads_sees_the_list_and_changes_nothing(
    client: Client, day: dict[str, Story]
) -> None:
    client.force_login(desk_day.member("Rae Moss", "reader"))
    assert "New topic" not in client.get("/desk/topics/").content.decode()
    for path in (KOREA, "/desk/new-topic", "/desk/aliases"):
        assert client.post(path, {"name": "x", "query": "y"}).status_code == 403


def test_a_topic_whose_name_is_taken_says_so_and_not_that_somebody_changed_it(
    client: Client,
) -> None:
    client.force_login(desk_day.member())
    fields = {"name": "Sport", "query": "football", "version": "0", "do": "save"}
    assert client.post("/desk/new-topic", fields).status_code == 302
    again = client.post("/desk/new-topic", fields)
    assert again.status_code == 422
    assert "There is a topic named “Sport” already" in again.content.decode()
    other = client.post("/desk/new-topic", fields | {"name": "Sport!"})
    assert other.url == "/desk/topics/sport-2/"


@pytest.mark.parametrize("name", ["한반도", "北朝鲜", "Ελλάδα", "كوريا", "🏈"])
def test_a_topic_may_be_named_in_any_letters(client: Client, name: str) -> None:
    client.force_login(desk_day.member())
    fields = {"name": name, "query": "football", "version": "0", "do": "save"}
    made = client.post("/desk/new-topic", fields)
    assert made.status_code == 302
    assert name in client.get(made.url).content.decode()


def test_aliases_saved_by_somebody_else_meanwhile_are_not_written_over(client: Client) -> None:
    client.force_login(desk_day.member())
    page = client.get("/desk/aliases").content.decode()
    found = re.search(r'name="base" value="([^"]+)"', page)
    assert found is not None
    client.post("/desk/aliases", {"text": "USA = America", "base": found[1]})
    late = client.post("/desk/aliases", {"text": "DPRK = North Korea", "base": found[1]})
    said = late.content.decode()
    assert late.status_code == 422
    assert "Somebody else saved other aliases" in said
    assert "DPRK = North Korea" in said
    assert "USA = America" in said


def test_who_made_a_topic_and_what_was_changed_of_its_words_is_written_down(
    client: Client, editor: Member
) -> None:
    words = {"name": "Ships", "description": "Of the sea.", "query": "ferry", "do": "save"}
    assert client.post("/desk/new-topic", {**words, "version": "0"}).status_code == 302
    assert AuditEntry.objects.get(verb="made", subject_kind="topic").member == editor
    more = {**words, "name": "Ships and ports", "version": "1"}
    assert client.post("/desk/topics/ships/", more).status_code == 302
    changed = AuditEntry.objects.get(verb="changed", subject_kind="topic")
    assert changed.detail == {"changes": {"name": ["Ships", "Ships and ports"]}}
