"""Servers at their worst: every feed ends with a state and a reason, and nobody waits for them."""

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psutil
import pytest

from digest.intake.articles.core import language
from digest.intake.articles.ingest import ingest, ingest_all
from digest.intake.feeds.claim import DueFeed
from digest.intake.feeds.poll import poll_due
from digest.kit.clock import now
from digest.models import Article, Feed, FeedCheck
from tests.fakes.bad_feeds import BAD, MEBIBYTE, serving

GOOD, EACH = 60, 4


@contextmanager
def memory() -> Iterator[list[int]]:
    """The largest resident size while it lasts, above what it was before, in bytes.

    Garbage is looked for by Python's own measure, as in a worker.
    """
    process, over, measure = psutil.Process(), threading.Event(), gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    before, most = process.memory_info().rss, [0]

    def watch() -> None:
        while not over.wait(0.02):
            most[0] = max(most[0], process.memory_info().rss - before)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield most
    finally:
        gc.set_threshold(*measure)
        over.set()
        watcher.join()


@pytest.mark.slow
@pytest.mark.django_db
def test_every_feed_ends_with_a_reason_and_the_good_ones_are_on_time(settings: object) -> None:
    settings.DIGEST_ALLOW_PRIVATE_FETCH = True  # type: ignore[attr-defined]
    settings.DIGEST_FETCH_TIMEOUT = timedelta(seconds=10)  # type: ignore[attr-defined]
    finished: dict[str, float] = {}
    language.detect("What a process holds once must not count as what bad servers cost.")

    def note(due: DueFeed) -> None:
        finished[due.url] = time.monotonic()

    with serving(good=GOOD, each=EACH) as server:
        wanted = {
            f"{server}/{name}?{n}": kinds for name, (_, kinds) in BAD.items() for n in range(EACH)
        }
        # The bad ones come first in the queue.
        for place, url in enumerate([*wanted, *(f"{server}/good/{n}" for n in range(GOOD))]):
            Feed.objects.create(url=url, next_check_at=now() - timedelta(seconds=999 - place))
        with memory() as most:
            report = poll_due(
                now_fn=now,
                limit=10_000,
                worker="chaos",
                ingest=ingest,
                ingest_all=ingest_all,
                on_result=note,
            )

    assert report.due == GOOD + len(wanted)
    good = [url for url in finished if "/good/" in url]
    slow = [
        url for url in finished if any(each in url for each in ("/silent", "/stalls", "/drips"))
    ]
    assert len(good) == GOOD and len(slow) == 3 * EACH
    assert max(finished[url] for url in good) < min(finished[url] for url in slow)
    assert Article.objects.filter(url__startswith="https://harbour.example/").count() == GOOD
    for feed in Feed.objects.all():
        assert feed.checked_at is not None and feed.claimed_by == "" and feed.next_check_at > now()
        assert feed.error_kind in wanted.get(feed.url, {""}), (feed.url, feed.error_reason)
        assert feed.health(now()).why.endswith(".")
        if feed.error_kind:
            assert feed.error_reason.endswith(".") and len(feed.error_reason) > 20
    assert FeedCheck.objects.count() == report.due
    assert {feed.state for feed in Feed.objects.filter(url__contains="/gone?")} == {"retired"}
    patient = Feed.objects.filter(url__contains="/patience")
    assert all(feed.next_check_at > now() + timedelta(hours=1.9) for feed in patient)
    assert "root:" not in "".join(Article.objects.values_list("title", flat=True))
    print(f"largest growth of memory: {most[0] / MEBIBYTE:.0f} MiB")
    assert most[0] < 250 * MEBIBYTE
