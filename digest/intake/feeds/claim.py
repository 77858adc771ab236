"""Taking feeds that are due, and holding on to them for as long as their poller lives."""

import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from django.db import DatabaseError, connection, transaction

from digest.intake.feeds.models import Feed
from digest.intake.feeds.polling.cadence import FeedHints, ObservedRhythm
from digest.kit.observe import log

# A poller that was killed holds its feeds for this long at most.
LEASE = timedelta(seconds=40)
BEAT_SECONDS = 10.0
# A poller that has recorded nothing for so long is stuck, and loses what it holds.
STUCK_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class DueFeed:
    """A claimed feed: what of its row a look needs, in the order in which claiming returns it."""

    id: int
    url: str
    host: str
    title: str
    site_url: str
    language: str
    hub_url: str
    hub_topic: str
    next_check_at: datetime
    etag: str
    last_modified: str
    body_hash: bytes | None
    moved_to: str
    moved_looks: int
    check_every: timedelta | None
    interval: timedelta | None
    usual_gap: timedelta | None
    newest_at: datetime | None
    raw_wishes: str
    hub_state: str
    hub_lease_until: datetime | None
    failures: int
    error_kind: str
    error_reason: str
    latency_ms: int
    unchanged_looks: int
    checks_kept: int
    broke_news_at: datetime | None = None

    @property
    def rhythm(self) -> ObservedRhythm:
        """What was observed of it so far."""
        return ObservedRhythm(self.usual_gap, self.newest_at)

    @property
    def wishes(self) -> FeedHints:
        """What its own text asked for when it was last read."""
        return FeedHints.from_document(json.loads(self.raw_wishes))


# PostgreSQL's advisory locks have one name space for all of us.
_LOCK = 4_215_031_704
# The hosts that others ask are looked up only when a feed is due.
_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM digest_feed
    WHERE state = 'active' AND next_check_at <= %(before)s
      AND (claimed_until IS NULL OR claimed_until <= %(now)s)
      AND NOT (%(whole_hosts)s AND host IN (
          SELECT host FROM digest_feed WHERE claimed_until > %(now)s AND claimed_by <> %(mark)s
      ))
    ORDER BY next_check_at
    LIMIT %(limit)s
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE digest_feed f SET claimed_until = %(until)s, claimed_by = %(mark)s
FROM due WHERE f.id = due.id
RETURNING f.id, f.url, f.host, f.title, f.site_url, f.language, f.hub_url, f.hub_topic,
    f.next_check_at, f.etag, f.last_modified, f.body_hash, f.moved_to, f.moved_looks,
    f.check_every, f.interval, f.usual_gap, f.newest_at, f.wishes::text, f.hub_state,
    f.hub_lease_until,
    f.failures, f.error_kind, f.error_reason, f.latency_ms, f.unchanged_looks, f.checks_kept,
    f.broke_news_at
"""

_RENEW = """
UPDATE digest_feed SET claimed_until = %(until)s
WHERE id IN (
    SELECT id FROM digest_feed WHERE claimed_by = %(mark)s FOR NO KEY UPDATE SKIP LOCKED
)
"""


def claim(
    *,
    now: datetime,
    limit: int,
    mark: str,
    due_before: datetime | None = None,
    whole_hosts: bool = False,
) -> list[DueFeed]:
    """Take up to ``limit`` due feeds, longest due first, passing over those that others hold.

    They are held until ``now`` and :data:`LEASE`; a :class:`Heartbeat` holds them longer. With
    ``whole_hosts`` a host of which another holds a feed is passed over, so that one process alone
    minds how often it is asked.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if whole_hosts:
            # One after the other: of two at once neither would see what the other takes.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(
            _CLAIM,
            {
                "now": now,
                "before": due_before or now,
                "until": now + LEASE,
                "limit": limit,
                "mark": mark,
                "whole_hosts": whole_hosts,
            },
        )
        found = [DueFeed(*row) for row in cursor.fetchall()]
    return sorted(found, key=lambda due: due.next_check_at)


def renew(*, now: datetime, mark: str) -> int:
    """Hold on to what is claimed under ``mark``; how many feeds that is.

    Feeds that a transaction holds just now are passed over: they are being given back, and who
    waited for one while holding another could wait in a circle.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, {"until": now + LEASE, "mark": mark})
        return int(cursor.rowcount)


def release(due: Iterable[DueFeed], *, mark: str) -> None:
    """Give feeds back unlooked-at: they are due as they were."""
    Feed.objects.filter(pk__in=[each.id for each in due], claimed_by=mark).update(
        claimed_until=None, claimed_by=""
    )


class Heartbeat:
    """Renews the claims under ``mark`` from a thread of its own, on a connection of its own.

    Proof of life of a poller: when its process dies, the claims lapse. :meth:`worked` is to be
    called whenever something was recorded; without it the renewing ends after five minutes.
    """

    def __init__(
        self, mark: str, now_fn: Callable[[], datetime], every: float = BEAT_SECONDS
    ) -> None:
        self._mark = mark
        self._now_fn = now_fn
        self._every = every
        self._worked_at = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="poll-heartbeat", daemon=True)

    def worked(self) -> None:
        """Something was recorded just now."""
        self._worked_at = time.monotonic()

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.wait(self._every):
                if time.monotonic() - self._worked_at > STUCK_SECONDS:
                    log.error("poller is stuck, its feeds go to others", mark=self._mark)
                    return
                self._beat()
        finally:
            connection.close()

    def _beat(self) -> Any:
        try:
            return renew(now=self._now_fn(), mark=self._mark)
        except DatabaseError as error:
            # The next beat may find the database back; else the claims lapse, as they should.
            connection.close()
            log.warning("claims not renewed", reason=str(error))
        return 0
