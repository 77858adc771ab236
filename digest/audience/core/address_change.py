"""When a reader's change of address takes effect (pure).

The new address must confirm. The old one is told, with a link that stops it; when it agrees too,
the change is made at once. When it says nothing it may be lost, so the change is made after
:data:`WAIT`: long enough for who still reads there to stop what a stranger with an old mail began.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

WAIT = timedelta(days=3)
# The new address confirms within that, or nothing comes of it.
LASTS = timedelta(days=7)
MOST_A_DAY = 3


@dataclass(frozen=True, slots=True)
class MovingTimes:
    """When the old address was told, the new one confirmed, and the old one agreed."""

    told_at: datetime
    confirmed_at: datetime | None = None
    agreed_at: datetime | None = None

    @property
    def takes_effect_at(self) -> datetime | None:
        """The moment from which the new address counts; None before it has confirmed."""
        if self.confirmed_at is None:
            return None
        if self.agreed_at is not None:
            return max(self.confirmed_at, self.agreed_at)
        return max(self.confirmed_at, self.told_at + WAIT)

    def is_due(self, now: datetime) -> bool:
        """Whether the change is to be made."""
        at = self.takes_effect_at
        return at is not None and at <= now

    def has_lapsed(self, now: datetime) -> bool:
        """Whether the new address let the time go by."""
        return self.confirmed_at is None and now - self.told_at > LASTS
