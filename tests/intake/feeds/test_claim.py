"""Feeds are held and given back by several at once, and nobody waits for another in a circle."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections, transaction

from digest.intake.feeds import record
from digest.intake.feeds.claim import LEASE, claim, renew
from digest.intake.feeds.look import Look
from digest.intake.feeds.polling.cadence import Next
from digest.models import Feed
from tests.deadlines import until

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=10)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool
        pool.submit(connections.close_all).result(20)


def held(feed: Feed) -> None:
    """Until the transaction ends."""
    Feed.objects.select_for_update(no_key=True).get(pk=feed.pk)


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks JOIN pg_stat_get_activity(NULL) USING (pid)"
            " WHERE NOT granted AND datid ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return cursor.fetchone() is not None


def three() -> list[Feed]:
    return [
        Feed.objects.create(url=f"https://{n}.example/feed", next_check_at=NOW) for n in range(3)
    ]


def test_renewing_waits_for_no_feed_that_is_being_given_back(aside: ThreadPoolExecutor) -> None:
    first, *others = three()
    claim(now=NOW, limit=9, mark="mine")
    with transaction.atomic():
        held(first)
        assert aside.submit(renew, now=LATER, mark="mine").result(20) == len(others)
    ends = dict(Feed.objects.values_list("pk", "claimed_until"))
    assert ends == {first.pk: NOW + LEASE} | {each.pk: LATER + LEASE for each in others}


def test_renewing_touches_nothing_of_others() -> None:
    three()
    claim(now=NOW, limit=2, mark="mine")
    claim(now=NOW, limit=9, mark="theirs")
    assert renew(now=LATER, mark="theirs") == 1
    assert set(Feed.objects.filter(claimed_by="mine").values_list("claimed_until", flat=True)) == {
        NOW + LEASE
    }


@pytest.mark.parametrize("fields", [{}, {"title": "Found"}])
def test_who_records_several_feeds_holds_none_while_waiting_for_one_before_it(
    aside: ThreadPoolExecutor, fields: dict[str, str]
) -> None:
    first, *others = three()
    due = {each.id: each for each in claim(now=NOW, limit=9, mark="mine")}
    looks = [
        Look(due[each.pk], "unchanged", LATER, Next(LATER, LEASE), fields=fields)
        for each in (*reversed(others), first)
    ]
    with transaction.atomic():
        held(first)
        done = aside.submit(record.record, looks, mark="mine")
        until(somebody_waits, "the recording to wait")
        for each in others:
            Feed.objects.select_for_update(no_key=True, nowait=True).get(pk=each.pk)
    done.result(20)
    assert set(Feed.objects.values_list("claimed_by", flat=True)) == {""}
