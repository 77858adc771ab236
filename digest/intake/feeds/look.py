"""What one look at a feed means for its row: values in, values out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from digest.intake.feeds.claim import DueFeed
from digest.intake.feeds.formats import hubs
from digest.intake.feeds.formats.entries import About, NewEntries
from digest.intake.feeds.models import Feed
from digest.intake.feeds.polling import cadence
from digest.intake.feeds.polling.cadence import FeedHints, ObservedRhythm
from digest.intake.feeds.polling.fetch import Failed, Fetched
from digest.kit.text import cut, one_line

# The kind of a failure that comes again with the same bytes, so that they are not read again.
SET_ASIDE = "set-aside"
# A permanent redirect is believed when it comes in so many looks in a row.
MOVED_LOOKS = 2


@dataclass(frozen=True, slots=True)
class Look:
    """What came of a look. ``kind``: ok, unchanged, put-off, or that of a failure.

    ``fields`` is what changes on the row beside the usual; a look without them is recorded
    together with hundreds of its like. ``following`` is the next one.
    """

    due: DueFeed
    kind: str
    at: datetime
    following: cadence.Next
    status: int | None = None
    took_ms: int = 0
    size_bytes: int = 0
    entries: int = 0
    new_articles: int = 0
    reason: str = ""
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether the feed was asked and brought nothing."""
        return self.kind not in {"ok", "unchanged", "put-off"}


def unchanged(
    due: DueFeed, result: Fetched, now: datetime, is_taken: Callable[[str], bool]
) -> Look:  # fmt: skip
    """Of an answer 304, or one with the very bytes of the last."""
    following = _next(due, result, due.rhythm, due.wishes, now)
    return Look(
        due, "unchanged", now, following, result.status, result.took_ms, len(result.body),
        fields=_moved(due, result, is_taken),
    )  # fmt: skip


def read(
    due: DueFeed,
    result: Fetched,
    reading: NewEntries,
    body_hash: bytes,
    new_articles: int,
    now: datetime,
    is_taken: Callable[[str], bool],
) -> Look:
    """Of a document whose unseen entries were ingested; "unchanged" when there were none."""
    parsed = reading.parsed
    moments = [entry.published or entry.updated for entry in parsed.entries]
    rhythm = due.rhythm.heard(moments, now, new=new_articles)
    fields: dict[str, Any] = {
        "body_hash": body_hash,
        "etag": validator(result.headers.get("etag", "")),
        "last_modified": validator(result.headers.get("last-modified", "")),
    }
    wishes = due.wishes
    if reading.path != "nothing-new":
        wishes = _wishes(parsed.about)
        fields |= {
            "usual_gap": rhythm.gap,
            "newest_at": rhythm.newest_at,
            "wishes": wishes.to_document(),
            **_learned(due, parsed.about),
            **_hub(due, result, parsed.about),
        }
    fields |= _moved(due, result, is_taken)
    kind = "ok" if parsed.entries or due.body_hash is None else "unchanged"
    return Look(
        due, kind, now, _next(due, result, rhythm, wishes, now), result.status, result.took_ms,
        len(result.body), len(parsed.entries), new_articles,
        reason=cut(" ".join(parsed.notes), 500), fields=fields,
    )  # fmt: skip


def failure(
    due: DueFeed,
    now: datetime,
    kind: str,
    reason: str,
    *,
    status: int | None = None,
    headers: dict[str, str] | None = None,
    took_ms: int = 0,
) -> Look:
    """Of a feed that brought nothing; 410 (gone for good) retires it."""
    following = cadence.after_failure(
        now=now,
        key=str(due.id),
        failures=due.failures + 1,
        headers=headers,
        status=status,
        every=due.check_every,
    )
    reason = cut(one_line(reason), 500)
    fields: dict[str, Any] = {"error_kind": kind, "error_reason": reason}
    if status == 410:
        fields |= {"state": Feed.State.RETIRED, "state_reason": reason}
    return Look(due, kind, now, following, status, took_ms, reason=reason, fields=fields)


def set_aside(due: DueFeed, result: Fetched, body_hash: bytes, reason: str, now: datetime) -> Look:
    """Of a document that cannot be read within its limits: its bytes are not tried again."""
    reason = cut(one_line(reason), 400)
    if due.error_kind != SET_ASIDE:
        reason = f"{reason} It is set aside until the feed sends another."
    look = failure(due, now, SET_ASIDE, reason, status=result.status, took_ms=result.took_ms)
    look.fields["body_hash"] = body_hash
    return look


def put_off(due: DueFeed, result: Failed, now: datetime) -> Look:
    """Of a feed that was not asked, because its host wants to be left alone for now."""
    wait = min(cadence.retry_after(result.headers, now), cadence.LATEST)
    wait = max(wait, due.interval or cadence.FIRST_RETRY)
    spread = timedelta(seconds=due.id % 60)
    following = cadence.Next(now + wait + spread, due.interval or cadence.UNKNOWN)
    return Look(due, "put-off", now, following, result.status, reason=result.reason)


def _wishes(about: About) -> FeedHints:
    """What a document asks of its readers."""
    return FeedHints(
        about.ttl_minutes or 0, about.update_minutes or 0, about.skip_hours, about.skip_days
    )


def _learned(due: DueFeed, about: About) -> dict[str, Any]:
    """What a document says of its feed, as far as the row does not say it yet."""
    told = {
        "title": cut(one_line(about.title), 300),
        "site_url": about.site_url,
        "language": about.language[:16],
    }
    return {name: value for name, value in told.items() if value and not getattr(due, name)}


def validator(value: str) -> str:
    """An ETag or Last-Modified worth sending back; some servers put junk there."""
    return value if value.isascii() and value.isprintable() and len(value) < 1000 else ""


def _hub(due: DueFeed, result: Fetched, about: About) -> dict[str, Any]:
    """A hub seen for the first time, or another than before: it is asked soon."""
    hub = hubs.discover(result.headers, result.url, about.hub_url, about.self_url)
    if hub is None or (hub.url, hub.topic) == (due.hub_url, due.hub_topic):
        return {}
    return {
        "hub_url": hub.url, "hub_topic": hub.topic, "hub_state": Feed.HubState.NONE,
        "hub_secret": "", "hub_lease_until": None, "hub_next_at": None, "hub_failures": 0,
        "hub_reason": "",
    }  # fmt: skip


def _next(
    due: DueFeed, result: Fetched, rhythm: ObservedRhythm, wishes: FeedHints, now: datetime
) -> cadence.Next:
    """By the feed's cadence; rarely while its hub pushes, unless an editor set its interval."""
    following = cadence.after_success(
        now=now,
        key=str(due.id),
        rhythm=rhythm,
        wishes=wishes,
        # Whoever answers 304 has known what we showed.
        headers={"etag": due.etag} | result.headers if result.status == 304 else result.headers,
        every=due.check_every,
        broke_news_at=due.broke_news_at,
    )
    live = due.hub_state == Feed.HubState.LIVE and due.check_every is None
    lease_until = due.hub_lease_until if live else None
    return cadence.Next(
        hubs.at_rest(following.at, now=now, lease_until=lease_until), following.interval
    )


def _moved(due: DueFeed, result: Fetched, is_taken: Callable[[str], bool]) -> dict[str, Any]:
    """A permanent redirect (301, 308) moves the feed's address when it comes again.

    One back from https to http is not believed. When the new address is polled already, this
    feed is retired in its favour.
    """
    target = result.moved_to
    downgraded = due.url.startswith("https://") and not (target or "").startswith("https://")
    if target is None or target == due.url or downgraded:
        return {"moved_to": "", "moved_looks": 0} if due.moved_to else {}
    looks = due.moved_looks + 1 if target == due.moved_to else 1
    if looks < MOVED_LOOKS:
        return {"moved_to": target, "moved_looks": looks}
    if is_taken(target):
        return {
            "state": Feed.State.RETIRED,
            "state_reason": f"It has moved to {target}, which is polled already.",
        }
    return {"url": target, "moved_to": "", "moved_looks": 0}
