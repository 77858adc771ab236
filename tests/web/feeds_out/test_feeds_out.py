"""Feeds out: three dialects, read by other people's programs, and told to a hub."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import feedparser
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from digest.kit import valkey
from digest.kit.clock import now
from digest.models import Story, StoryTopic, Topic
from digest.web.public.feeds_out import announce
from digest.web.public.feeds_out.core.feed import KINDS, FeedEntry, OutFeed, ToldStory, atom, rss
from tests.web import desk_day, newsroom

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = '<script>alert(1)</script> & "quoted" ]]> \x00\x0b\ud800'
AT = datetime(2026, 11, 23, tzinfo=UTC)


def feed_of(*titles: str) -> OutFeed:
    """A feed with an entry of each title, which stands wherever text may stand."""
    entries = tuple(
        FeedEntry(f"urn:x:{number}", f"https://n.example/{number}", title, AT, AT, title,
                  (ToldStory(title, "https://o.example/?a=1&b=2", title, title, "ar"),),
                  "en", title)
        for number, title in enumerate(titles)
    )  # fmt: skip
    return OutFeed(
        "https://n.example/", "News & more", "About <it>", "https://n.example/",
        "https://n.example/feed.atom", "en", AT, "The Meridian", "https://n.example/i.png",
        entries, "https://hub.example/",
    )  # fmt: skip


def strict_atom(document: bytes) -> None:
    """What RFC 4287 requires of a feed and of each entry (4.1.1, 4.1.2)."""
    root = ET.fromstring(document)
    for each in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            found = each.findall(f"{ATOM}{name}")
            assert len(found) == 1 and found[0].text
        datetime.fromisoformat(each.findtext(f"{ATOM}updated") or "")
        assert [link for link in each.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
    ids = [each.findtext(f"{ATOM}id") for each in root.findall(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    assert [link for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]


def strict_rss(document: bytes) -> None:
    """What RSS 2.0 requires of a channel and of an item."""
    root = ET.fromstring(document)
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    (channel,) = root
    for name in ("title", "link", "description"):
        assert len(channel.findall(name)) == 1 and channel.findtext(name)
    for item in channel.findall("item"):
        assert item.findtext("title") and item.findtext("link") and item.findtext("guid")
        assert (item.findtext("pubDate") or "").endswith(" GMT")


def strict_json(document: bytes) -> None:
    """What JSON Feed 1.1 requires, and the types of what it allows."""
    told = json.loads(document)
    assert told["version"] == "https://jsonfeed.org/version/1.1" and told["title"]
    for item in told["items"]:
        assert isinstance(item["id"], str) and item["content_html"]
        assert all(isinstance(each["name"], str) for each in item.get("authors", []))
        datetime.fromisoformat(item["date_published"])


STRICT = {"rss": strict_rss, "atom": strict_atom, "json": strict_json}


@given(st.lists(st.text(min_size=1), min_size=1, max_size=4))
def test_whatever_a_headline_holds_every_dialect_is_well_formed(titles: list[str]) -> None:
    feed = feed_of(*titles, HOSTILE)
    for kind, (_, written) in KINDS.items():
        document = written(feed)
        if kind == "json":
            assert len(json.loads(document)["items"]) == len(titles) + 1
        else:
            assert not feedparser.parse(document).bozo
            assert b"<script>" not in document


def test_a_program_finds_the_same_in_each_dialect() -> None:
    feed = feed_of("One & two", "Three")
    told = json.loads(KINDS["json"][1](feed))
    for written in (rss, atom):
        read = feedparser.parse(written(feed))
        assert read.feed.title == told["title"] == "News & more"
        assert [each.title for each in read.entries] == ["One & two", "Three"]
        assert [each.id for each in read.entries] == [each["id"] for each in told["items"]]
        assert {link.href for link in read.feed.links if link.rel == "hub"} == {feed.hub}
    assert told["hubs"] == [{"type": "WebSub", "url": feed.hub}]
    assert "hubs" not in json.loads(KINDS["json"][1](replace(feed, hub="")))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(KINDS))
def test_a_newsletters_feed_brings_its_editions(client: Client, kind: str) -> None:
    newsroom.offer()
    first = newsroom.publish()
    newsroom.publish(slot_at=newsroom.SLOT - timedelta(days=1))
    newsroom.publish(newsletter=None, signature_key="a" * 64, title="Korea and trade")
    answer = client.get(f"/newsletters/morning/feed.{kind}")
    assert answer.headers["Content-Type"] == f"{KINDS[kind][0]}; charset=utf-8"
    STRICT[kind](answer.content)
    words = answer.content.decode()
    assert str(first.public_id) in words
    assert "outlet.example/1" in words and "Harbour Wire" in words
    assert "Korea and trade" not in words
    assert "Korea and trade" not in client.get(f"/feed.{kind}").content.decode()
    again = client.get(
        f"/newsletters/morning/feed.{kind}", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304
    for gone in ("/newsletters/nowhere/feed", "/topics/nowhere/feed"):
        assert client.get(f"{gone}.{kind}").status_code == 404
    assert client.get("/newsletters/morning/feed.xls").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(KINDS))
def test_a_topics_feed_brings_its_stories_in_the_language_asked_for(
    client: Client, kind: str
) -> None:
    desk_day.stories(now())
    path = f"/topics/{Topic.objects.get(name__startswith='Korean').slug}/feed.{kind}"
    english, korean = client.get(path), client.get(f"{path}?lang=ko")
    for answer in (english, korean):
        STRICT[kind](answer.content)
        assert titles(kind, answer.content)
    assert titles(kind, english.content) != titles(kind, korean.content)
    assert f"{path}?lang=ko" in korean.headers["Link"]


def titles(kind: str, document: bytes) -> list[str]:
    if kind == "json":
        return [each["title"] for each in json.loads(document)["items"]]
    return [each.title for each in feedparser.parse(document).entries]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/newsletters/morning", "/topics/korea"])
def test_a_page_leads_programs_to_its_feeds(client: Client, path: str) -> None:
    newsroom.offer()
    page = html.fromstring(client.get(path).content.decode())
    found = page.xpath("//head/link[@rel='alternate' and @type]")
    assert [each.get("type") for each in found] == [media for media, _ in KINDS.values()]
    for each in found:
        assert client.get(each.get("href")).status_code == 200


@contextmanager
def hub(status: int = 202) -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """A hub on loopback, and what it was told."""
    told: list[dict[str, list[str]]] = []

    class Hub(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.append(parse_qs(body.decode()))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Nothing is to be told."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", told
        server.shutdown()


@pytest.fixture
def untold(settings: Any) -> None:
    """No hub has been told of anything."""
    settings.DIGEST_ALLOW_PRIVATE_FETCH = True
    settings.DIGEST_BASE_URL = "https://news.example"
    valkey.client().delete(announce.TOLD)


@pytest.mark.django_db(transaction=True)
def test_a_hub_is_told_once_of_each_feed_that_changed(settings: Any, untold: None) -> None:
    newsroom.offer()
    newsroom.publish()
    with hub() as (address, told):
        settings.DIGEST_WEBSUB_HUB = address
        taken = announce.announce()
        assert len(taken) == 6 and len(told) == 6  # the newsletter's and everybody's, in three
        assert told[0]["hub.mode"] == ["publish"]
        assert {each["hub.url"][0] for each in told} == set(taken)
        assert "https://news.example/newsletters/morning/feed.atom" in taken
        assert announce.announce() == ()
        story = newsroom.story("https://a.example/1")
        StoryTopic.objects.create(story=story, topic=Topic.objects.get(slug="korea"), share=1)
        assert set(announce.announce()) == {
            f"https://news.example/topics/korea/feed.{kind}" for kind in KINDS
        }
        Story.objects.filter(pk=story.pk).update(last_at=now())
        assert len(announce.announce()) == 3


@pytest.mark.django_db(transaction=True)
def test_a_hub_that_fails_is_told_again_and_without_one_nobody_is(
    settings: Any, untold: None
) -> None:
    newsroom.offer()
    newsroom.publish()
    assert announce.announce() == ()
    with hub(503) as (address, told):
        settings.DIGEST_WEBSUB_HUB = address
        assert announce.announce() == ()
        assert len(told) == 1  # a hub that is down is not asked six times
    with hub() as (address, told):
        settings.DIGEST_WEBSUB_HUB = address
        assert len(announce.announce()) == 6


@pytest.mark.django_db
def test_a_topics_feed_in_a_language_names_no_hub_for_none_is_told_of_it(
    client: Client, settings: Any
) -> None:
    settings.DIGEST_WEBSUB_HUB = "https://hub.example/"
    newsroom.offer()
    plain = client.get("/topics/korea/feed.atom").content.decode()
    spoken = client.get("/topics/korea/feed.atom?lang=ko").content.decode()
    assert "https://hub.example/" in plain and "https://hub.example/" not in spoken
