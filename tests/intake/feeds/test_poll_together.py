"""Feeds that are read at about one time are stored in one transaction, each for itself."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digest.intake.articles.ingest import ingest, ingest_all
from digest.intake.feeds.formats.entries import Parsed
from digest.intake.feeds.poll import poll_due
from digest.models import Article, Feed, FeedMemory
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer, item, rss

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MANY = 24
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def loopback_is_open(settings: Any) -> None:
    settings.DIGEST_ALLOW_PRIVATE_FETCH = True


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        running.pages = {f"/{n}": feeds.body(rss(item(n))) for n in range(MANY)}
        for path in running.pages:
            Feed.objects.create(url=running.url(path), next_check_at=NOW)
        yield running


def test_a_feed_takes_a_few_statements(server: FeedServer) -> None:
    with CaptureQueriesContext(connection) as queries:
        report = poll_due(
            now_fn=lambda: NOW, limit=99, worker="t", ingest=ingest, ingest_all=ingest_all
        )
    assert (report.ok, report.new_articles) == (MANY, MANY)
    # It took 16 each; how many come together hangs on the machine.
    assert len(queries) < 8 * MANY


def test_one_that_cannot_be_stored_takes_nobody_with_it(server: FeedServer) -> None:
    bad = Feed.objects.get(url=server.url("/5")).pk

    def clumsy(documents: Sequence[tuple[int, Parsed]], *, now: datetime) -> Any:
        done = ingest_all(documents, now=now)
        if any(pk == bad for pk, _ in documents):
            raise ValueError("a fault of ours")
        return done

    report = poll_due(now_fn=lambda: NOW, limit=99, worker="t", ingest=ingest, ingest_all=clumsy)
    assert (report.ok, report.failed, report.failures[0].kind) == (MANY - 1, 1, "internal")
    assert Article.objects.count() == MANY - 1
    # Its items do not count as seen: they come again.
    assert not FeedMemory.objects.filter(pk=bad).exists()
    assert FeedMemory.objects.count() == MANY - 1


def test_the_end_of_a_tasks_time_is_no_fault_of_a_feed(server: FeedServer) -> None:
    class SoftTimeLimitExceeded(Exception):
        pass

    def late(documents: Sequence[tuple[int, Parsed]], *, now: datetime) -> Any:
        raise SoftTimeLimitExceeded

    with pytest.raises(SoftTimeLimitExceeded):
        poll_due(now_fn=lambda: NOW, limit=99, worker="t", ingest=ingest, ingest_all=late)
    assert not Feed.objects.exclude(claimed_by="").exists()
    assert not Feed.objects.exclude(error_kind="").exists()
