"""Step: an alert that a canary has not got within a minute is told of, loudly and once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from digest.audience.joining.canaries import CANARY
from digest.audience.models.addresses import Address
from digest.kit.observe import log
from digest.outbound.channels import registry
from digest.outbound.delivery.figures.arrival import canaries
from digest.outbound.delivery.ledger import channel_facts
from digest.outbound.delivery.models import Send

LATE_AFTER = timedelta(minutes=1)
_LOOKED_AT_FOR = timedelta(minutes=30)
FACT = "canary"


@dataclass(frozen=True, slots=True)
class WatchedCanaries:
    """Sends that a canary still waits for after a minute; ``told`` are those that are news."""

    late: int = 0
    told: int = 0


def watch_canaries(*, now: datetime) -> WatchedCanaries:
    """Look at the alerts of the last half an hour. What is late is an error in the log, and so in
    error reports; each send is told of once.
    """
    sends = Send.objects.filter(
        lane=Send.Lane.ALERTS, due_at__range=(now - _LOOKED_AT_FOR, now - LATE_AFTER)
    ).exclude(state=Send.State.CANCELLED)
    late = told = 0
    for send in sends:
        waiting = _waiting(send)
        if not waiting:
            continue
        late += 1
        fact = {"send": send.pk}
        with transaction.atomic():
            is_news = channel_facts.note(send.channel, f"{FACT}:{send.pk}", fact, at=send.due_at)
        if is_news:
            told += 1
            log.error(
                "an alert has not reached a canary within a minute",
                channel=send.channel,
                send=send.pk,
                canaries=[registry.masked(send.channel, each) for each in waiting],
            )
    return WatchedCanaries(late, told)


def _waiting(send: Send) -> list[str]:
    """The canaries that have waited for more than a minute: besides those among its readers all
    that it has not come to yet.
    """
    rows = Address.objects.filter(channel=send.channel, verified_by=CANARY)
    values = rows.order_by("pk").values_list("value", flat=True)
    if send.fanned_out_at is None:
        return list(values)
    unwritten = [] if send.fan_out_after is None else list(values.filter(pk__gt=send.fan_out_after))
    return unwritten + [
        each.value
        for each in canaries(send)
        if not each.is_left_out
        and (each.seconds is None or each.seconds > LATE_AFTER.total_seconds())
    ]
