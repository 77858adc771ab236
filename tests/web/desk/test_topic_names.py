"""A topic has names in its readers' languages, which an editor writes on the desk."""

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from digest.kit.clock import now
from digest.models import Topic
from digest.web.desk.shown import topic_names
from tests.web import desk_day

KOREA = "/desk/topics/korean-peninsula-relations/"


@given(st.text(max_size=400))
def test_any_text_gives_names_or_says_what_is_wrong(text: str) -> None:
    names, problem = topic_names.read(text)
    if not problem:
        assert topic_names.read(topic_names.written(names)) == (names, "")


def test_tags_are_written_as_readers_have_them() -> None:
    assert topic_names.read("MS: Cip\nzh-hant：晶片\n\n") == ({"ms": "Cip", "zh-Hant": "晶片"}, "")
    assert "ms: Perdagangan" in topic_names.read("Perdagangan")[1]
    assert "Shorten" in topic_names.read("ms: " + "a" * 121)[1]


@pytest.mark.django_db
def test_an_editor_names_a_topic_for_readers_of_other_languages(client: Client) -> None:
    desk_day.stories(now())
    client.force_login(desk_day.member())
    topic = Topic.objects.get(slug="korean-peninsula-relations")
    fields = {
        "name": topic.name, "query": topic.query, "version": topic.query_version, "do": "save",
    }  # fmt: skip
    answer = client.post(KOREA, fields | {"names": "fr: Relations coréennes\nta: கொரியா"})
    assert answer.status_code == 302
    topic.refresh_from_db()
    assert topic.name_in("fr-CA") == "Relations coréennes"
    assert "fr: Relations coréennes" in client.get(KOREA).content.decode()
    wrong = client.post(KOREA, fields | {"names": "no colon here"})
    assert "no name in a language" in wrong.content.decode()
    # A form without the field, as one opened before it was there, takes nothing away.
    client.post(KOREA, fields)
    topic.refresh_from_db()
    assert topic.names == {"fr": "Relations coréennes", "ta": "கொரியா"}
