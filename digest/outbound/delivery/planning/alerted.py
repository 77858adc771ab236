"""Whom an alert goes to on a channel, with how many of others they had today."""

from datetime import datetime

from django.conf import settings

from digest.audience import recipients
from digest.audience.core.alert_rules import AlertAim
from digest.audience.recipients import Query
from digest.outbound.delivery.models import Send
from digest.outbound.delivery.planning.alert_readers import HAD_TODAY, others_today


def to_be_alerted(alert_id: int, channel: str, aim: AlertAim, *, now: datetime) -> Query:
    """The readers whom the fan-out of an alert would deliver to, each by their own rules."""
    others = others_today(Send(kind=Send.Kind.ALERT, source_id=alert_id), now)
    return recipients.for_alerts(
        channel, aim, channels=settings.DIGEST_CHANNELS, now=now,
        had_today=Query(HAD_TODAY, (others, others)),
    )  # fmt: skip
