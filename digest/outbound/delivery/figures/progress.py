"""Live figures of a send, by one query: for the command line and the desk.

They are sums of the few rows of :class:`~.models.SendCount`, so that looking costs the same
whether a send has ten readers or ten million.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

# By the database's clock, which writes the counts: this span's, and what of the last one's lies
# within ten seconds if they came evenly.
_FIGURES = """
SELECT s.total, c.deferred, c.sending, c.sent, c.unknown, c.failed, c.skipped, c.cancelled,
       greatest(c.lately, 0) / 10.0
FROM digest_send s, LATERAL (
    SELECT coalesce(sum(deferred), 0) AS deferred, coalesce(sum(sending), 0) AS sending,
        coalesce(sum(sent), 0) AS sent, coalesce(sum(unknown), 0) AS unknown,
        coalesce(sum(failed), 0) AS failed, coalesce(sum(skipped), 0) AS skipped,
        coalesce(sum(cancelled), 0) AS cancelled,
        coalesce(sum(CASE floor(t.at) - span
            WHEN 0 THEN lately + before * (1 - t.at + floor(t.at))
            WHEN 1 THEN lately * (1 - t.at + floor(t.at))
        END), 0) AS lately
    FROM digest_send_count,
        (SELECT extract(epoch FROM statement_timestamp()) / 10 AS at) AS t
    WHERE send_id = s.id
) AS c
WHERE s.id = %s
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


def figures(send_id: int) -> Figures | None:
    """The figures of a send, or None when there is none of that id."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, [send_id])
        row = cursor.fetchone()
    if row is None:
        return None
    total, *counts = (int(each) for each in row[:-1])
    deferred, sending, sent, unknown, failed, skipped, cancelled = counts
    queued, rate = total - sum(counts), float(row[-1])
    left = queued + deferred + sending
    eta = timedelta(seconds=round(left / rate)) if rate and left else None
    return Figures(
        total, queued, deferred, sending, sent, unknown, failed, skipped, cancelled, rate, eta
    )
