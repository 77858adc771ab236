"""When soft bounces add up to an address that takes no mail (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# A mailbox that was full one month and is full again the next has been emptied in between.
STALE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class SoftBounceDays:
    """Soft bounces of one address: how many days with one, the first and the last of them."""

    days: int
    first_at: datetime
    last_at: datetime


def count(before: SoftBounceDays | None, at: datetime) -> SoftBounceDays:
    """The count with a soft bounce at ``at``: several on one day (UTC) are one.

    It begins anew when the last one lies more than :data:`STALE` back. Reports may come in any
    order; one older than the last changes nothing.
    """
    if before is None or at - before.last_at > STALE:
        return SoftBounceDays(1, at, at)
    if at.date() <= before.last_at.date():
        return before
    return SoftBounceDays(before.days + 1, before.first_at, at)


def is_shut(counted: SoftBounceDays, threshold: int) -> bool:
    """Whether the address counts as dead; a ``threshold`` of 0 never shuts one."""
    return 0 < threshold <= counted.days
