"""The run that keeps feeds read: claim, commit, fetch, ingest and record."""

import hashlib
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction

from digest.intake.feeds import look as looking
from digest.intake.feeds.claim import DueFeed, Heartbeat, claim, release
from digest.intake.feeds.formats.entries import NewEntries, NotAFeed, Parsed
from digest.intake.feeds.look import Look
from digest.intake.feeds.models import Feed
from digest.intake.feeds.polling.cadence import retry_after
from digest.intake.feeds.polling.fetch import Ask, Failed, Fetched, FetchThread, Manners
from digest.intake.feeds.polling.lanes import Answer, Lanes, ToRead
from digest.intake.feeds.polling.report import Failure, PollReport
from digest.intake.feeds.record import leave_alone, record, remember, remembered
from digest.kit import wake
from digest.kit.apart.limits import raise_limit
from digest.kit.apart.process import Killed
from digest.kit.observe import log

CLAIM_AT_ONCE = 200
GRACE_SECONDS = 5.0
_WAKE_EVERY = 2.0
_FLUSH_EVERY = 0.5
_FLUSH_AT = 200
_AT_HAND = 50
# So many feeds are stored together, and none waits longer for company.
_STORE_AT = 6
_STORE_EVERY = 0.25
_ASK_AGAIN = 1.0


class IngestReport(Protocol):
    """What an ingest step reports."""

    @property
    def new_article_ids(self) -> tuple[int, ...]: ...
    @property
    def entries(self) -> int: ...


Ingest = Callable[..., IngestReport]
IngestAll = Callable[..., Sequence[IngestReport | None]]


# A document that came, and what it says that was not seen before.
Reading = tuple[ToRead, NewEntries]


def poll_due(
    *,
    now_fn: Callable[[], datetime],
    limit: int,
    worker: str,
    ingest: Ingest,
    ingest_all: IngestAll | None = None,
    due_before: datetime | None = None,
    on_result: Callable[[DueFeed], None] = lambda due: None,
    seconds: float | None = None,
) -> PollReport:
    """Look at up to ``limit`` due feeds, hundreds of them at once; ingest and record what came.

    Feeds are claimed a few hundred at a time, as places come free, so that slow ones hold nobody
    up. ``worker`` names the process in the claims. ``ingest`` is the step that stores a document's
    entries, ``(feed_id, parsed, *, now)``; ``ingest_all``, where given, the one that stores those
    of several, ``([(feed_id, parsed), …], *, now)``, with None for a feed that has to wait for
    another call. ``due_before`` leaves out what fell due after it; ``on_result`` is told of each
    feed. With ``seconds`` what falls due meanwhile is claimed too, and nothing after them; what its
    host has not let in by the end is given back. Claims of a run that dies lapse within
    :data:`digest.intake.feeds.claim.LEASE`: the feeds are due again then.
    """
    mark = f"{worker[:40]}/{uuid.uuid4().hex[:12]}"

    here = manners()

    def take(most: int) -> list[DueFeed]:
        return claim(
            now=now_fn(), limit=most, mark=mark, due_before=due_before,
            whole_hosts=here.per_host > 0,
        )  # fmt: skip

    first = take(min(limit, CLAIM_AT_ONCE))
    if not first:
        return PollReport()
    with (
        FetchThread(here) as crew,
        Lanes(fast=settings.DIGEST_FAST_READER) as lanes,
        Heartbeat(mark, now_fn) as heartbeat,
    ):
        stored = ingest_all or _one_by_one(ingest)
        run = _Run(crew, lanes, mark, now_fn, stored, on_result, heartbeat)
        try:
            run.begin(first)
            more_due = run.work(take, limit, seconds, here)
        except BaseException:
            run.give_back()
            raise
    if more_due:
        wake.call("poll")
    return run.report


def _one_by_one(ingest: Ingest) -> IngestAll:
    def ingest_all(
        documents: Sequence[tuple[int, Parsed]], *, now: datetime
    ) -> list[IngestReport | None]:
        (feed_id, parsed), *others = documents
        return [ingest(feed_id, parsed, now=now), *(None for _ in others)]

    return ingest_all


class _Run:
    """One run's feeds in hand, and what it has found so far."""

    def __init__(
        self,
        crew: FetchThread,
        lanes: Lanes,
        mark: str,
        now_fn: Callable[[], datetime],
        ingest_all: IngestAll,
        on_result: Callable[[DueFeed], None],
        heartbeat: Heartbeat,
    ) -> None:
        self._counted: Counter[str] = Counter()
        self._failures: list[Failure] = []
        self._crew = crew
        self._lanes = lanes
        self._mark = mark
        self._now_fn = now_fn
        self._ingest_all = ingest_all
        self._on_result = on_result
        self._heartbeat = heartbeat
        self._in_hand: dict[int, DueFeed] = {}
        self._claimed = 0
        self._unwritten: list[Look] = []
        self._unstored: list[Reading] = []
        self._unstored_since = 0.0
        self._flushed = self._woken = time.monotonic()
        self._news = False

    @property
    def report(self) -> PollReport:
        """What came of the feeds that are done."""
        found = self._counted
        return PollReport(
            due=found["due"],
            ok=found["ok"],
            unchanged=found["unchanged"],
            failed=found["failed"],
            entries=found["entries"],
            new_articles=found["new_articles"],
            failures=tuple(self._failures),
        )

    def begin(self, feeds: list[DueFeed]) -> None:
        """Fetch these too."""
        self._claimed += len(feeds)
        self._in_hand |= {due.id: due for due in feeds}
        self._crew.send(Ask(due.id, due.url, due.etag, due.last_modified) for due in feeds)

    def work(
        self,
        take: Callable[[int], list[DueFeed]],
        limit: int,
        seconds: float | None,
        here: Manners,
    ) -> bool:
        """Until all is done; whether more may be due."""
        began = asked_at = time.monotonic()
        dry = self._claimed < min(limit, CLAIM_AT_ONCE)
        while self._crew.outstanding or not self._lanes.is_idle or self._unstored:
            late = seconds is not None and time.monotonic() - began > seconds
            room = min(limit - self._claimed, CLAIM_AT_ONCE)
            # While a slow server is waited for, others fall due.
            again = seconds is not None and time.monotonic() - asked_at > _ASK_AGAIN
            if (again or not dry) and not late and room and self._crew.busy <= here.at_once:
                found, asked_at = take(room), time.monotonic()
                dry = len(found) < room
                self.begin(found)
            self._take_some()
            self._flush(at_least=_FLUSH_AT)
            if (
                seconds is not None
                and time.monotonic() - began > seconds + here.seconds + GRACE_SECONDS
                # What has come is recorded: given back, it would be asked for again at once.
                and self._lanes.is_idle
                and not self._unstored
            ):
                break
        self._store()
        self._flush(at_least=0)
        self.give_back()
        self._wake(at_once=True)
        return not dry

    def give_back(self) -> None:
        """Free what was claimed and not looked at."""
        if self._in_hand:
            release(self._in_hand.values(), mark=self._mark)
            self._in_hand = {}

    def _take_some(self) -> None:
        """Work on what has come and on what has been read."""
        if not self._lanes.is_full:
            wait = _FLUSH_EVERY if self._lanes.is_idle else 0
            self._take(self._crew.taken(most=_AT_HAND, seconds=wait if not self._unstored else 0))
        for document, answer in self._lanes.ended():
            self._crew.done_with(document.result)
            if isinstance(answer, NewEntries):
                if not self._unstored:
                    self._unstored_since = time.monotonic()
                self._unstored.append((document, answer))
            else:
                self._took(self._unread(document, answer), False)
        waited = time.monotonic() - self._unstored_since
        if len(self._unstored) >= _STORE_AT or waited > _STORE_EVERY or self._lanes.is_idle:
            self._store()

    def _take(self, results: Iterable[Fetched | Failed]) -> None:
        """What has come is known for what it is, or has to be read first."""
        to_read = []
        for result in results:
            due, now = self._in_hand[result.ask.key], self._now_fn()
            if isinstance(result, Failed):
                self._took(self._failed(due, result, now), False)
                continue
            body_hash = hashlib.sha256(result.body).digest()
            same = due.body_hash is not None and bytes(due.body_hash) == body_hash
            if same and due.error_kind == looking.SET_ASIDE:
                look = looking.set_aside(due, result, body_hash, due.error_reason, now)
            elif result.status == 304 or same:
                look = looking.unchanged(due, result, now, _is_taken)
            else:
                to_read.append((result, body_hash))
                continue
            self._crew.done_with(result)
            self._took(look, False)
        seen = remembered([result.ask.key for result, _ in to_read])
        for result, body_hash in to_read:
            self._lanes.put(ToRead(result, body_hash, seen[result.ask.key]))

    def _took(self, look: Look, is_written: bool) -> None:
        if is_written:
            self._done(look)
        else:
            self._unwritten.append(look)
        self._news = self._news or look.new_articles > 0
        self._wake(at_once=False)
        self._on_result(look.due)

    def _unread(self, document: ToRead, answer: Answer) -> Look:
        """What came of a document that could not be read."""
        result = document.result
        due, now = self._in_hand[result.ask.key], self._now_fn()
        if isinstance(answer, Killed):
            return looking.set_aside(due, result, document.body_hash, answer.reason, now)
        if isinstance(answer, NotAFeed):
            return looking.failure(
                due, now, "not-a-feed", answer.reason, status=result.status,
                took_ms=result.took_ms,
            )  # fmt: skip
        assert isinstance(answer, Exception)
        raise_limit(answer)
        return self._at_fault(due, result, answer, now)

    def _at_fault(self, due: DueFeed, result: Fetched, error: Exception, now: datetime) -> Look:
        log.error("feed not ingested", feed=due.id, url=due.url, exc_info=error)
        reason = "Its entries could not be stored; this is an error of ours, and it is logged."
        return looking.failure(
            due, now, "internal", reason, status=result.status, took_ms=result.took_ms
        )

    def _store(self) -> None:
        """Store what has been read: several feeds in one transaction, or each in its own where
        one of them cannot be stored."""
        readings, self._unstored = self._unstored, []
        while readings:
            try:
                stored = self._stored(readings)
            except Exception as error:
                raise_limit(error)
                if len(readings) == 1:
                    self._not_stored(readings.pop(), error)
                for each in readings:
                    self._unstored = [each]
                    self._store()
                return
            for look in stored.values():
                self._took(look, True)
            readings = [each for each in readings if each[0].result.ask.key not in stored]

    def _not_stored(self, reading: Reading, error: Exception) -> None:
        result = reading[0].result
        due = self._in_hand[result.ask.key]
        self._took(self._at_fault(due, result, error, self._now_fn()), False)

    def _stored(self, readings: Sequence[Reading]) -> dict[int, Look]:
        """By feed, what came of those that were stored together; at least the first is."""
        now = self._now_fn()
        looks: dict[int, Look] = {}
        with transaction.atomic():
            new = self._ingested(readings, now)
            for document, reading in readings:
                key = document.result.ask.key
                if key in new:
                    looks[key] = looking.read(
                        self._in_hand[key], document.result, reading, document.body_hash,
                        new[key], now, _is_taken,
                    )  # fmt: skip
            # The items count as seen only if their articles are stored: all or nothing.
            remember({
                document.result.ask.key: reading.item_hashes for document, reading in readings
                if document.result.ask.key in looks
            })  # fmt: skip
            record(list(looks.values()), mark=self._mark)
        return looks

    def _ingested(self, readings: Sequence[Reading], now: datetime) -> dict[int, int]:
        """By feed, how many articles were new, for those that had not to wait."""
        parsed = {document.result.ask.key: reading.parsed for document, reading in readings}
        full = [(key, each) for key, each in parsed.items() if each.entries or each.deleted]
        new = {key: 0 for key, each in parsed.items() if not (each.entries or each.deleted)}
        reports = self._ingest_all(full, now=now) if full else ()
        for (key, _), report in zip(full, reports, strict=True):
            if report is not None:
                new[key] = len(report.new_article_ids)
        return new

    def _failed(self, due: DueFeed, result: Failed, now: datetime) -> Look:
        if not result.asked:
            return looking.put_off(due, result, now)
        if result.status in {429, 503} and manners().per_host:
            wait = min(retry_after(result.headers, now), timedelta(days=1))
            if wait:
                leave_alone(due.host, now + wait)
        return looking.failure(
            due, now, result.kind, result.reason, status=result.status, headers=result.headers,
            took_ms=result.took_ms,
        )  # fmt: skip

    def _flush(self, at_least: int) -> None:
        """Write down what is unwritten, when it is much or has waited long enough."""
        waited = time.monotonic() - self._flushed
        if not self._unwritten or (len(self._unwritten) < at_least and waited < _FLUSH_EVERY):
            return
        looks, self._unwritten = self._unwritten, []
        record(looks, mark=self._mark)
        for look in looks:
            self._done(look)
        self._flushed = time.monotonic()

    def _done(self, look: Look) -> None:
        del self._in_hand[look.due.id]
        self._heartbeat.worked()
        self._counted["due"] += look.kind != "put-off"
        self._counted["failed" if look.failed else look.kind] += 1
        self._counted["entries"] += look.entries
        self._counted["new_articles"] += look.new_articles
        if look.failed:
            self._failures.append(Failure(look.due.url, look.kind, look.reason))

    def _wake(self, *, at_once: bool) -> None:
        """Tell the newsdesk of news, every two seconds at most."""
        if self._news and (at_once or time.monotonic() - self._woken >= _WAKE_EVERY):
            wake.call("assign")
            self._woken, self._news = time.monotonic(), False


def manners() -> Manners:
    """How this installation fetches."""
    return Manners(
        user_agent=settings.DIGEST_USER_AGENT,
        seconds=settings.DIGEST_FETCH_TIMEOUT.total_seconds(),
        per_host=_per_host(),
        allow_private=settings.DIGEST_ALLOW_PRIVATE_FETCH,
    )


def _per_host() -> int:
    if settings.DIGEST_FETCH_PER_HOST == "":
        return 0 if settings.DIGEST_ALLOW_PRIVATE_FETCH else 2
    return int(settings.DIGEST_FETCH_PER_HOST)


def _is_taken(url: str) -> bool:
    return Feed.objects.filter(url=url).exists()
