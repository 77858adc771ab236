"""Several processes poll, and a host notices one; what falls due meanwhile does not wait."""

import asyncio
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from digest.intake.articles.ingest import ingest, ingest_all
from digest.intake.feeds import poll as polling
from digest.intake.feeds.claim import claim, release
from digest.intake.feeds.poll import manners, poll_due
from digest.intake.feeds.polling.fetch import Manners
from digest.models import Feed
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer, Request, item, rss

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def stored(*urls: str, at: datetime = NOW) -> list[Feed]:
    return [Feed.objects.create(url=url, next_check_at=at) for url in urls]


def hosts_of(mark: str, limit: int = 50) -> set[str]:
    return {due.host for due in claim(now=NOW, limit=limit, mark=mark, whole_hosts=True)}


@pytest.mark.django_db
def test_a_host_of_which_another_process_holds_a_feed_is_passed_over() -> None:
    stored("https://one.example/a", "https://one.example/b", "https://Two.example/c")
    (mine,) = claim(now=NOW, limit=1, mark="mine", whole_hosts=True)
    assert mine.host == "one.example"
    assert hosts_of("other") == {"two.example"}
    # Who holds the host may take more of it, and a claim that lapsed holds nobody up.
    assert hosts_of("mine") == {"one.example"}
    later = NOW + timedelta(minutes=5)
    assert len(claim(now=later, limit=9, mark="third", whole_hosts=True)) == 3


@pytest.mark.django_db
def test_a_host_is_anybodys_again_when_its_feeds_are_given_back() -> None:
    stored("https://one.example/a", "https://one.example/b")
    mine = claim(now=NOW, limit=1, mark="mine", whole_hosts=True)
    assert hosts_of("other") == set()
    release(mine, mark="mine")
    assert hosts_of("other") == {"one.example"}


@pytest.mark.django_db
def test_without_limits_per_host_its_feeds_are_shared_out() -> None:
    stored(*(f"https://one.example/{n}" for n in range(4)))
    assert len(claim(now=NOW, limit=2, mark="mine")) == 2
    assert len(claim(now=NOW, limit=2, mark="other")) == 2


@pytest.mark.django_db(transaction=True)
def test_of_processes_that_claim_at_once_none_gets_anothers_host() -> None:
    stored(*(f"https://host-{n % 7}.example/{n}" for n in range(70)))
    taken: dict[str, set[str]] = {}
    together = threading.Barrier(4)

    def take(mark: str) -> None:
        taken[mark] = set()
        try:
            together.wait(30)
            for _ in range(10):
                taken[mark] |= hosts_of(mark, limit=3)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(f"poller {n}",)) for n in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    given = [host for hosts in taken.values() for host in hosts]
    assert sorted(given) == sorted(set(given)) and len(given) == 7


@pytest.mark.django_db
def test_the_limits_hold_on_a_private_network_where_they_are_set(settings: object) -> None:
    settings.DIGEST_ALLOW_PRIVATE_FETCH = True  # type: ignore[attr-defined]
    assert manners().per_host == 0
    settings.DIGEST_FETCH_PER_HOST = 3  # type: ignore[attr-defined]
    assert manners().per_host == 3
    settings.DIGEST_ALLOW_PRIVATE_FETCH = False  # type: ignore[attr-defined]
    assert manners().per_host == 3
    settings.DIGEST_FETCH_PER_HOST = ""  # type: ignore[attr-defined]
    assert manners().per_host == 2


@pytest.mark.django_db
def test_what_falls_due_while_a_slow_server_is_waited_for_is_looked_at(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Manners("test", seconds=60, allow_private=True, per_host=0)
    monkeypatch.setattr(polling, "manners", lambda: here)
    asked = asyncio.Event()

    async def slow(request: Request, writer: asyncio.StreamWriter) -> None:
        await asked.wait()
        await feeds.body(rss(item(1)))(request, writer)

    async def swift(request: Request, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await feeds.body(rss(item(2)))(request, writer)

    server.pages = {"/slow": slow, "/swift": swift}
    stored(server.url("/slow"))
    stored(server.url("/swift"), at=NOW + timedelta(seconds=1))
    began = time.monotonic()
    report = poll_due(
        now_fn=lambda: NOW + timedelta(seconds=time.monotonic() - began),
        limit=9, worker="test", ingest=ingest, ingest_all=ingest_all, seconds=40,
    )  # fmt: skip
    assert (report.ok, report.failed) == (2, 0)


@pytest.mark.django_db
def test_what_has_come_when_the_time_is_over_is_recorded_and_not_asked_for_again(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Manners("test", seconds=5, allow_private=True, per_host=0)
    monkeypatch.setattr(polling, "manners", lambda: here)
    hand_over = polling.Lanes.put

    def put(lanes: polling.Lanes, document: polling.ToRead) -> None:
        # The time is over as soon as the answer is in the reader's hands.
        monkeypatch.setattr(polling, "GRACE_SECONDS", -60.0)
        hand_over(lanes, document)

    monkeypatch.setattr(polling.Lanes, "put", put)
    server.pages = {"/": feeds.body(rss(item(1)))}
    (feed,) = stored(server.url())
    report = poll_due(
        now_fn=lambda: NOW, limit=9, worker="test", ingest=ingest, ingest_all=ingest_all,
        seconds=0.0,
    )  # fmt: skip
    feed.refresh_from_db()
    assert (report.ok, feed.checked_at) == (1, NOW) and feed.next_check_at > NOW
