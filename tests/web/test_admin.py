"""The operators' pages: topics, newsletters, feeds and members can be made and are checked."""

import pytest
from django.test import Client

from digest.newsdesk.newsletters.models import Newsletter
from digest.newsdesk.topics.models import Topic
from digest.staff.members import Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(Member.objects.create_superuser("op@example.org", "a long pass phrase"))
    return client


TOPIC = {"name": "Ports", "slug": "ports", "description": "", "position": "0", "is_open": "on"}


def test_a_topic_is_made_and_a_changed_query_gets_a_version(operator: Client) -> None:
    operator.post("/admin/digest/topic/add/", {**TOPIC, "query": "port OR harbour"})
    topic = Topic.objects.get(slug="ports")
    url = f"/admin/digest/topic/{topic.pk}/change/"
    operator.post(url, {**TOPIC, "slug": "harbours", "query": "harbour*"})
    topic.refresh_from_db()
    assert (topic.slug, topic.query, topic.query_version) == ("harbours", "harbour*", 2)


def test_a_query_that_cannot_be_read_is_refused_with_its_position(operator: Client) -> None:
    page = operator.post("/admin/digest/topic/add/", {**TOPIC, "query": "port AND ("})
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    assert not Topic.objects.exists()


def test_a_newsletter_with_an_unknown_zone_is_refused(operator: Client) -> None:
    given = {
        "name": "Noon", "slug": "noon", "language": "en", "days": "12345", "local_time": "12:00",
        "lead": "00:30:00", "grace": "00:30:00", "spread": "00:00:00", "size": "5",
        "channels": ["email"], "position": "0", "time_zone": "Mars/Olympus", "pairs_of_eyes": "1",
    }  # fmt: skip
    operator.post("/admin/digest/newsletter/add/", given)
    assert not Newsletter.objects.exists()
    operator.post("/admin/digest/newsletter/add/", {**given, "time_zone": "Europe/Paris"})
    assert Newsletter.objects.get().channels == ["email"]


@pytest.mark.parametrize("room", ["topic", "newsletter", "feed", "member"])
def test_every_list_and_form_opens(operator: Client, room: str) -> None:
    assert operator.get(f"/admin/digest/{room}/").status_code == 200
    assert operator.get(f"/admin/digest/{room}/add/").status_code == 200


@pytest.mark.parametrize("room", ["topic", "newsletter", "feed", "member", "storeddomainreport"])
def test_an_object_is_asked_for_by_an_empty_field_without_an_error(
    operator: Client, room: str
) -> None:
    for page in ("change", "delete"):
        answer = operator.post(f"/admin/digest/{room}/0/{page}/?_to_field=")
        assert answer.status_code in {302, 403}
