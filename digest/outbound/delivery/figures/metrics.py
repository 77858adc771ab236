"""What Prometheus reads: counters of attempts from all workers, and the state of the ledger.

A custom collector on a registry of its own; the figures come from Redis and the database when they
are asked for, so that any web process answers for all workers.
"""

from collections.abc import Iterator

import redis
from django.db import connection
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from digest.kit import counters, heartbeats, valkey
from digest.outbound.delivery.ledger.states import named

_SENDS = "SELECT lane, state, count(*) FROM digest_send WHERE finished_at IS NULL GROUP BY 1, 2"
# Counts are kept per send; the longest due one is the first of the index of what is due.
_OPEN = """
SELECT s.lane, sum(s.total - c.closed),
       coalesce(extract(epoch FROM statement_timestamp() - min(d.next_try_at)), 0)
FROM digest_send s
CROSS JOIN LATERAL (
    SELECT coalesce(sum(sending + sent + unknown + failed + skipped + cancelled), 0) AS closed
    FROM digest_send_count WHERE send_id = s.id
) AS c
CROSS JOIN LATERAL (
    SELECT next_try_at FROM digest_delivery
    WHERE send_id = s.id AND next_try_at IS NOT NULL ORDER BY next_try_at LIMIT 1
) AS d
WHERE s.state = 'running' GROUP BY 1
"""
_HELD_UP = """
SELECT lane, count(*), extract(epoch FROM statement_timestamp() - min(held_up_since))
FROM digest_send WHERE held_up_since IS NOT NULL AND finished_at IS NULL GROUP BY 1
"""
# Rows are looked at only where a run has died.
_HELD = named("""
WITH working AS (
    SELECT send_id, bool_or(leased_until < statement_timestamp()) AS any_died
    FROM digest_run GROUP BY 1
), lapsed AS (
    SELECT count(*) AS number
    FROM working w JOIN digest_run r ON r.send_id = w.send_id
    JOIN digest_delivery d ON d.send_id = r.send_id AND d.leased_by = r.id AND d.state = {SENDING}
    WHERE w.any_died AND r.leased_until < statement_timestamp()
)
SELECT coalesce((
    SELECT sum(c.sending) FROM digest_send_count c JOIN working w ON w.send_id = c.send_id
), 0) - lapsed.number, lapsed.number
FROM lapsed
""")


class Ledger(Collector):
    """The metrics of sending; each name is told in docs/operations.md."""

    def collect(self) -> Iterator[Metric]:
        """Ask Redis and the database now."""
        yield from self._counted()
        yield from self._stored()

    def _counted(self) -> Iterator[Metric]:
        attempts = CounterMetricFamily(
            "digest_attempts",
            "Attempts by how they ended; Redis holds the count.",
            labels=("channel", "lane", "result"),
        )
        queues = GaugeMetricFamily(
            "digest_queue_messages", "Messages that wait in a queue.", labels=("queue",)
        )
        answers = GaugeMetricFamily("digest_redis_up", "Whether Redis answers.")
        try:
            for (name, *labels), number in counters.read().items():
                if name == "attempts" and len(labels) == 3:
                    attempts.add_metric(labels, number)
            for queue, length in heartbeats.read(valkey.client()).waiting.items():
                queues.add_metric((queue,), length)
            answers.add_metric((), 1)
        except redis.RedisError:
            answers.add_metric((), 0)
        yield from (attempts, queues, answers)

    def _stored(self) -> Iterator[Metric]:
        sends = GaugeMetricFamily(
            "digest_sends", "Sends that are not finished.", labels=("lane", "state")
        )
        waiting = GaugeMetricFamily(
            "digest_deliveries_open", "Deliveries of running sends still to go.", labels=("lane",)
        )
        oldest = GaugeMetricFamily(
            "digest_deliveries_oldest_due_seconds",
            "How long the longest due delivery has been due; below 0: none is.",
            labels=("lane",),
        )
        held = GaugeMetricFamily("digest_deliveries_in_hand", "Deliveries that a run holds.")
        lapsed = GaugeMetricFamily(
            "digest_deliveries_lapsed", "Deliveries whose run has died and nobody swept up yet."
        )
        held_up = GaugeMetricFamily(
            "digest_sends_held_up", "Sends of which nothing gets through.", labels=("lane",)
        )
        held_up_for = GaugeMetricFamily(
            "digest_sends_held_up_seconds", "For how long, the longest of them.", labels=("lane",)
        )
        with connection.cursor() as cursor:
            cursor.execute(_HELD_UP)
            for lane, number, seconds in cursor.fetchall():
                held_up.add_metric((lane,), number)
                held_up_for.add_metric((lane,), float(seconds))
            cursor.execute(_SENDS)
            for lane, state, number in cursor.fetchall():
                sends.add_metric((lane, state), number)
            cursor.execute(_OPEN)
            for lane, number, seconds in cursor.fetchall():
                waiting.add_metric((lane,), float(number))
                oldest.add_metric((lane,), float(seconds))
            cursor.execute(_HELD)
            in_hand, over = cursor.fetchone()
            held.add_metric((), float(in_hand))
            lapsed.add_metric((), over)
        yield from (sends, held_up, held_up_for, waiting, oldest, held, lapsed)
