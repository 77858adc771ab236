"""What came of many looks is written down together, each as if it had been alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext

from digest.intake.feeds.claim import DueFeed, claim
from digest.intake.feeds.look import Look
from digest.intake.feeds.polling.cadence import Next
from digest.intake.feeds.record import record
from digest.models import Feed, FeedCheck

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)
pytestmark = pytest.mark.django_db


def claimed(count: int) -> list[DueFeed]:
    for number in range(count):
        Feed.objects.create(
            url=f"https://{number}.example/feed", next_check_at=NOW, etag=f"{{{number}"
        )
    return claim(now=NOW, limit=count, mark="mine")


def look(due: DueFeed, kind: str = "ok", **fields: object) -> Look:
    return Look(
        due, kind, NOW, Next(SOON, timedelta(minutes=5)), 200, took_ms=40, entries=3, fields=fields
    )  # fmt: skip


def test_each_feed_gets_its_own_values() -> None:
    dues = claimed(3)
    record(
        [
            look(due, body_hash=bytes([n]) * 32, wishes={"ttl": [n, '"x", {}']}, newest_at=None,
                 usual_gap=timedelta(minutes=n) if n else None, title=f'A "b", {{c}} \\ {n}')
            for n, due in enumerate(dues)
        ],
        mark="mine",
    )  # fmt: skip
    for n, due in enumerate(dues):
        feed = Feed.objects.get(pk=due.id)
        assert bytes(feed.body_hash or b"") == bytes([n]) * 32
        assert (feed.wishes, feed.title) == ({"ttl": [n, '"x", {}']}, f'A "b", {{c}} \\ {n}')
        assert feed.usual_gap == (timedelta(minutes=n) if n else None)
        assert (feed.newest_at, feed.claimed_by, feed.claimed_until) == (None, "", None)
        assert (feed.next_check_at, feed.checks_kept, feed.latency_ms) == (SOON, 1, 10)


def test_looks_of_every_kind_go_together_and_none_of_anothers_feeds_is_touched() -> None:
    good, bad, waiting, lost = claimed(4)
    Feed.objects.filter(pk=lost.id).update(claimed_by="other")
    Feed.objects.filter(pk=good.id).update(checks_kept=7)
    record(
        [
            look(good, last_modified="today"),
            look(replace(bad, failures=2), "timeout", error_kind="timeout", error_reason="Slow."),
            look(waiting, "put-off"), look(lost, title="Never"),
        ],
        mark="mine",
    )  # fmt: skip
    rows = Feed.objects.in_bulk([good.id, bad.id, waiting.id, lost.id])
    # Counted on the row: a push may have come since the feed was claimed.
    assert (rows[good.id].checks_kept, rows[good.id].last_modified) == (8, "today")
    assert (rows[bad.id].failures, rows[bad.id].error_kind) == (3, "timeout")
    assert rows[bad.id].succeeded_at is None
    assert (rows[waiting.id].next_check_at, rows[waiting.id].checked_at) == (SOON, None)
    assert (rows[lost.id].title, rows[lost.id].claimed_by) == ("", "other")
    assert set(FeedCheck.objects.values_list("feed", "outcome")) == {
        (good.id, "ok"), (bad.id, "timeout"),
    }  # fmt: skip


def test_more_feeds_take_no_more_statements() -> None:
    dues = claimed(12)
    spent = []
    for some in (dues[:3], dues[3:]):
        with CaptureQueriesContext(connection) as queries:
            record([look(due, body_hash=b"x" * 32) for due in some], mark="mine")
        spent.append(len(queries))
    assert spent[0] == spent[1] < 6


def test_what_is_too_long_for_its_column_is_not_cut_in_silence() -> None:
    (due,) = claimed(1)
    with pytest.raises(DataError):
        record([look(due, language="a" * 17)], mark="mine")
