"""How a feed does, in one word and in one sentence that an editor understands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

SLOW_MS = 5_000
# A feed that fails is worth a word only when it does so again.
PATIENCE = 3
SILENT_AT_LEAST = timedelta(days=3)
SILENT_GAPS = 10
SILENT_AT_MOST = timedelta(days=180)
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


class Observed(Protocol):
    """What of a feed's row the verdict depends on."""

    state: str
    state_reason: str
    failures: int
    error_reason: str
    checked_at: datetime | None
    succeeded_at: datetime | None
    newest_at: datetime | None
    usual_gap: timedelta | None
    latency_ms: int


class Promised(Protocol):
    """What of a feed's row says when it was to be looked at."""

    state: str
    interval: timedelta | None
    next_check_at: datetime


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """``word``: new, good, slow, silent, failing, paused or retired; ``why``: one sentence."""

    word: str
    why: str


def lateness(feed: Promised, now: datetime) -> timedelta:
    """How long after its promised look a feed still waits for it; zero while that is in time.

    A minute is in time, and so is a quarter of its interval.
    """
    if feed.state in {"paused", "retired"}:
        return timedelta(0)
    waited = now - feed.next_check_at
    in_time = max(timedelta(minutes=1), (feed.interval or timedelta(0)) / 4)
    return waited if waited > in_time else timedelta(0)


def judge(feed: Observed, now: datetime) -> FeedHealth:
    """The feed's health at ``now``.

    Failing: the last three looks failed, or the very first one did. Silent: nothing new for ten
    of its usual gaps, at least three days, or for half a year. Slow: it takes over five seconds
    to answer.
    """
    if feed.state in {"paused", "retired"}:
        return FeedHealth(feed.state, feed.state_reason or f"An editor {feed.state} it.")
    if feed.checked_at is None:
        return FeedHealth("new", "It has not been looked at yet.")
    if feed.failures and (feed.failures >= PATIENCE or feed.succeeded_at is None):
        since = (
            f" It last answered {lasting(now - feed.succeeded_at)} ago."
            if feed.succeeded_at
            else " It has never answered."
        )
        return FeedHealth("failing", f"{feed.error_reason}{since}")
    if _is_silent(feed, now):
        assert feed.newest_at is not None
        every = lasting(feed.usual_gap).removeprefix("1 ") if feed.usual_gap else ""
        usual = f"; usual is one every {every}" if every else ""
        return FeedHealth("silent", f"No new item for {lasting(now - feed.newest_at)}{usual}.")
    if feed.latency_ms >= SLOW_MS:
        return FeedHealth("slow", f"It takes about {feed.latency_ms / 1000:.0f} seconds to answer.")
    if feed.failures:
        return FeedHealth("good", f"The last look failed and will be repeated: {feed.error_reason}")
    return FeedHealth("good", "It answers as it should.")


def lasting(span: timedelta) -> str:
    """A time span in its largest whole unit: "3 days", "1 hour"."""
    seconds = max(int(span.total_seconds()), 1)
    for size, name in _UNITS:
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'s' if count != 1 else ''}"
    raise AssertionError("unreachable")


def _is_silent(feed: Observed, now: datetime) -> bool:
    if feed.newest_at is None:
        return False
    usual = max((feed.usual_gap or SILENT_AT_MOST) * SILENT_GAPS, SILENT_AT_LEAST)
    return now - feed.newest_at > min(usual, SILENT_AT_MOST)
