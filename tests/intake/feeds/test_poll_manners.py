"""What the run remembers, whom it leaves alone, and what of its looks is kept."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from digest.intake.articles.ingest import ingest, ingest_all
from digest.intake.feeds import poll as polling
from digest.intake.feeds.claim import claim
from digest.intake.feeds.look import Look
from digest.intake.feeds.poll import PollReport, poll_due
from digest.intake.feeds.polling.fetch import Manners
from digest.intake.feeds.record import leave_alone, record
from digest.intake.feeds.steer import override
from digest.models import Article, Feed, FeedCheck, FeedMemory, Sighting
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer, item, rss

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1)


@pytest.fixture(autouse=True)
def loopback_is_open(settings: object) -> None:
    settings.DIGEST_ALLOW_PRIVATE_FETCH = True  # type: ignore[attr-defined]
    settings.DIGEST_FETCH_TIMEOUT = timedelta(seconds=5)  # type: ignore[attr-defined]


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def stored(url: str) -> Feed:
    return Feed.objects.create(url=url, next_check_at=LONG_AGO)


def poll(now: datetime = NOW) -> PollReport:
    return poll_due(
        now_fn=lambda: now, limit=100, worker="test", ingest=ingest, ingest_all=ingest_all
    )


@pytest.mark.django_db
def test_only_unseen_items_are_parsed(server: FeedServer) -> None:
    old = [item(n) for n in range(20)]
    server.pages["/"] = feeds.in_turn(
        feeds.body(rss(*old)), feeds.body(rss(item(99), *old)), feeds.body(rss(*old) + b"\n")
    )
    feed = stored(server.url())
    assert poll().entries == 20
    again = poll(NOW + timedelta(days=1))
    assert (again.ok, again.entries, again.new_articles) == (1, 1, 1)
    assert (Article.objects.count(), Sighting.objects.count()) == (21, 21)
    assert len(FeedMemory.objects.get(feed=feed).item_hashes) % 16 == 0
    assert poll(NOW + timedelta(days=2)) == PollReport(due=1, unchanged=1)


@pytest.mark.django_db
def test_items_whose_articles_were_not_stored_are_not_taken_for_seen(server: FeedServer) -> None:
    server.pages["/"] = feeds.body(rss(item(1)))
    stored(server.url())

    def clumsy(feed_id: int, parsed: object, *, now: datetime) -> object:
        ingest(feed_id, parsed, now=now)  # type: ignore[arg-type]
        raise ZeroDivisionError

    poll_due(now_fn=lambda: NOW, limit=9, worker="test", ingest=clumsy)  # type: ignore[arg-type]
    assert not FeedMemory.objects.exists() and not Article.objects.exists()
    assert poll(NOW + timedelta(days=1)).new_articles == 1


@pytest.mark.django_db
def test_a_host_that_asks_for_patience_is_left_alone_with_all_its_feeds(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    polite = Manners("test", per_host=1, spacing=0, allow_private=True)
    monkeypatch.setattr(polling, "manners", lambda: polite)
    server.pages |= {f"/{n}": feeds.status(429, Retry_After="7200") for n in range(3)}
    for path in server.pages:
        stored(server.url(path))
    report = poll()
    assert (report.due, report.failed, len(server.requests)) == (1, 1, 1)
    for feed in Feed.objects.all():
        assert feed.next_check_at >= NOW + timedelta(hours=2) and feed.claimed_by == ""
    assert Feed.objects.filter(failures=0, error_kind="", checked_at=None).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("answer", ["a new item", "the same", "an error"])
def test_a_look_that_is_written_after_its_host_asked_for_patience_waits_as_well(
    server: FeedServer, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.pages["/"] = feeds.body(rss(item(1)))
    feed = stored(server.url())
    poll()
    later = NOW + timedelta(days=1)
    asked = later + timedelta(days=9)
    if answer == "a new item":
        server.pages["/"] = feeds.body(rss(item(2), item(1)))
    elif answer == "an error":
        server.pages["/"] = feeds.status(500)

    def late(looks: Sequence[Look], *, mark: str) -> None:
        # Another feed of the host was refused while this one's answer was on its way.
        feed.refresh_from_db()
        leave_alone(feed.host, asked)
        record(looks, mark=mark)

    monkeypatch.setattr(polling, "record", late)
    poll(later)
    feed.refresh_from_db()
    assert feed.checked_at == later
    assert feed.next_check_at >= asked


@pytest.mark.django_db
def test_an_editors_own_rhythm_begins_when_the_host_may_be_asked() -> None:
    feed = stored("https://news.example/")
    until = NOW + timedelta(hours=3)
    leave_alone("news.example", until)
    override(feed.pk, every=timedelta(minutes=1), full_text=False, now=NOW)
    feed.refresh_from_db()
    assert feed.next_check_at == until


@pytest.mark.django_db
def test_a_hosts_other_feeds_come_back_one_by_one() -> None:
    for n in range(3):
        stored(f"https://User@News.Example/{n}")
    other = stored("https://other.example/")
    until = NOW + timedelta(hours=1)
    assert leave_alone("news.example", until) == 3
    moments = Feed.objects.filter(host="news.example").values_list("next_check_at", flat=True)
    assert len(set(moments)) == 3
    assert all(until <= moment <= until + timedelta(minutes=10) for moment in moments)
    other.refresh_from_db()
    assert other.next_check_at == LONG_AGO


@pytest.mark.django_db
def test_the_history_keeps_the_latest_fifty_and_counts_what_was_unchanged(
    server: FeedServer,
) -> None:
    server.pages["/"] = feeds.in_turn(
        *[feeds.status(500)] * 51, feeds.body(rss(item(1))), feeds.body(rss(item(1))),
        feeds.body(rss(item(1))), feeds.body(rss(item(2))),
    )  # fmt: skip
    feed = stored(server.url())
    for day in range(55):
        poll(NOW + timedelta(days=day * 2))
    checks = list(feed.checks.order_by("at"))
    assert [check.outcome for check in checks] == ["http-status"] * 48 + ["ok", "ok"]
    assert (checks[-1].unchanged_before, checks[-2].unchanged_before) == (2, 0)
    assert {check.place for check in checks} == set(range(FeedCheck.KEPT))
    feed.refresh_from_db()
    assert (feed.checks_kept, feed.unchanged_looks) == (53, 0)


@pytest.mark.django_db
def test_a_run_with_a_time_limit_gives_back_what_it_cannot_reach(
    server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowded = Manners("test", seconds=0.2, per_host=1, spacing=60, allow_private=True)
    monkeypatch.setattr(polling, "manners", lambda: crowded)
    monkeypatch.setattr(polling, "GRACE_SECONDS", 0.2)
    server.pages |= {f"/{n}": feeds.body(rss(item(n))) for n in range(3)}
    for path in server.pages:
        stored(server.url(path))
    report = poll_due(
        now_fn=lambda: NOW,
        limit=9,
        worker="test",
        ingest=ingest,
        ingest_all=ingest_all,
        seconds=0.1,
    )
    assert (report.due, report.ok) == (1, 1)
    assert [each.id for each in claim(now=NOW, limit=9, mark="next")] != []
    assert Feed.objects.filter(checked_at=None, next_check_at=LONG_AGO).count() == 2
