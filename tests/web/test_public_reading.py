"""Editions, the archive, short links, health, and what is not there."""

import json
from datetime import timedelta

import pytest
import redis
from django.test import Client

from digest.kit import valkey
from digest.kit.clock import now
from digest.models import Feed, Send, Story
from digest.outbound.messages.links import short_code
from tests.web import newsroom

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_offer():
    newsroom.offer()


def test_a_published_edition_is_shown_as_it_was_sent(client: Client) -> None:
    edition = newsroom.publish()
    page = client.get(f"/editions/{edition.public_id}").content.decode()
    at = [page.index(each.headline[:30]) for each in newsroom.ITEMS]
    assert at == sorted(at)
    for words in ("Monday 23 November 2026", "11 sources", "Photo: Harbour Wire", "Update",
                  "Trade and shipping", 'href="https://outlet.example/1"'):  # fmt: skip
        assert words in page


def test_hostile_words_in_an_edition_are_escaped_and_its_links_are_web_links(client) -> None:
    evil = newsroom.item(
        "<script>alert(1)</script>",
        url="javascript:alert(1)",
        blurb='"><img src=x onerror=alert(1)>',
        sources=("<b>x</b>",),
    )
    edition = newsroom.publish((evil, evil))
    for path in (f"/editions/{edition.public_id}", "/", "/archive"):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page and "<img src=x" not in page
        assert "javascript:" not in page and "<b>x</b>" not in page


@pytest.mark.parametrize("state", ["draft", "approved", "held", "cancelled"])
def test_what_is_not_published_is_not_shown(client: Client, state: str) -> None:
    edition = newsroom.publish(state=state)
    assert client.get(f"/editions/{edition.public_id}").status_code == 404
    assert "Beijing" not in client.get("/archive").content.decode()


def test_a_personal_digest_is_readable_by_its_link_alone(client: Client) -> None:
    edition = newsroom.publish(newsletter=None, signature_key="a" * 64, title="Korea and trade")
    answer = client.get(f"/editions/{edition.public_id}")
    assert "Your digest" in answer.content.decode()
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "Korea and trade" not in client.get("/archive").content.decode()
    assert "first edition is being written" in client.get("/").content.decode()


def test_the_archive_turns_its_pages_and_keeps_to_one_newsletter(client: Client) -> None:
    for days in range(35):
        newsroom.publish(slot_at=newsroom.SLOT - timedelta(days=days))
    first = client.get("/archive").content.decode()
    assert first.count("<h2") == 30 and "Older" in first and "Newer" not in first
    second = client.get("/archive?page=2").content.decode()
    assert second.count("<h2") == 5 and "Newer" in second and "Older" not in second
    assert "Nothing has been published" in client.get("/archive?newsletter=week").content.decode()
    for odd in ("0", "-1", "x", "9" * 40, "²"):
        assert client.get("/archive", {"page": odd}).status_code == 200


def test_the_archive_is_searched_by_the_words_of_its_editions(client: Client) -> None:
    newsroom.publish()
    other = newsroom.item('Quakes: "no more", they said', sources=("Seismo Daily",), blurb="")
    newsroom.publish((other,), slot_at=newsroom.SLOT - timedelta(days=1))

    def found(words: str, **more: str) -> int:
        return client.get("/archive", {"q": words, **more}).content.decode().count("<h2")

    assert found("pyongyang CORNER") == 0
    assert found("pyongyang monsoon") == found("seismo") == found('"no more"') == 1
    assert found("morning briefing") == 2
    assert found("monsoon", newsletter="morning") == 1
    assert found("monsoon", newsletter="week") == 0
    # No address, and nothing of how it is stored.
    for other_words in ("outlet.example", "headline", "source_count", "%", "_", "\\", "$.items"):
        assert found(other_words) == 0
    page = client.get("/archive", {"q": '"><script>alert(1)</script>'})
    assert "<script>alert" not in page.content.decode()
    assert "No edition speaks of that" in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]


def test_a_short_link_lists_who_reports_a_story(client: Client) -> None:
    story = newsroom.story("https://a.example/1", "https://b.example/2", "ftp://c.example/3")
    page = client.get(f"/s/{short_code(story.public_id)}").content.decode()
    assert "3 reports on one story" in page
    assert page.index("https://a.example/1") < page.index("https://b.example/2")
    assert "ftp:" not in page


def test_a_short_link_to_a_single_report_goes_there(client: Client) -> None:
    story = newsroom.story("https://a.example/only")
    answer = client.get(f"/s/{short_code(story.public_id)}")
    assert (answer.status_code, answer.url) == (302, "https://a.example/only")
    hostile = newsroom.story("javascript:alert(1)")
    answer = client.get(f"/s/{short_code(hostile.public_id)}")
    assert answer.status_code == 200 and b"javascript" not in answer.content


def test_a_short_link_follows_a_story_into_the_one_that_absorbed_it(client: Client) -> None:
    whole = newsroom.story("https://a.example/1", "https://b.example/2")
    part = newsroom.story()
    Story.objects.filter(pk=part.pk).update(merged_into=whole)
    page = client.get(f"/s/{short_code(part.public_id)}").content.decode()
    assert "2 reports on one story" in page
    # A loop of merges is a fault of ours, and still no endless page.
    Story.objects.filter(pk=whole.pk).update(merged_into=part)
    assert client.get(f"/s/{short_code(part.public_id)}").status_code == 200


def test_what_is_not_there_says_so(client: Client) -> None:
    for path in ("/nothing", "/s/short", "/s/" + "0" * 22, "/editions/" + "0" * 32):
        answer = client.get(path)
        assert answer.status_code == 404 and b"nothing at this address" in answer.content


def test_a_page_that_breaks_says_so_without_database_or_request(client, monkeypatch) -> None:
    def broken(*args, **kwargs):
        raise RuntimeError("secret words")

    monkeypatch.setattr("digest.web.public.shelf.views.offers", broken)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert b"Something broke on our side" in answer.content and b"secret" not in answer.content


def test_health_is_a_page_for_people_and_json_for_machines(client: Client) -> None:
    assert "All is well" in client.get("/health").content.decode()
    for found in (
        client.get("/health?format=json"),
        client.get("/health", headers={"Accept": "application/json"}),
    ):
        assert found.status_code == 200 and json.loads(found.content)["status"] == "ok"


def test_health_names_what_waits_too_long(client: Client) -> None:
    Feed.objects.create(url="https://a.example/feed", next_check_at=now() - timedelta(hours=2))
    Send.objects.create(
        kind="alert", source_id=1, channel="email", lane="alerts", grace=timedelta(),
        due_at=now() - timedelta(minutes=9), created_at=now(),
    )  # fmt: skip
    answer = client.get("/health?format=json")
    found = json.loads(answer.content)
    late = {each["name"]: each["seconds"] for each in found["readings"] if each["state"] == "late"}
    assert answer.status_code == 200 and found["status"] == "degraded"
    assert late.keys() == {"Feeds waiting to be polled", "Sends waiting: alerts"}
    assert 7190 < late["Feeds waiting to be polled"] < 7300


def test_health_is_503_when_a_part_is_gone(client: Client, monkeypatch) -> None:
    gone = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    monkeypatch.setattr(valkey, "client", lambda: gone)
    answer = client.get("/health?format=json")
    assert answer.status_code == 503 and json.loads(answer.content)["status"] == "down"


def test_robots_stay_out_of_readers_own_pages(client: Client) -> None:
    words = client.get("/robots.txt").content.decode()
    for path in ("/confirm/", "/unsubscribe/", "/preferences/", "/desk/"):
        assert f"Disallow: {path}\n" in words
