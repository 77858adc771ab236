"""What Prometheus reads of the latest alert on each channel: how soon it was there."""

from collections.abc import Iterator
from datetime import timedelta

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from digest.kit.sql import now
from digest.outbound.delivery.canaries.watch import LATE_AFTER
from digest.outbound.delivery.figures.arrival import arrival, canaries, latest_alerts

# What is older says nothing of how the channels are now.
_SINCE = timedelta(days=7)


class Arrivals(Collector):
    """Each name is told in docs/operations.md."""

    def collect(self) -> Iterator[Metric]:
        """Ask the database now."""
        shares = GaugeMetricFamily(
            "digest_alert_seconds",
            "Of the latest alert: seconds from the word until this share of its readers had it.",
            labels=("channel", "share"),
        )
        canary = GaugeMetricFamily(
            "digest_canary_seconds",
            "Of the latest alert: seconds until the slowest canary had it, or so far.",
            labels=("channel",),
        )
        late = GaugeMetricFamily(
            "digest_canaries_late", "Canaries that waited for over a minute.", labels=("channel",)
        )
        at = now()
        for send in latest_alerts(since=at - _SINCE):
            found = arrival(send)
            if found is not None:
                for share, seconds in (
                    ("0", found.first), ("0.5", found.half), ("0.9", found.ninety),
                    ("0.99", found.p99),
                ):  # fmt: skip
                    shares.add_metric((send.channel, share), seconds)
            so_far = (at - send.due_at).total_seconds()
            waited = [
                so_far if each.seconds is None else each.seconds
                for each in canaries(send)
                if not each.is_left_out
            ]
            if waited:
                limit = LATE_AFTER.total_seconds()
                canary.add_metric((send.channel,), max(waited))
                late.add_metric((send.channel,), sum(each > limit for each in waited))
        yield from (shares, canary, late)
