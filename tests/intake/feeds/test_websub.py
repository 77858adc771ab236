"""Subscribing at a real hub on loopback, and what hubs may and may not do to us."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from digest.intake.articles.ingest import ingest, ingest_all
from digest.intake.feeds.poll import poll_due
from digest.intake.feeds.polling.fetch import Manners
from digest.intake.feeds.websub import subscribe
from digest.intake.feeds.websub.pushes import take_pushes
from digest.kit.clock import now
from digest.models import Article, Feed, FeedCheck, Push
from tests.fakes import feeds as fake
from tests.fakes.hub import Hub, said, sign

# Each of them empties the tables: hub, page and run have connections of their own.
pytestmark = pytest.mark.slow

TOPIC = "https://harbour.example/feed"
MANNERS = Manners("Digest/tests", seconds=5, allow_private=True)
KIND = "application/rss+xml"


@pytest.fixture
def hub(live_server: Any, settings: Any) -> Any:
    settings.DIGEST_BASE_URL = live_server.url
    settings.DIGEST_ALLOW_PRIVATE_FETCH = True
    with Hub(topics={TOPIC}) as made:
        yield made


@pytest.fixture
def feed(transactional_db: None, hub: Hub) -> Feed:
    return Feed.objects.create(
        url=TOPIC, next_check_at=now() + timedelta(days=1), hub_url=hub.url, hub_topic=TOPIC
    )


def ask(later: timedelta = timedelta(0)) -> subscribe.HubsAsked:
    return subscribe.ask_due(now=now() + later, limit=50, manners=MANNERS)


def live(feed: Feed, hub: Hub) -> None:
    ask()
    said(hub, "verified subscribe")
    feed.refresh_from_db()
    assert subscribe.is_live(feed, now())


def take() -> int:
    return take_pushes(now_fn=now, ingest=ingest).new_articles


def test_a_feed_is_subscribed_verified_and_fed(feed: Feed, hub: Hub) -> None:
    live(feed, hub)
    assert hub.trace == ["asked subscribe", "verified subscribe"]
    assert len(feed.hub_secret) >= 32 and feed.hub_failures == 0
    assert hub.publish(TOPIC, fake.rss(fake.item(1), fake.item(2))) == [202]
    assert Article.objects.count() == 0, "the view only stores"
    assert take() == 2
    assert not Push.objects.exists()
    check = FeedCheck.objects.get()
    assert (check.outcome, check.entries, check.new_articles) == ("pushed", 2, 2)


@pytest.mark.parametrize("method", ["sha1", "sha384", "sha512"])
def test_every_signature_of_the_recommendation_is_taken(feed: Feed, hub: Hub, method: str) -> None:
    live(feed, hub)
    hub.method = method
    assert hub.publish(TOPIC, fake.rss(fake.item(1))) == [202]
    assert take() == 1


def test_a_hub_that_verifies_while_it_is_asked_is_answered(feed: Feed, hub: Hub) -> None:
    hub.verifies_at_once = True
    assert ask() == subscribe.HubsAsked(1, 0)
    assert hub.trace == ["asked subscribe", "verified subscribe"]


def test_wrong_signatures_get_a_success_and_are_dropped(feed: Feed, hub: Hub) -> None:
    live(feed, hub)
    document, address = fake.rss(fake.item(1)), subscribe.callback(feed.pk)
    for headers in (
        {"X-Hub-Signature": sign(document, "guessed")},
        {"X-Hub-Signature": sign(b"other", feed.hub_secret)},
        {"X-Hub-Signature": "md5=" + "0" * 32}, {"X-Hub-Signature": sign(document, "")},
    ):  # fmt: skip
        assert hub.push(address, document, KIND, headers) == 202
    assert not Push.objects.exists() and take() == 0


def test_what_is_pushed_after_the_lease_is_dropped_and_the_hub_asked_again(
    feed: Feed, hub: Hub
) -> None:
    live(feed, hub)
    Feed.objects.update(hub_lease_until=now() - timedelta(seconds=1))
    assert hub.publish(TOPIC, fake.rss(fake.item(1))) == [202]
    assert not Push.objects.exists()
    Feed.objects.update(hub_next_at=now())
    hub.trace.clear()
    live(feed, hub)


def test_the_hub_forgets_whose_lease_has_ended(feed: Feed, hub: Hub) -> None:
    live(feed, hub)
    for held in hub.held.values():
        held.lease_ends = 0
    assert hub.publish(TOPIC, fake.rss(fake.item(1))) == []
    assert "lease ended" in hub.trace


def test_a_lease_is_renewed_before_it_ends_and_pushes_go_on_meanwhile(feed: Feed, hub: Hub) -> None:
    hub.longest = 4000
    live(feed, hub)
    first = feed.hub_lease_until
    assert ask().asked == 0, "not yet"
    assert ask(timedelta(seconds=2900)).asked == 0
    hub.longest = 8000
    hub.trace.clear()
    assert ask(timedelta(seconds=3100)).asked == 1
    assert subscribe.is_live(Feed.objects.get(), now())
    said(hub, "verified subscribe")
    feed.refresh_from_db()
    assert first and feed.hub_lease_until and feed.hub_lease_until > first


def test_a_denial_is_kept_with_its_reason_and_the_feed_polled(feed: Feed, hub: Hub) -> None:
    hub.denies = "Only\npaying\u202e subscribers"
    ask()
    said(hub, "denied")
    feed.refresh_from_db()
    assert feed.hub_state == Feed.HubState.DENIED
    assert feed.hub_reason == "Its hub denied the subscription: Only paying subscribers."
    assert feed.next_check_at <= now()
    assert ask().asked == 0
    assert ask(timedelta(days=1, minutes=1)).asked == 1


def test_a_hub_may_end_what_it_granted(feed: Feed, hub: Hub) -> None:
    live(feed, hub)
    hub.deny(subscribe.callback(feed.pk), TOPIC, "")
    feed.refresh_from_db()
    assert not subscribe.is_live(feed, now())
    assert hub.push(subscribe.callback(feed.pk), b"x", KIND, {"X-Hub-Signature": "a=b"}) == 202


def test_a_retired_feed_is_unsubscribed(feed: Feed, hub: Hub) -> None:
    live(feed, hub)
    Feed.objects.update(state="retired")
    assert ask().asked == 1
    said(hub, "verified unsubscribe")
    feed.refresh_from_db()
    assert (feed.hub_state, feed.hub_secret) == (Feed.HubState.NONE, "")
    assert not hub.held
    assert ask(timedelta(days=9)).asked == 0


def test_a_hub_that_does_not_let_go_is_told_that_nobody_reads(feed: Feed, hub: Hub) -> None:
    live(feed, hub)
    Feed.objects.update(state="retired")
    assert hub.publish(TOPIC, fake.rss(fake.item(1))) == [410]
    hub.answers = 500
    asked = [ask(timedelta(days=day)).asked for day in range(9)]
    assert sum(asked) <= 4 and asked[-1] == 0


def test_a_paused_feed_takes_nothing(feed: Feed, hub: Hub) -> None:
    live(feed, hub)
    Feed.objects.update(state="paused")
    assert hub.publish(TOPIC, fake.rss(fake.item(1))) == [202]
    assert not Push.objects.exists()


@pytest.mark.parametrize("answers", [400, 500])
def test_a_hub_that_refuses_is_asked_less_and_less_often(
    feed: Feed, hub: Hub, answers: int
) -> None:
    hub.answers = answers
    assert ask() == subscribe.HubsAsked(1, 1)
    feed.refresh_from_db()
    assert feed.hub_reason == f"Its hub refused the subscription (HTTP {answers})."
    asked = [ask(timedelta(minutes=minute)).asked for minute in range(5, 24 * 60, 5)]
    assert 4 <= sum(asked) <= 8


def test_nobody_but_the_hub_we_asked_can_subscribe_us(feed: Feed, client: Any) -> None:
    address = subscribe.callback(feed.pk).removeprefix(subscribe.settings.DIGEST_BASE_URL)
    verify = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "c",
              "hub.lease_seconds": "60"}  # fmt: skip
    assert client.get(address, verify).status_code == 404, "we have not asked yet"
    Feed.objects.update(hub_state="asked")
    assert client.get(address, verify | {"hub.topic": "https://x.example"}).status_code == 404
    assert client.get(address, verify | {"hub.mode": "unsubscribe"}).status_code == 404
    assert client.get(address, verify | {"hub.mode": "publish"}).status_code == 404
    assert client.get(f"/hooks/websub/{feed.pk}.forged", verify).status_code == 404
    answer = client.get(address, verify)
    assert (answer.status_code, answer.content) == (200, b"c")
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_a_push_has_a_largest_size(feed: Feed, hub: Hub, monkeypatch: Any) -> None:
    live(feed, hub)
    monkeypatch.setattr("digest.intake.feeds.formats.hubs.MAX_BODY", 2000)
    assert hub.publish(TOPIC, b"<" * 2001) == [413]
    assert hub.publish(TOPIC, b"<" * 2000) == [202]


def test_a_pushed_page_is_no_feed_and_breaks_nothing(feed: Feed, hub: Hub) -> None:
    live(feed, hub)
    hub.publish(TOPIC, b"<!doctype html><html>")
    assert take() == 0
    check = FeedCheck.objects.get()
    assert (check.outcome, check.reason) == (
        "not-a-feed", "Pushed by its hub. This is a web page, not a feed.",
    )  # fmt: skip


def test_a_push_that_cannot_be_stored_is_tried_five_times_then_polled_for(
    feed: Feed, hub: Hub
) -> None:
    live(feed, hub)
    hub.publish(TOPIC, fake.rss(fake.item(1)))

    def broken(*args: object, **kwargs: object) -> Any:
        raise RuntimeError("no")

    for tries in (1, 2, 3, 4):
        take_pushes(now_fn=now, ingest=broken)
        assert Push.objects.get().tries == tries
    feed.refresh_from_db()
    assert feed.next_check_at > now()
    take_pushes(now_fn=now, ingest=broken)
    feed.refresh_from_db()
    assert not Push.objects.exists()
    assert feed.next_check_at <= now()
    check = FeedCheck.objects.get()
    assert check.outcome == "internal"
    assert "polled instead" in check.reason
    hub.publish(TOPIC, fake.rss(fake.item(2)))
    assert take() == 1, "the next one is not held up"


def test_two_readers_at_once_store_each_push_once(feed: Feed, hub: Hub) -> None:
    live(feed, hub)
    for number in range(10):
        hub.publish(TOPIC, fake.rss(fake.item(number)))

    def work() -> None:
        try:
            take()
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Article.objects.count() == 10
    assert FeedCheck.objects.filter(outcome="pushed").count() == 10


def test_the_poller_finds_the_hub_and_rests_while_it_pushes(
    hub: Hub, transactional_db: None
) -> None:
    with fake.FeedServer() as server:
        topic = server.url("/feed")
        hub.topics.add(topic)
        link = f'<{hub.url}>; rel="hub", <{topic}>; rel="self"'
        pages = [fake.body(fake.rss(fake.item(n)), Link=link) for n in range(3)]
        server.pages["/feed"] = fake.in_turn(*pages)
        feed = Feed.objects.create(url=topic, next_check_at=now())
        poll_due(now_fn=now, limit=9, worker="t", ingest=ingest, ingest_all=ingest_all)
        feed.refresh_from_db()
        assert (feed.hub_url, feed.hub_topic) == (hub.url, topic)
        assert feed.next_check_at < now() + timedelta(minutes=50)
        live(feed, hub)
        Feed.objects.update(next_check_at=now())
        poll_due(now_fn=now, limit=9, worker="t", ingest=ingest, ingest_all=ingest_all)
        feed.refresh_from_db()
        assert feed.next_check_at > now() + timedelta(minutes=55)
        Feed.objects.update(hub_lease_until=now(), next_check_at=now())
        poll_due(now_fn=now, limit=9, worker="t", ingest=ingest, ingest_all=ingest_all)
        feed.refresh_from_db()
        assert feed.next_check_at < now() + timedelta(minutes=50)


@pytest.mark.parametrize(
    ("base", "private", "can"),
    [
        ("https://news.example.org", False, True), ("http://127.0.0.1:8000", False, False),
        ("http://localhost:8000", False, False), ("http://10.1.2.3", False, False),
        ("http://[::1]:8000", False, False), ("http://93.184.216.34", False, True),
        ("http://digest.internal", False, False), ("http://127.0.0.1:8000", True, True),
    ],
)  # fmt: skip
def test_hubs_are_asked_only_when_they_can_call_back(base: str, private: bool, can: bool) -> None:
    assert subscribe.reachable(base, allow_private=private) is can
