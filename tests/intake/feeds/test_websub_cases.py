"""The fourteen cases by which websub.rocks judges a subscriber, on loopback.

Numbered as there: 100 and on find the hub, 200 and on subscribe, 300 and on receive.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from digest.intake.articles.ingest import ingest, ingest_all
from digest.intake.feeds import add as adding
from digest.intake.feeds.poll import manners, poll_due
from digest.intake.feeds.websub import subscribe
from digest.intake.feeds.websub.pushes import take_pushes
from digest.kit.clock import now
from digest.models import Article, Feed, Push
from tests.fakes import feeds as fake
from tests.fakes.feeds import FeedServer
from tests.fakes.hub import Hub, said, sign

# Each of them empties the tables: hub, page and run have connections of their own.
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
KIND = "application/rss+xml"


@pytest.fixture
def hub(live_server: Any, settings: Any) -> Iterator[Hub]:
    settings.DIGEST_BASE_URL = live_server.url
    settings.DIGEST_ALLOW_PRIVATE_FETCH = True
    with Hub() as made:
        yield made


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def rss(hub: str = "", topic: str = "", number: int = 1) -> bytes:
    links = "".join(
        f'<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="{rel}" href="{url}"/>'
        for rel, url in (("hub", hub), ("self", topic)) if url
    )  # fmt: skip
    return fake.rss(fake.item(number), channel=f"<title>Post</title>{links}")


def atom(hub: str, topic: str) -> bytes:
    return (
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Post</title>'
        f'<id>tag:post</id><link rel="hub" href="{hub}"/><link rel="self" href="{topic}"/>'
        "<entry><id>tag:1</id><title>Ferry back in service</title></entry></feed>"
    ).encode()


def in_headers(hub: str, topic: str) -> dict[str, str]:
    return {"Link": f'<{hub}>; rel="hub", <{topic}>; rel="self"'}


def looked_at(url: str, looks: int = 1) -> Feed:
    feed, _ = Feed.objects.get_or_create(url=url, defaults={"next_check_at": now()})
    for _ in range(looks):
        Feed.objects.update(next_check_at=now())
        poll_due(now_fn=now, limit=9, worker="t", ingest=ingest, ingest_all=ingest_all)
    feed.refresh_from_db()
    return feed


def subscribed(feed: Feed, hub: Hub, topic: str) -> None:
    """Asks the hub, which carries this one topic, and is verified."""
    hub.topics = {topic}
    subscribe.ask_due(now=now(), limit=9, manners=manners())
    said(hub, "verified subscribe")
    feed.refresh_from_db()
    assert subscribe.is_live(feed, now())
    (held,) = hub.held.values()
    assert held.topic == topic and len(held.secret.encode()) < 200


def test_100_hub_and_self_in_headers_alone(hub: Hub, server: FeedServer) -> None:
    topic = server.url("/100")
    server.pages["/100"] = fake.body(rss(), **in_headers(hub.url, topic))
    subscribed(looked_at(topic), hub, topic)


def test_101_hub_and_self_in_the_links_of_a_page(hub: Hub, server: FeedServer) -> None:
    topic = server.url("/101/feed")
    page = (
        f'<!doctype html><html><head><link rel="hub" href="{hub.url}"><link rel="self" '
        f'href="{topic}"></head><body>News</body></html>'
    )
    server.pages["/101"] = fake.body(page.encode(), Content_Type="text/html")
    server.pages["/101/feed"] = fake.body(rss(hub.url, topic))
    (added,) = adding.add([server.url("/101")], now=now(), manners=manners())
    assert (added.url, added.outcome) == (topic, "added")
    subscribed(looked_at(topic), hub, topic)


@pytest.mark.parametrize("make", [atom, rss], ids=["102 Atom", "103 RSS"])
def test_102_103_hub_and_self_in_the_document(hub: Hub, server: FeedServer, make: Any) -> None:
    topic = server.url("/feed")
    server.pages["/feed"] = fake.body(make(hub.url, topic), Content_Type="text/xml")
    subscribed(looked_at(topic), hub, topic)


def test_104_headers_win_over_a_wrong_hub_in_the_document(hub: Hub, server: FeedServer) -> None:
    topic = server.url("/104")
    wrong = atom("https://wrong.example/hub", "https://wrong.example/feed")
    server.pages["/104"] = fake.body(wrong, **in_headers(hub.url, topic))
    subscribed(looked_at(topic), hub, topic)


def test_200_the_topic_is_what_self_says(hub: Hub, server: FeedServer) -> None:
    topic = server.url("/200?canonical")
    server.pages["/200"] = fake.body(rss(hub.url, topic))
    subscribed(looked_at(server.url("/200")), hub, topic)


@pytest.mark.parametrize("code", [302, 301], ids=["201 temporary", "202 permanent"])
def test_201_202_a_redirect_leads_to_the_topic(hub: Hub, server: FeedServer, code: int) -> None:
    topic = server.url("/new")
    server.pages["/old"] = fake.redirect(topic, code)
    server.pages["/new"] = fake.body(rss(hub.url, topic))
    feed = looked_at(server.url("/old"))
    subscribed(feed, hub, topic)
    # A permanent one is believed when it comes again.
    assert looked_at(feed.url, looks=2).url == (topic if code == 301 else server.url("/old"))


@pytest.mark.parametrize("code", [307, 308], ids=["203 temporary", "204 permanent"])
def test_203_204_a_hub_that_moved_is_asked_where_it_is(
    hub: Hub, server: FeedServer, code: int
) -> None:
    topic = server.url("/feed")
    server.pages["/hub"] = fake.redirect(hub.url, code)
    server.pages["/feed"] = fake.body(rss(server.url("/hub"), topic))
    subscribed(looked_at(topic), hub, topic)


def live(hub: Hub, server: FeedServer) -> Feed:
    topic = server.url("/feed")
    server.pages["/feed"] = fake.body(rss(hub.url, topic))
    feed = looked_at(topic)
    subscribed(feed, hub, topic)
    return feed


def test_205_a_topic_that_nobody_asked_for_is_not_confirmed(hub: Hub, server: FeedServer) -> None:
    feed = live(hub, server)
    for topic in ("https://other.example/feed", feed.hub_topic + "?other", ""):
        question = {"hub.mode": "subscribe", "hub.topic": topic, "hub.challenge": "c",
                    "hub.lease_seconds": "86400"}  # fmt: skip
        assert hub._get(subscribe.callback(feed.pk), question) == (404, b"")


def test_300_a_signed_delivery_is_taken(hub: Hub, server: FeedServer) -> None:
    feed = live(hub, server)
    assert 200 <= hub.publish(feed.hub_topic, rss(number=300))[0] < 300
    assert take_pushes(now_fn=now, ingest=ingest).new_articles == 1
    assert Article.objects.filter(url__endswith="/300").exists()


@pytest.mark.parametrize("secret", ["wrong", ""])
def test_301_a_wrong_signature_is_ignored(hub: Hub, server: FeedServer, secret: str) -> None:
    feed = live(hub, server)
    document = rss(number=301)
    signed = {"X-Hub-Signature": sign(document, secret)}
    assert hub.push(subscribe.callback(feed.pk), document, KIND, signed) == 202
    assert not Push.objects.exists()


def test_302_a_delivery_without_a_signature_is_refused(hub: Hub, server: FeedServer) -> None:
    feed = live(hub, server)
    assert hub.push(subscribe.callback(feed.pk), rss(number=302), KIND, {}) == 403
    assert not Push.objects.exists()
    # That is no end: a right one is taken.
    assert hub.publish(feed.hub_topic, rss(number=303)) == [202]


def test_seconds_of_lease_are_kept(hub: Hub, server: FeedServer) -> None:
    feed = live(hub, server)
    left = (feed.hub_lease_until or now()) - now()
    assert timedelta(hours=23) < left <= timedelta(days=1)
