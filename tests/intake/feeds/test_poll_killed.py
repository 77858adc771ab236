"""A poller that dies in mid-batch: nothing is lost, nothing comes twice."""

import asyncio
import os
import subprocess
import sys
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection, models

from digest.intake.articles.ingest import ingest
from digest.intake.feeds.claim import LEASE, Heartbeat, claim
from digest.intake.feeds.poll import poll_due
from digest.kit.clock import now
from digest.models import Article, Feed, FeedCheck, FeedMemory, Sighting
from tests.deadlines import until
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer, Request, item, rss

FEEDS, ITEMS = 60, 8


def slowly(content: bytes, seconds: float) -> feeds.Reply:
    async def reply(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await feeds.body(content)(request, writer)

    return reply


def poller(ahead: timedelta) -> "subprocess.Popen[bytes]":
    name = connection.settings_dict["NAME"]
    url = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
    return subprocess.Popen(
        [sys.executable, "-m", "tests.intake.feeds.poller", str(ahead.total_seconds())],
        env={**os.environ, "DATABASE_URL": url, "DIGEST_ALLOW_PRIVATE_FETCH": "1"},
        start_new_session=True,
    )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_poller_killed_in_mid_batch_loses_nothing_and_repeats_nothing(
    settings: object,
) -> None:
    settings.DIGEST_ALLOW_PRIVATE_FETCH = True  # type: ignore[attr-defined]
    with FeedServer() as server:
        for number in range(FEEDS):
            items = [item(number * 100 + each) for each in range(ITEMS)]
            server.pages[f"/{number}"] = slowly(rss(*items), number * 0.05)
            Feed.objects.create(
                url=server.url(f"/{number}"), next_check_at=now(), check_every=timedelta(hours=1)
            )
        ahead = timedelta(0)
        done = Feed.objects.filter(checked_at__isnull=False)
        for enough in (1, FEEDS // 3, FEEDS // 2):
            process = poller(ahead)
            try:
                until(lambda least=enough: done.count() >= least, "the poller got nowhere")  # type: ignore[misc]
            finally:
                process.kill()
                process.wait()
            held = Feed.objects.filter(claimed_until__isnull=False)
            left = FEEDS - done.count()
            assert held.count() == left > 0
            latest = held.aggregate(latest=models.Max("claimed_until"))["latest"]
            assert latest <= now() + ahead + timedelta(seconds=60)
            assert claim(now=now() + ahead, limit=1, mark="early") == []
            ahead += LEASE
        then = poll_due(
            now_fn=lambda: now() + ahead, limit=1_000, worker="heir", ingest=ingest
        )  # fmt: skip
        assert (then.due, then.ok) == (left, left)
    assert done.count() == FEEDS
    assert Article.objects.count() == Sighting.objects.count() == FEEDS * ITEMS
    assert FeedCheck.objects.filter(outcome="ok").count() == FeedCheck.objects.count() == FEEDS
    assert FeedMemory.objects.count() == FEEDS
    assert not Feed.objects.exclude(claimed_by="").exists()


@pytest.mark.django_db(transaction=True)
def test_a_heart_beat_holds_the_claims_of_a_poller_that_lives() -> None:
    feed = Feed.objects.create(url="https://x.example/", next_check_at=now())
    began = now()
    assert claim(now=began, limit=1, mark="alive")
    later = began + LEASE * 3
    with Heartbeat("alive", lambda: later, every=0.01):
        until(
            lambda: Feed.objects.filter(pk=feed.pk, claimed_until=later + LEASE).exists(),
            "the claim was not renewed",
        )
    assert claim(now=later + LEASE * 0.9, limit=1, mark="other") == []
    assert claim(now=later + LEASE, limit=1, mark="other")
