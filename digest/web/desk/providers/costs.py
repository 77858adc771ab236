"""What something would cost before it goes, on channels whose provider bills each message."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.conf import settings
from django.db import connection

from digest.audience.core.alert_rules import AlertAim
from digest.audience.recipients import Query, for_alerts, for_newsletter
from digest.outbound.channels import registry
from digest.outbound.channels.costs import ChannelCosts, CostForecast
from digest.outbound.delivery.ledger import channel_facts
from digest.web.desk.kept import KeptValues
from digest.web.desk.reach import MANY

_BY_PREFIX = """
SELECT left(a.value, %s), count(*)
FROM (reached) AS reached JOIN digest_address a ON a.id = reached.address_id GROUP BY 1
"""
_counts: KeptValues[dict[str, int]] = KeptValues(20)


def of_newsletter(newsletter_id: int, channels: Iterable[str]) -> tuple[CostForecast, ...]:
    """The newsletter's edition, on the channels it is offered on."""
    offered = set(channels)
    wanted = [name for name in settings.DIGEST_CHANNELS if name in offered]
    return _of(wanted, "edition", lambda channel: for_newsletter(newsletter_id, channel))


def of_alerts(aim: AlertAim, *, now: datetime) -> tuple[CostForecast, ...]:
    """Such an alert, on every channel."""
    channels = settings.DIGEST_CHANNELS
    return _of(
        channels, "alert", lambda channel: for_alerts(channel, aim, channels=channels, now=now)
    )


def _of(
    channels: Iterable[str], kind: str, query: Callable[[str], Query]
) -> tuple[CostForecast, ...]:
    """One for each channel that costs something and would reach somebody."""
    made = []
    for spec in registry.usable(channels):
        if not spec.costs:
            continue
        costs: ChannelCosts = registry.part(spec.costs)
        counts = _counted(query(spec.name), costs.prefix)
        facts, config = channel_facts.of(spec.name), registry.config(spec.name, settings)
        forecast = costs.forecast(counts, kind, facts, config)
        if forecast.lines:
            made.append(forecast)
    return tuple(made)


def _counted(query: Query, prefix: int) -> dict[str, int]:
    """Readers by the first characters of their address; kept while there are many."""

    def count() -> dict[str, int]:
        with connection.cursor() as cursor:
            sql = _BY_PREFIX.replace("(reached)", f"({query.sql})")
            cursor.execute(sql, (prefix, *query.params))
            return {str(start): int(number) for start, number in cursor.fetchall()}

    key = (query.sql, repr(query.params), prefix)
    return _counts.get(key, count, worth=lambda found: sum(found.values()) >= MANY)
