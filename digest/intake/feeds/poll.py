"""The run that keeps feeds read: claim, commit, fetch, ingest and record."""

import hashlib
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

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


class IngestReport(Protocol):
    """What an ingest step reports."""

    @property
    def new_article_ids(self) -> tuple[int, ...]: ...
    @property
    def entries(self) -> int: ...


Ingest = Callable[..., IngestReport]


@dataclass(frozen=True, slots=True)
class Failure:
    """A feed that brought nothing this time, and why."""

    url: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class PollReport:
    """What a run did: ``due`` feeds were looked at; each was ok, unchanged or failed."""

    due: int = 0
    ok: int = 0
    unchanged: int = 0
    failed: int = 0
    entries: int = 0
    new_articles: int = 0
    failures: tuple[Failure, ...] = field(default=())

    def __add__(self, other: "PollReport") -> "PollReport":
        """Both together."""
        return PollReport(
            *(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__)
        )

    def to_document(self) -> dict[str, Any]:
        """As JSON-ready values, under the names that ``digest poll --json`` promises."""
        return asdict(self) | {"failures": [asdict(each) for each in self.failures]}


def poll_due(
    *,
    now_fn: Callable[[], datetime],
    limit: int,
    worker: str,
    ingest: Ingest,
    due_before: datetime | None = None,
    on_result: Callable[[DueFeed], None] = lambda due: None,
    seconds: float | None = None,
) -> PollReport:
    """Look at up to ``limit`` due feeds, hundreds of them at once; ingest and record what came.

    Feeds are claimed a few hundred at a time, as places come free, so that slow ones hold nobody
    up. ``worker`` names the process in the claims; ``ingest`` is the step that stores a
    document's entries, ``(feed_id, parsed, *, now)``; ``due_before`` leaves out what fell due
    after it; ``on_result`` is told of each feed. With ``seconds`` no feed is claimed after them,
    and what its host has not let in by the end is given back. Claims of a run that dies lapse
    within :data:`digest.intake.feeds.claim.LEASE`: the feeds are due again then.
    """
    mark = f"{worker[:40]}/{uuid.uuid4().hex[:12]}"

    def take(most: int) -> list[DueFeed]:
        return claim(now=now_fn(), limit=most, mark=mark, due_before=due_before)

    first = take(min(limit, CLAIM_AT_ONCE))
    if not first:
        return PollReport()
    here = manners()
    with (
        FetchThread(here) as crew,
        Lanes(fast=settings.DIGEST_FAST_READER) as lanes,
        Heartbeat(mark, now_fn) as heartbeat,
    ):
        run = _Run(crew, lanes, mark, now_fn, ingest, on_result, heartbeat)
        try:
            run.begin(first)
            more_due = run.work(take, limit, seconds, here)
        except BaseException:
            run.give_back()
            raise
    if more_due:
        wake.call("poll")
    return run.report


class _Run:
    """One run's feeds in hand, and what it has found so far."""

    def __init__(
        self,
        crew: FetchThread,
        lanes: Lanes,
        mark: str,
        now_fn: Callable[[], datetime],
        ingest: Ingest,
        on_result: Callable[[DueFeed], None],
        heartbeat: Heartbeat,
    ) -> None:
        self._counted: Counter[str] = Counter()
        self._failures: list[Failure] = []
        self._crew = crew
        self._lanes = lanes
        self._mark = mark
        self._now_fn = now_fn
        self._ingest = ingest
        self._on_result = on_result
        self._heartbeat = heartbeat
        self._in_hand: dict[int, DueFeed] = {}
        self._claimed = 0
        self._unwritten: list[Look] = []
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
        began = time.monotonic()
        asked = min(limit, CLAIM_AT_ONCE)
        dry = self._claimed < asked
        while self._crew.outstanding or not self._lanes.is_idle:
            late = seconds is not None and time.monotonic() - began > seconds
            room = min(limit - self._claimed, CLAIM_AT_ONCE)
            if not dry and not late and room and self._crew.busy <= here.at_once:
                found = take(room)
                dry = len(found) < room
                self.begin(found)
            self._take_some()
            self._flush(at_least=_FLUSH_AT)
            if (
                seconds is not None
                and time.monotonic() - began > seconds + here.seconds + GRACE_SECONDS
            ):
                break
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
            for result in self._crew.taken(most=_AT_HAND, seconds=wait):
                self._take(result)
        for document, answer in self._lanes.ended():
            self._crew.done_with(document.result)
            self._took(document.result, *self._read(document, answer))

    def _take(self, result: Fetched | Failed) -> None:
        """What has come is known for what it is, or has to be read first."""
        due, now = self._in_hand[result.ask.key], self._now_fn()
        if isinstance(result, Failed):
            self._took(result, self._failed(due, result, now), False)
            return
        body_hash = hashlib.sha256(result.body).digest()
        same = due.body_hash is not None and bytes(due.body_hash) == body_hash
        if same and due.error_kind == looking.SET_ASIDE:
            look = looking.set_aside(due, result, body_hash, due.error_reason, now)
        elif result.status == 304 or same:
            look = looking.unchanged(due, result, now, _is_taken)
        else:
            self._lanes.put(ToRead(result, body_hash, remembered(due.id)))
            return
        self._crew.done_with(result)
        self._took(result, look, False)

    def _took(self, result: Fetched | Failed, look: Look, is_written: bool) -> None:
        if is_written:
            self._done(look)
        else:
            self._unwritten.append(look)
        self._news = self._news or look.new_articles > 0
        self._wake(at_once=False)
        self._on_result(look.due)

    def _read(self, document: ToRead, answer: Answer) -> tuple[Look, bool]:
        """What came of a document that was read, and whether it is written down already."""
        result = document.result
        due, now = self._in_hand[result.ask.key], self._now_fn()
        try:
            match answer:
                case Killed():
                    return looking.set_aside(
                        due, result, document.body_hash, answer.reason, now
                    ), False  # fmt: skip
                case NotAFeed():
                    return looking.failure(
                        due, now, "not-a-feed", answer.reason, status=result.status,
                        took_ms=result.took_ms,
                    ), False  # fmt: skip
                case NewEntries():
                    return self._stored(due, result, document.body_hash, answer, now), True
            raise answer
        except Exception as error:
            raise_limit(error)
            log.exception("feed not ingested", feed=due.id, url=due.url)
            reason = "Its entries could not be stored; this is an error of ours, and it is logged."
            return looking.failure(
                due, now, "internal", reason, status=result.status, took_ms=result.took_ms
            ), False

    def _stored(
        self, due: DueFeed, result: Fetched, body_hash: bytes, reading: NewEntries, now: datetime
    ) -> Look:
        with transaction.atomic():
            new = self._ingested(due.id, reading.parsed, now)
            look = looking.read(due, result, reading, body_hash, new, now, _is_taken)
            # The items count as seen only if their articles are stored: all or nothing.
            remember(due.id, reading.item_hashes)
            record([look], mark=self._mark)
        return look

    def _ingested(self, feed_id: int, parsed: Parsed, now: datetime) -> int:
        """How many articles were new."""
        if not parsed.entries and not parsed.deleted:
            return 0
        return len(self._ingest(feed_id, parsed, now=now).new_article_ids)

    def _failed(self, due: DueFeed, result: Failed, now: datetime) -> Look:
        if not result.asked:
            return looking.put_off(due, result, now)
        if result.status in {429, 503} and not settings.DIGEST_ALLOW_PRIVATE_FETCH:
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
        per_host=0 if settings.DIGEST_ALLOW_PRIVATE_FETCH else 2,
        allow_private=settings.DIGEST_ALLOW_PRIVATE_FETCH,
    )


def _is_taken(url: str) -> bool:
    return Feed.objects.filter(url=url).exists()
