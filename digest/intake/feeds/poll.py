"""The run that keeps feeds read: claim, commit, fetch, record, ingest."""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.db import models, transaction

from digest.intake.feeds import cadence, hubs
from digest.intake.feeds.fetch import Ask, Failed, Fetched, Manners, fetch_all
from digest.intake.feeds.models import Feed, FeedCheck
from digest.intake.feeds.parse import NotAFeed, Parsed, parse
from digest.kit import wake
from digest.kit.observe import log
from digest.kit.text import cut, one_line

LEASE = timedelta(minutes=10)
_WAKE_EVERY = timedelta(seconds=2)


class Taken(Protocol):
    """What an ingest step reports."""

    @property
    def new_article_ids(self) -> tuple[int, ...]: ...
    @property
    def entries(self) -> int: ...


Ingest = Callable[..., Taken]


@dataclass(frozen=True, slots=True)
class Failure:
    """A feed that brought nothing this time, and why."""

    url: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class PollReport:
    """What a run did: ``due`` feeds were claimed; each is ok, unchanged or failed."""

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


def manners() -> Manners:
    """How this installation fetches."""
    return Manners(
        user_agent=settings.DIGEST_USER_AGENT,
        seconds=settings.DIGEST_FETCH_TIMEOUT.total_seconds(),
        allow_private=settings.DIGEST_ALLOW_PRIVATE_FETCH,
    )


def poll_due(
    *,
    now_fn: Callable[[], datetime],
    limit: int,
    worker: str,
    ingest: Ingest,
    due_before: datetime | None = None,
    on_result: Callable[[Feed], None] = lambda feed: None,
) -> PollReport:
    """Claim up to ``limit`` due feeds, fetch them side by side, record and ingest each.

    ``worker`` names the process in the claim; ``ingest`` is the step that stores a document's
    entries, ``(feed_id, parsed, *, now)``; ``due_before`` leaves out what fell due after it;
    ``on_result`` is told of each feed when it is done. A
    run that dies leaves claims that lapse after ten minutes: the feeds are due again then.
    """
    mark = f"{worker[:40]}/{uuid.uuid4().hex[:12]}"
    feeds = {
        feed.pk: feed for feed in claim(now=now_fn(), limit=limit, mark=mark, due_before=due_before)
    }
    asks = [
        Ask(feed.pk, feed.url, feed.etag, feed.last_modified) for feed in feeds.values()
    ]  # fmt: skip
    report, woken, news = PollReport(due=len(feeds)), now_fn(), False
    for result in fetch_all(asks, manners()):
        feed, now = feeds[result.ask.key], now_fn()
        outcome = _outcome(feed, result, ingest, now)
        _record(feed, outcome, mark, now)
        report += _reported(feed, outcome)
        news = news or outcome.new_articles > 0
        if news and now - woken >= _WAKE_EVERY:
            wake.call("assign")
            woken, news = now, False
        on_result(feed)
    if news:
        wake.call("assign")
    if report.due == limit:
        wake.call("poll")
    return report


def claim(
    *, now: datetime, limit: int, mark: str, due_before: datetime | None = None
) -> list[Feed]:
    """Take up to ``limit`` due feeds for ten minutes, passing over those that others hold."""
    with transaction.atomic():
        free = models.Q(claimed_until__isnull=True) | models.Q(claimed_until__lte=now)
        feeds = list(
            Feed.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(free, state=Feed.State.ACTIVE, next_check_at__lte=due_before or now)
            .order_by("next_check_at")[:limit]
        )
        Feed.objects.filter(pk__in=[feed.pk for feed in feeds]).update(
            claimed_until=now + LEASE, claimed_by=mark
        )
    return feeds


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One look at a feed: ``kind`` ok, unchanged or a failure's, ``fields`` what it changes."""

    kind: str
    result: Fetched | Failed
    fields: dict[str, Any]
    reason: str = ""
    entries: int = 0
    new_articles: int = 0

    @property
    def failed(self) -> bool:
        return self.kind not in {"ok", "unchanged"}


def _outcome(feed: Feed, result: Fetched | Failed, ingest: Ingest, now: datetime) -> _Outcome:
    if isinstance(result, Failed):
        return _failure(feed, result, result.kind, result.reason, now)
    body_hash = hashlib.sha256(result.body).digest()
    same = feed.body_hash is not None and bytes(feed.body_hash) == body_hash
    if result.status == 304 or same:
        return _Outcome("unchanged", result, _success(feed, result, None, now))
    parsed = parse(result.body, result.headers, result.url)
    if isinstance(parsed, NotAFeed):
        return _failure(feed, result, "not-a-feed", parsed.reason, now)
    try:
        taken = ingest(feed.pk, parsed, now=now)
    except Exception:
        log.exception("feed not ingested", feed=feed.pk, url=feed.url)
        reason = "Its entries could not be stored; this is an error of ours, and it is logged."
        return _failure(feed, result, "internal", reason, now)
    fields = _success(feed, result, parsed, now) | {"body_hash": body_hash}
    return _Outcome(
        "ok", result, fields, entries=taken.entries, new_articles=len(taken.new_article_ids)
    )


def _success(
    feed: Feed, result: Fetched, parsed: Parsed | None, now: datetime
) -> dict[str, Any]:  # fmt: skip
    entries = parsed.entries if parsed else ()
    following = cadence.after_success(
        now=now,
        key=str(feed.pk),
        published=[entry.published or entry.updated for entry in entries],
        ttl_minutes=parsed.about.ttl_minutes if parsed else None,
        headers=result.headers,
        every=feed.check_every,
        known=feed.interval,
    )
    fields: dict[str, Any] = {
        "next_check_at": _at_rest(feed, following.at, now),
        "interval": following.interval,
        "checked_at": now,
        "succeeded_at": now,
        "failures": 0,
        "error_kind": "",
        "error_reason": "",
    }
    if parsed is None:
        return fields
    about = parsed.about
    told = {
        "title": cut(one_line(about.title), 300),
        "site_url": about.site_url,
        "language": about.language[:16],
    }
    fields |= {name: value for name, value in told.items() if value and not getattr(feed, name)}
    fields["etag"] = _validator(result.headers.get("etag", ""))
    fields["last_modified"] = _validator(result.headers.get("last-modified", ""))
    return fields | _hub(feed, result, parsed) | _moved(feed, result)


def _at_rest(feed: Feed, following: datetime, now: datetime) -> datetime:
    """While its hub pushes, a feed is looked at rarely, unless an editor has set its interval."""
    live = feed.hub_state == Feed.HubState.LIVE and feed.check_every is None
    return hubs.at_rest(following, now=now, lease_until=feed.hub_lease_until if live else None)


def _hub(feed: Feed, result: Fetched, parsed: Parsed) -> dict[str, Any]:
    """A hub seen for the first time, or another than before: it is asked soon."""
    about = parsed.about
    hub = hubs.discover(result.headers, result.url, about.hub_url, about.self_url)
    if hub is None or (hub.url, hub.topic) == (feed.hub_url, feed.hub_topic):
        return {}
    return {
        "hub_url": hub.url, "hub_topic": hub.topic, "hub_state": Feed.HubState.NONE,
        "hub_secret": "", "hub_lease_until": None, "hub_next_at": None, "hub_failures": 0,
        "hub_reason": "",
    }  # fmt: skip


def _moved(feed: Feed, result: Fetched) -> dict[str, Any]:
    """A permanent redirect (301, 308) to a document that is a feed moves the feed's address."""
    target = result.moved_to
    if target is None or target == feed.url:
        return {}
    if feed.url.startswith("https://") and not target.startswith("https://"):
        return {}
    if Feed.objects.filter(url=target).exists():
        return {
            "state": Feed.State.RETIRED,
            "state_reason": f"It has moved to {target}, which is polled already.",
        }
    return {"url": target}


def _failure(
    feed: Feed, result: Fetched | Failed, kind: str, reason: str, now: datetime
) -> _Outcome:
    failures = feed.failures + 1
    following = cadence.after_failure(
        now=now,
        key=str(feed.pk),
        failures=failures,
        headers=result.headers,
        status=result.status,
        every=feed.check_every,
    )
    reason = cut(one_line(reason), 500)
    fields: dict[str, Any] = {
        "next_check_at": following.at,
        "interval": feed.interval,
        "checked_at": now,
        "failures": failures,
        "error_kind": kind,
        "error_reason": reason,
    }
    if result.status == 410:
        fields |= {"state": Feed.State.RETIRED, "state_reason": reason}
    return _Outcome(kind, result, fields, reason)


def _record(feed: Feed, outcome: _Outcome, mark: str, now: datetime) -> None:
    """Write the outcome, unless the claim has lapsed and another run has the feed."""
    fields = outcome.fields | {"claimed_until": None, "claimed_by": ""}
    with transaction.atomic():
        if not Feed.objects.filter(pk=feed.pk, claimed_by=mark).update(**fields):
            return
        FeedCheck.objects.create(
            feed=feed,
            at=now,
            outcome=outcome.kind,
            status=outcome.result.status,
            took_ms=outcome.result.took_ms,
            size_bytes=len(getattr(outcome.result, "body", b"")),
            entries=outcome.entries,
            new_articles=outcome.new_articles,
            reason=outcome.reason,
        )
    if outcome.failed:
        log.info("feed failed", url=feed.url, kind=outcome.kind, reason=outcome.reason)


def _reported(feed: Feed, outcome: _Outcome) -> PollReport:
    failure = Failure(feed.url, outcome.kind, outcome.reason)
    return PollReport(
        ok=int(outcome.kind == "ok"),
        unchanged=int(outcome.kind == "unchanged"),
        failed=int(outcome.failed),
        entries=outcome.entries,
        new_articles=outcome.new_articles,
        failures=(failure,) if outcome.failed else (),
    )


def _validator(value: str) -> str:
    """An ETag or Last-Modified worth sending back; some servers put junk there."""
    return value if value.isascii() and value.isprintable() and len(value) < 1000 else ""
