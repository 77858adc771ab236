"""A document made to hurt holds up its own feed alone, and is set aside with its reason."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from digest.intake.articles.ingest import ingest, ingest_all
from digest.intake.feeds import add as adding
from digest.intake.feeds.poll import PollReport, manners, poll_due
from digest.intake.feeds.websub.pushes import take_pushes
from digest.kit.apart import process as apart
from digest.models import Article, Feed, FeedCheck, Push
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer, item, rss

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
POISON = {
    "tags": lambda: rss(item(1, extra=f"<description>{'<b/>' * 140_000}</description>")),
    "objects": lambda: b'{"version":"https://jsonfeed.org/version/1","items":[' + b"{}," * 2_500_000
    + b"{}]}",
    "namespaces": lambda: rss(
        item(2, extra="".join(f"<a xmlns:x{n}='u{n}'/>" for n in range(60_000)))
    ),
}  # fmt: skip
pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def narrow_limits(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DIGEST_ALLOW_PRIVATE_FETCH = True  # type: ignore[attr-defined]
    monkeypatch.setattr(apart, "CPU_SECONDS", 0)
    monkeypatch.setattr(apart, "CPU_SECONDS_PER_MB", 0)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def poll(now: datetime = NOW) -> PollReport:
    return poll_due(
        now_fn=lambda: now, limit=100, worker="test", ingest=ingest, ingest_all=ingest_all
    )


@pytest.mark.parametrize("kind", POISON)
def test_others_are_read_and_the_poison_is_set_aside(server: FeedServer, kind: str) -> None:
    server.pages["/poison"] = feeds.body(POISON[kind]())
    server.pages |= {f"/{n}": feeds.body(rss(item(10 + n))) for n in range(15)}
    for path in server.pages:
        Feed.objects.create(url=server.url(path), next_check_at=NOW)
    report = poll()
    assert (report.due, report.ok, report.failed) == (16, 15, 1)
    (failure,) = report.failures
    assert failure.kind == "set-aside" and "set aside until" in failure.reason
    poisoned = Feed.objects.get(url=server.url("/poison"))
    assert (poisoned.error_kind, poisoned.failures) == ("set-aside", 1)
    assert FeedCheck.objects.get(feed=poisoned).reason == failure.reason
    assert Article.objects.count() == 15


def test_the_same_bytes_are_not_tried_again_and_others_are(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.pages["/"] = feeds.in_turn(
        feeds.body(POISON["tags"]()), feeds.body(POISON["tags"]()), feeds.body(rss(item(1)))
    )
    feed = Feed.objects.create(url=server.url(), next_check_at=NOW)
    first = poll().failures[0]
    monkeypatch.setattr(apart.Apart, "begin", None)
    (again,) = poll(NOW + timedelta(days=1)).failures
    assert again == first
    monkeypatch.undo()
    assert poll(NOW + timedelta(days=3)).ok == 1
    feed.refresh_from_db()
    assert (feed.error_kind, feed.error_reason, feed.failures) == ("", "", 0)


def test_a_pushed_poison_is_dropped_with_its_reason() -> None:
    feed = Feed.objects.create(url="https://harbour.example/rss", next_check_at=NOW)
    Push.objects.create(feed=feed, received_at=NOW, body=POISON["tags"]())
    assert take_pushes(now_fn=lambda: NOW, ingest=ingest).pushes == 1
    assert not Push.objects.exists()
    assert "seconds of computing" in FeedCheck.objects.get().reason


def test_an_address_that_serves_poison_is_refused_with_its_reason(server: FeedServer) -> None:
    server.pages["/"] = feeds.body(POISON["tags"]())
    (added,) = adding.add([server.url()], now=NOW, manners=manners())
    assert added.outcome == "refused" and "seconds of computing" in added.reason
