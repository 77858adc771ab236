"""Live figures of a send, by one query: for the command line and the desk."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

# The rate is measured over this long.
_SPAN = timedelta(seconds=10)

_FIGURES = """
SELECT s.total,
    count(*) FILTER (WHERE d.state = 0), count(*) FILTER (WHERE d.state = 1),
    count(*) FILTER (WHERE d.state = 2), count(*) FILTER (WHERE d.state = 3),
    count(*) FILTER (WHERE d.state = 4), count(*) FILTER (WHERE d.state = 5),
    count(*) FILTER (WHERE d.state = 6), count(*) FILTER (WHERE d.state = 7),
    count(*) FILTER (WHERE d.sent_at > %(since)s)
FROM digest_send s LEFT JOIN digest_delivery d ON d.send_id = s.id
WHERE s.id = %(send)s GROUP BY s.id
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """How many deliveries are in each state; ``rate`` in messages a second, ``eta`` to the end.

    ``eta`` is None while nothing moves and when nothing is left.
    """

    total: int
    queued: int
    deferred: int
    sending: int
    sent: int
    unknown: int
    failed: int
    skipped: int
    cancelled: int
    rate: float
    eta: timedelta | None

    @property
    def final(self) -> int:
        """Deliveries that will not change any more."""
        return self.sent + self.unknown + self.failed + self.skipped + self.cancelled


def figures(send_id: int, *, now: datetime) -> Figures | None:
    """The figures of a send, or None when there is none of that id."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, {"send": send_id, "since": now - _SPAN})
        row = cursor.fetchone()
    if row is None:
        return None
    total, queued, deferred, sending, sent, unknown, failed, skipped, cancelled, lately = row
    rate, left = lately / _SPAN.total_seconds(), queued + deferred + sending
    eta = timedelta(seconds=round(left / rate)) if rate and left else None
    return Figures(
        total, queued, deferred, sending, sent, unknown, failed, skipped, cancelled, rate, eta
    )
