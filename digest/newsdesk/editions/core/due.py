"""Whether an edition goes out now, waits, is held for an editor, or is let pass. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from digest.newsdesk.newsletters.core.calendar import zone


class Verdict(str, Enum):
    """What becomes of an edition at a moment."""

    WAIT = "wait"
    PUBLISH = "publish"
    HOLD = "hold"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class EditionStanding:
    """What the verdict depends on. ``by_rule``: a draft may go without an editor.

    Without ``cut_off`` only an untouched one; with it, so long before the slot, any that nobody
    ``stopped``.
    """

    slot_at: datetime
    grace: timedelta
    time_zone: str
    approved_at: datetime | None = None
    by_rule: bool = False
    touched: bool = False
    stopped: bool = False
    cut_off: timedelta | None = None
    empty: bool = False

    @property
    def has_rules_word(self) -> bool:
        """Whether it may go by rule: untouched, or, with a cut-off, changed too; never stopped."""
        return self.by_rule and not self.stopped and (self.cut_off is not None or not self.touched)


def verdict(standing: EditionStanding, now: datetime) -> tuple[Verdict, str]:
    """The verdict at ``now``, and the reason an editor reads when it is not to publish.

    An approval given after the slot counts from when it was given: that editor knew the hour.
    """
    if now < standing.slot_at:
        return Verdict.WAIT, ""
    if standing.approved_at is None and not standing.has_rules_word:
        if now <= standing.slot_at + standing.grace:
            return Verdict.WAIT, ""
        return Verdict.HOLD, f"{_why_nobody(standing)} approved it by {_clock(standing)}."
    if standing.empty:
        return Verdict.SKIP, "Nothing new came in its window."
    since = max(standing.slot_at, standing.approved_at or standing.slot_at)
    if now <= since + standing.grace:
        return Verdict.PUBLISH, ""
    return Verdict.HOLD, f"It missed its hour by {span_words(now - standing.slot_at)}."


def is_past_cut_off(standing: EditionStanding, now: datetime) -> bool:
    """Whether the rule approves a draft now, ahead of its slot."""
    if standing.cut_off is None or not standing.has_rules_word:
        return False
    return standing.slot_at - standing.cut_off <= now < standing.slot_at


def span_words(span: timedelta) -> str:
    """``45 minutes``, ``2 hours 10 minutes``, ``3 days``."""
    minutes = int(span.total_seconds()) // 60
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return _number(days, "day")
    if hours:
        return _number(hours, "hour") + (f" {_number(minutes, 'minute')}" if minutes else "")
    return _number(minutes, "minute")


def _why_nobody(standing: EditionStanding) -> str:
    if standing.stopped and standing.by_rule:
        return "An editor stopped the rule, and nobody"
    return "An editor changed it, and nobody" if standing.touched else "Nobody"


def _clock(standing: EditionStanding) -> str:
    latest = standing.slot_at + standing.grace
    return f"{latest.astimezone(zone(standing.time_zone)):%H:%M}"


def _number(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
