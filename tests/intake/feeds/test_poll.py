"""The run: claims that lapse, outcomes that are written down, addresses that move."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

import workers.intake
from digest.intake.articles.ingest import ingest, ingest_all
from digest.intake.feeds import poll as polling
from digest.intake.feeds.claim import BEAT_SECONDS, LEASE, claim, renew
from digest.intake.feeds.poll import PollReport, poll_due
from digest.kit import wake
from digest.models import Article, Feed, FeedCheck, Sighting
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer, item, rss

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1)


@pytest.fixture(autouse=True)
def loopback_is_open(settings: object) -> None:
    settings.DIGEST_ALLOW_PRIVATE_FETCH = True  # type: ignore[attr-defined]
    settings.DIGEST_FETCH_TIMEOUT = timedelta(seconds=2)  # type: ignore[attr-defined]


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def stored(url: str, **fields: object) -> Feed:
    return Feed.objects.create(url=url, next_check_at=LONG_AGO, **fields)


def poll(now: datetime = NOW, limit: int = 100) -> PollReport:
    return poll_due(
        now_fn=lambda: now, limit=limit, worker="test", ingest=ingest, ingest_all=ingest_all
    )


@pytest.mark.django_db
def test_a_due_feed_is_read_and_ingested(server: FeedServer) -> None:
    server.pages["/"] = feeds.body(
        rss(item(1), item(2), channel="<title>Harbour Post</title><ttl>60</ttl>"), ETag='"v1"'
    )
    feed = stored(server.url())
    assert poll() == PollReport(due=1, ok=1, entries=2, new_articles=2)
    feed.refresh_from_db()
    assert (feed.title, feed.etag, feed.failures, feed.succeeded_at) == (
        "Harbour Post", '"v1"', 0, NOW,
    )  # fmt: skip
    assert feed.interval == timedelta(hours=1)
    assert timedelta(hours=1) <= feed.next_check_at - NOW <= timedelta(hours=1) * 1.1
    assert (feed.claimed_until, feed.claimed_by) == (None, "")
    check = FeedCheck.objects.get()
    assert (check.outcome, check.status, check.entries, check.new_articles) == ("ok", 200, 2, 2)
    assert Article.objects.count() == 2
    assert poll() == PollReport()


@pytest.mark.django_db
@pytest.mark.parametrize("etag", ['"v1"', ""])
def test_an_unchanged_feed_is_not_read_again(server: FeedServer, etag: str) -> None:
    document = rss(item(1))
    server.pages["/"] = feeds.conditional(document, etag) if etag else feeds.body(document)
    stored(server.url())
    poll()
    again = poll(NOW + timedelta(days=1))
    assert again == PollReport(due=1, unchanged=1)
    feed = Feed.objects.get()
    assert (feed.last_status, feed.unchanged_looks) == (304 if etag else 200, 1)
    assert FeedCheck.objects.get().outcome == "ok"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (feeds.status(404), "http-status"),
        (feeds.status(500), "http-status"),
        (feeds.stalled(), "timeout"),
        (feeds.dropped(b"<rss>", 9999), "connect"),
        (feeds.redirect("/"), "redirect-loop"),
        (feeds.redirect("file:///etc/passwd"), "bad-url"),
        (feeds.body(b"<html><body>Hello"), "not-a-feed"),
        (feeds.body(b""), "not-a-feed"),
        (feeds.body(b"x", Content_Length="99999999999"), "too-large"),
    ],
)
def test_a_failure_says_why_and_backs_off(
    server: FeedServer, reply: feeds.Reply, kind: str
) -> None:
    server.pages["/"] = reply
    feed = stored(server.url())
    report = poll()
    (failure,) = report.failures
    assert (report.due, report.failed, failure.kind, failure.url) == (1, 1, kind, feed.url)
    assert len(failure.reason) > 15 and failure.reason.endswith(".")
    feed.refresh_from_db()
    assert (feed.failures, feed.error_kind, feed.error_reason) == (1, kind, failure.reason)
    first_wait = feed.next_check_at - NOW
    assert poll(feed.next_check_at).failed == 1
    then = feed.next_check_at
    feed.refresh_from_db()
    assert feed.next_check_at - then > 1.8 * first_wait
    assert set(FeedCheck.objects.values_list("outcome", flat=True)) == {kind}


@pytest.mark.django_db
def test_a_feed_that_mends_forgets_its_failures(server: FeedServer) -> None:
    server.pages["/"] = feeds.in_turn(feeds.status(500), feeds.body(rss(item(1))))
    feed = stored(server.url())
    poll()
    assert poll(NOW + timedelta(hours=1)).ok == 1
    feed.refresh_from_db()
    assert (feed.failures, feed.error_kind, feed.error_reason) == (0, "", "")


@pytest.mark.django_db
def test_one_bad_feed_does_not_hinder_the_others(server: FeedServer) -> None:
    server.pages |= {f"/{n}": feeds.body(rss(item(n))) for n in range(8)}
    server.pages["/3"] = feeds.status(500)
    for path in server.pages:
        stored(server.url(path))
    report = poll()
    assert (report.due, report.ok, report.failed, report.new_articles) == (8, 7, 1, 7)


@pytest.mark.django_db
@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_is_honoured(server: FeedServer, code: int) -> None:
    server.pages["/"] = feeds.status(code, Retry_After="7200")
    feed = stored(server.url())
    poll()
    feed.refresh_from_db()
    assert feed.next_check_at >= NOW + timedelta(hours=2)


@pytest.mark.django_db
def test_a_feed_that_is_gone_is_retired(server: FeedServer) -> None:
    server.pages["/"] = feeds.status(410)
    feed = stored(server.url())
    poll()
    feed.refresh_from_db()
    assert feed.state == Feed.State.RETIRED and "gone for good" in feed.state_reason
    assert poll(NOW + timedelta(days=9)).due == 0


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "moves"), [(301, True), (308, True), (302, False), (307, False)])
def test_permanent_redirects_move_a_feed_when_they_come_again(
    server: FeedServer, code: int, moves: bool
) -> None:
    server.pages |= {"/old": feeds.redirect("/new", code), "/new": feeds.body(rss(item(1)))}
    feed = stored(server.url("/old"))
    assert poll().ok == 1
    feed.refresh_from_db()
    assert feed.url == server.url("/old")
    assert poll(NOW + timedelta(days=1)).unchanged == 1
    feed.refresh_from_db()
    assert feed.url == server.url("/new" if moves else "/old")


@pytest.mark.django_db
def test_a_redirect_to_something_else_moves_nothing(server: FeedServer) -> None:
    server.pages |= {"/old": feeds.redirect("/parked", 301), "/parked": feeds.body(b"<html>Buy me")}
    feed = stored(server.url("/old"))
    poll()
    feed.refresh_from_db()
    assert feed.url == server.url("/old")


@pytest.mark.django_db
def test_a_feed_that_moved_onto_another_is_retired(server: FeedServer) -> None:
    server.pages |= {"/old": feeds.redirect("/new", 301), "/new": feeds.body(rss(item(1)))}
    old, new = stored(server.url("/old")), stored(server.url("/new"))
    assert poll().ok == 2
    assert poll(NOW + timedelta(days=1)).unchanged == 2
    old.refresh_from_db()
    assert old.state == Feed.State.RETIRED and new.url in old.state_reason
    assert (Article.objects.count(), Sighting.objects.count()) == (1, 2)


@pytest.mark.django_db
def test_claims_are_exclusive_until_they_lapse() -> None:
    feed = stored("https://x.example/")
    assert [each.id for each in claim(now=NOW, limit=9, mark="a")] == [feed.pk]
    assert claim(now=NOW + LEASE * 0.9, limit=9, mark="b") == []
    assert renew(now=NOW + LEASE * 0.9, mark="a") == 1
    assert claim(now=NOW + LEASE * 1.8, limit=9, mark="b") == []
    assert len(claim(now=NOW + LEASE * 2, limit=9, mark="c")) == 1


def test_a_claim_lapses_within_a_minute_of_its_pollers_death() -> None:
    assert timedelta(seconds=2 * BEAT_SECONDS) < LEASE <= timedelta(minutes=1)


@pytest.mark.django_db
def test_paused_and_future_feeds_are_left_alone() -> None:
    stored("https://a.example/", state=Feed.State.PAUSED)
    stored("https://b.example/", state=Feed.State.RETIRED)
    Feed.objects.create(url="https://c.example/", next_check_at=NOW + timedelta(seconds=1))
    assert claim(now=NOW, limit=9, mark="a") == []


@pytest.mark.django_db
def test_an_outcome_after_the_claim_was_lost_is_not_written(server: FeedServer) -> None:
    server.pages["/"] = feeds.body(rss(item(1)))
    feed = stored(server.url())

    def ingest_and_lose(feed_id: int, parsed: object, *, now: datetime) -> object:
        Feed.objects.filter(pk=feed_id).update(claimed_by="another")
        return ingest(feed_id, parsed, now=now)  # type: ignore[arg-type]

    poll_due(now_fn=lambda: NOW, limit=9, worker="test", ingest=ingest_and_lose)  # type: ignore[arg-type]
    feed.refresh_from_db()
    assert (feed.claimed_by, feed.checked_at) == ("another", None)
    assert Article.objects.count() == 1


@pytest.mark.django_db
def test_an_error_of_our_own_is_recorded_and_stops_nobody(server: FeedServer) -> None:
    server.pages |= {"/1": feeds.body(rss(item(1))), "/2": feeds.body(rss(item(2)))}
    bad, _ = stored(server.url("/1")), stored(server.url("/2"))

    def clumsy(feed_id: int, parsed: object, *, now: datetime) -> object:
        if feed_id == bad.pk:
            raise ZeroDivisionError
        return ingest(feed_id, parsed, now=now)  # type: ignore[arg-type]

    report = poll_due(now_fn=lambda: NOW, limit=9, worker="test", ingest=clumsy)  # type: ignore[arg-type]
    assert (report.ok, report.failed, report.failures[0].kind) == (1, 1, "internal")


@pytest.mark.django_db
def test_news_wakes_the_newsdesk_and_no_news_nobody(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.pages["/"] = feeds.body(rss(item(1)))
    stored(server.url())
    woken: list[str] = []
    monkeypatch.setattr(wake, "call", lambda stage, *ids: woken.append(stage))
    poll()
    assert woken == ["assign"]
    poll(NOW + timedelta(days=1))
    assert woken == ["assign"]


@pytest.mark.django_db
def test_a_full_batch_wakes_the_next_poll(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in "ab":
        stored(server.url(f"/{path}"))
    woken: list[str] = []
    monkeypatch.setattr(wake, "call", lambda stage, *ids: woken.append(stage))
    poll(limit=2)
    assert woken == ["poll"]


@pytest.mark.django_db(transaction=True)
def test_pollers_at_once_read_each_feed_once(server: FeedServer) -> None:
    server.pages |= {f"/{n}": feeds.body(rss(item(n % 5), item(100 + n))) for n in range(30)}
    for path in server.pages:
        stored(server.url(path))
    start = threading.Barrier(4)

    def run(worker: int) -> PollReport:
        start.wait(30)
        try:
            return poll_due(
                now_fn=lambda: NOW,
                limit=10,
                worker=str(worker),
                ingest=ingest,
                ingest_all=ingest_all,
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        total = sum(pool.map(run, range(4)), PollReport())
    rest = poll()
    total += rest
    assert (total.due, total.ok, total.new_articles) == (30, 30, 35)
    assert len(server.requests) == 30
    assert (Article.objects.count(), Sighting.objects.count()) == (35, 60)


@pytest.mark.django_db
def test_the_command_prints_its_report_last(
    server: FeedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.pages["/good"] = feeds.body(rss(item(1)))
    call_command("feeds", "add", server.url("/good"), server.url("/gone"))
    call_command("poll", "--once", "--json")
    report = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert report == {
        "due": 2, "ok": 1, "unchanged": 0, "failed": 1, "entries": 1, "new_articles": 1,
        "failures": [{
            "url": server.url("/gone"), "kind": "http-status",
            "reason": "127.0.0.1 has no feed at this address any more (HTTP 404).",
        }],
    }  # fmt: skip


@pytest.mark.django_db
def test_more_feeds_than_a_batch_are_all_polled(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("digest.management.commands.poll.BATCH", 3)
    for n in range(7):
        server.pages[f"/{n}"] = feeds.body(rss(item(n)))
        stored(server.url(f"/{n}"))
    call_command("poll", "--once")
    assert "7 feeds due: 7 read, 0 unchanged, 0 failed. 7 entries, 7 new" in capsys.readouterr().out
    assert polling.claim(now=NOW, limit=1, mark="x") == []


@pytest.mark.django_db
def test_private_addresses_are_refused_without_the_setting(
    server: FeedServer, settings: object, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DIGEST_ALLOW_PRIVATE_FETCH = False  # type: ignore[attr-defined]
    stored(server.url())
    assert poll().failures[0].kind == "blocked-address"
    with pytest.raises(CommandError, match="No feed was added"):
        call_command("feeds", "add", server.url())
    assert "DIGEST_ALLOW_PRIVATE_FETCH=1" in capsys.readouterr().err
    assert server.requests == []


@pytest.mark.django_db
def test_the_task_polls_what_is_due(server: FeedServer) -> None:
    server.pages["/"] = feeds.body(rss(item(1)))
    stored(server.url())
    assert workers.intake.poll() == 1
    assert Article.objects.count() == 1
