"""The run that reads what hubs pushed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from digest.intake.feeds.formats.entries import NotAFeed
from digest.intake.feeds.models import Feed, FeedCheck, Push
from digest.intake.feeds.poll import Ingest
from digest.intake.feeds.polling.lanes import READ
from digest.intake.feeds.record import note, remember, remembered
from digest.kit import wake
from digest.kit.apart.limits import raise_limit
from digest.kit.apart.process import Killed, own
from digest.kit.observe import log

MOST_TRIES = 5
# PostgreSQL's advisory locks have one name space for all of us.
_LOCK = 7_301


@dataclass(frozen=True, slots=True)
class ReadPushes:
    """How many documents were read, and how many articles they made."""

    pushes: int = 0
    new_articles: int = 0

    def __add__(self, other: "ReadPushes") -> "ReadPushes":
        """Both together."""
        return ReadPushes(self.pushes + other.pushes, self.new_articles + other.new_articles)


def take_pushes(*, now_fn: Callable[[], datetime], ingest: Ingest, limit: int = 100) -> ReadPushes:
    """Store the entries of up to ``limit`` pushed documents, the oldest first.

    One transaction each: entries, check and the push's removal together, so that a killed worker
    leaves it to the next. The documents of one feed are read one after the other, whoever reads.
    One that cannot be stored is given up at the fifth try: its feed is polled at once instead.
    """
    total = ReadPushes()
    waiting = Push.objects.order_by("pk")
    for pk, feed_id in list(waiting.values_list("pk", "feed_id")[:limit]):
        try:
            total += _take(pk, feed_id, ingest, now_fn())
        except Exception as error:
            raise_limit(error)
            log.exception("push not ingested", feed=feed_id, push=pk)
            _put_back(pk, feed_id, now_fn())
    if total.new_articles:
        wake.call("assign")
    return total


@transaction.atomic
def _take(pk: int, feed_id: int, ingest: Ingest, now: datetime) -> ReadPushes:
    _one_at_a_time(feed_id)
    push = Push.objects.select_related("feed").filter(pk=pk).first()
    if push is None:
        return ReadPushes()
    body = bytes(push.body)
    url = push.feed.hub_topic or push.feed.url
    seen = remembered([feed_id])[feed_id]
    fast = settings.DIGEST_FAST_READER
    reading = own().call(READ, body, {"content-type": push.content_type}, url, seen, fast)
    refused = isinstance(reading, NotAFeed | Killed)
    entries = new = 0
    if not refused:
        taken = ingest(feed_id, reading.parsed, now=now)
        entries, new = taken.entries, len(taken.new_article_ids)
        remember({feed_id: reading.item_hashes})
    if new:
        Feed.objects.filter(pk=feed_id).update(newest_at=now)
    note(
        FeedCheck(
            feed_id=feed_id,
            at=now,
            outcome="not-a-feed" if refused else "pushed",
            took_ms=max(0, int((now - push.received_at).total_seconds() * 1000)),
            size_bytes=len(body),
            entries=entries,
            new_articles=new,
            reason=f"Pushed by its hub. {reading.reason}" if refused else "",
        )
    )
    push.delete()
    return ReadPushes(1, new)


@transaction.atomic
def _put_back(pk: int, feed_id: int, now: datetime) -> None:
    """Leave it for another try; after the last one, let the poller find what it brought."""
    _one_at_a_time(feed_id)
    push = Push.objects.filter(pk=pk).first()
    if push is None:
        return
    push.tries += 1
    if push.tries < MOST_TRIES:
        push.save(update_fields=["tries"])
        return
    note(
        FeedCheck(
            feed_id=feed_id,
            at=now,
            outcome="internal",
            size_bytes=len(push.body),
            reason="What its hub pushed could not be stored; this is an error of ours, and it is "
            "logged. The feed is polled instead.",
        )
    )
    Feed.objects.filter(pk=feed_id, state=Feed.State.ACTIVE).update(next_check_at=now)
    push.delete()
    wake.on_commit("poll")


def _one_at_a_time(feed_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, feed_id % 2**31])
