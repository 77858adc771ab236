"""Servers at their worst: every feed ends with a state and a reason, and nobody waits for them."""

import asyncio
import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import brotli
import psutil
import pytest

from digest.intake.articles.ingest import ingest
from digest.intake.feeds.claim import Due
from digest.intake.feeds.poll import poll_due
from digest.kit.clock import now
from digest.models import Article, Feed, FeedCheck
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer, Request, item, rss

GOOD, EACH = 60, 4
MEBIBYTE = 1024 * 1024
_XML = b'<?xml version="1.0"?>\n'
LAUGHS = (
    _XML + b"<!DOCTYPE rss [<!ENTITY l0 'ha'>"
    + b"".join(b"<!ENTITY l%d '%s'>" % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
    + b"]><rss version='2.0'><channel><title>&l11;</title></channel></rss>"
)  # fmt: skip
OUTSIDE = (
    _XML + b"<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss version='2.0'><channel>"
    b"<title>Harbour</title><item><guid>1</guid><title>&x;</title></item></channel></rss>"
)


def dripping(content: bytes) -> feeds.Reply:
    """A byte a second."""

    async def reply(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for byte in content * 100:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(1)

    return reply


def head_first(seconds: float) -> feeds.Reply:
    """Nothing at all for a while, then a hang-up."""

    async def reply(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)

    return reply


NOISE = b"".join(b"%d" % (n * n) for n in range(200_000))
BAD: dict[str, tuple[feeds.Reply, set[str]]] = {
    "silent": (head_first(60), {"timeout"}),
    "stalls": (feeds.stalled(b"<rss>"), {"timeout"}),
    "drips": (dripping(rss(item(1))), {"timeout"}),
    "hangs-up": (feeds.garbage(b""), {"connect"}),
    "lies-about-length": (feeds.dropped(b"<rss>", 9_999), {"connect"}),
    "claims-too-much": (feeds.body(b"x", Content_Length="99999999999"), {"too-large"}),
    "negative-length": (feeds.body(b"x", Content_Length="-5"), {"connect"}),
    "circles": (feeds.redirect("/circles"), {"redirect-loop"}),
    "leads-on-and-on": (feeds.redirect("?"), {"redirect-loop"}),
    "leads-elsewhere": (feeds.redirect("gopher://127.0.0.1/"), {"bad-url"}),
    "gzip-bomb": (
        feeds.body(gzip.compress(bytes(64 * MEBIBYTE)), Content_Encoding="gzip"), {"too-large"},
    ),
    "brotli-bomb": (
        feeds.body(brotli.compress(bytes(64 * MEBIBYTE), quality=1), Content_Encoding="br"),
        {"too-large"},
    ),
    "broken-gzip": (feeds.body(gzip.compress(NOISE)[:-9], Content_Encoding="gzip"), {"connect"}),
    "unknown-packing": (feeds.body(b"x", Content_Encoding="compress"), {"connect"}),
    "endless": (feeds.endless(NOISE), {"too-large", "timeout"}),
    "laughs": (feeds.body(LAUGHS), {"", "not-a-feed"}),
    "outside-entity": (feeds.body(OUTSIDE), {"", "not-a-feed"}),
    "deep": (feeds.body(b"<rss><channel>" + b"<a>" * 20_000), {"", "not-a-feed"}),
    "many-tags": (feeds.body(b"<rss>" + b"<a/>" * 500_000), {"not-a-feed"}),
    "not-http": (feeds.garbage(b"SSH-2.0-OpenSSH_9.7\r\n"), {"connect"}),
    "garbage-headers": (feeds.garbage(b"HTTP/1.1 200 OK\r\n\x00\xff: \x01\r\n\r\n<rss/>"),
                        {"connect", "not-a-feed"}),
    "huge-header": (feeds.garbage(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000 + b"\r\n\r\n"),
                    {"connect"}),
    "endless-headers": (feeds.garbage(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000),
                        {"connect", "timeout"}),
    "binary": (feeds.body(bytes(range(256)) * 999), {"not-a-feed"}),
    "empty": (feeds.body(b""), {"not-a-feed"}),
    "patience": (feeds.status(429, Retry_After="7200"), {"http-status"}),
    "patience-by-date": (
        feeds.status(503, Retry_After="Mon, 01 Jan 2140 00:00:00 GMT"), {"http-status"},
    ),
    "gone": (feeds.status(410), {"http-status"}),
    "broken": (feeds.status(500), {"http-status"}),
}  # fmt: skip


@contextmanager
def memory() -> Iterator[list[int]]:
    """The largest resident size while it lasts, above what it was before, in bytes."""
    process, over = psutil.Process(), threading.Event()
    before, most = process.memory_info().rss, [0]

    def watch() -> None:
        while not over.wait(0.02):
            most[0] = max(most[0], process.memory_info().rss - before)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    yield most
    over.set()
    watcher.join()


@pytest.mark.slow
@pytest.mark.django_db
def test_every_feed_ends_with_a_reason_and_the_good_ones_are_on_time(settings: object) -> None:
    settings.DIGEST_ALLOW_PRIVATE_FETCH = True  # type: ignore[attr-defined]
    settings.DIGEST_FETCH_TIMEOUT = timedelta(seconds=10)  # type: ignore[attr-defined]
    finished: dict[str, float] = {}

    def note(due: Due) -> None:
        finished[due.url] = time.monotonic()

    with FeedServer() as server:
        wanted: dict[str, set[str]] = {}
        for name, (reply, kinds) in BAD.items():
            server.pages[f"/{name}"] = reply
            wanted |= {server.url(f"/{name}?{n}"): kinds for n in range(EACH)}
        by_path = dict(server.pages)
        server.pages |= {
            f"/{name}?{n}": by_path[f"/{name}"] for name in BAD for n in range(EACH)
        }  # fmt: skip
        server.pages |= {f"/good/{n}": feeds.body(rss(item(n))) for n in range(GOOD)}
        # The bad ones come first in the queue.
        for place, url in enumerate([*wanted, *(server.url(f"/good/{n}") for n in range(GOOD))]):
            Feed.objects.create(url=url, next_check_at=now() - timedelta(seconds=999 - place))
        with memory() as most:
            report = poll_due(
                now_fn=now, limit=10_000, worker="chaos", ingest=ingest, on_result=note
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
    assert most[0] < 300 * MEBIBYTE
