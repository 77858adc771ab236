"""Step: on quiet days the path of an alert is tried, by one that goes to canaries alone."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from digest.audience.joining.canaries import CANARY
from digest.audience.models.subscriptions import Subscription
from digest.kit import wake
from digest.newsdesk.alerts.core.content import AlertContent
from digest.outbound.delivery.ledger import partitions
from digest.outbound.delivery.models import Delivery, Send
from digest.outbound.delivery.planning import wording
from digest.outbound.delivery.planning.plan import ALERT_GRACE
from digest.outbound.messages import links


@dataclass(frozen=True, slots=True)
class PathTrial:
    """The sends of a trial, by id."""

    send_ids: tuple[int, ...] = ()


def try_path_if_due(*, now: datetime) -> PathTrial:
    """A trial when no alert and no trial went out for ``DIGEST_CANARY_EVERY``; 0: never."""
    every = settings.DIGEST_CANARY_EVERY
    if not every:
        return PathTrial()
    lately = Send.objects.filter(lane=Send.Lane.ALERTS, created_at__gt=now - every)
    return PathTrial() if lately.exists() else try_path(now=now)


def try_path(*, now: datetime) -> PathTrial:
    """One message to each canary, by the very road of an alert from the claim on.

    Two at once make two trials, which does no harm.
    """
    made = []
    for channel in settings.DIGEST_CHANNELS:
        rows = Subscription.objects.filter(
            alerts=True, state=Subscription.State.ACTIVE,
            address__channel=channel, address__verified_by=CANARY,
        )  # fmt: skip
        found = list(rows.values_list("address_id", "pk"))
        if found:
            made.append(_send(channel, found, now))
    return PathTrial(tuple(made))


def _send(channel: str, readers: list[tuple[int, int]], now: datetime) -> int:
    with transaction.atomic():
        send = Send.objects.create(
            kind=Send.Kind.TEST,
            source_id=int(now.timestamp() * 1_000_000),
            channel=channel,
            lane=Send.Lane.ALERTS,
            due_at=now,
            grace=ALERT_GRACE,
            created_at=now,
        )
    partitions.ensure(send.pk)
    with transaction.atomic():
        message_id = wording.of_trial(send, _content(send, now), now=now)
        Delivery.objects.bulk_create(
            Delivery(
                send_id=send.pk,
                address_id=address_id,
                subscription_id=subscription_id,
                message_id=message_id,
                next_try_at=now,
            )
            for address_id, subscription_id in readers
        )
        send.total, send.state = len(readers), Send.State.RUNNING
        send.fanned_out_at = send.started_at = now
        send.save(update_fields=["total", "state", "fanned_out_at", "started_at"])
        wake.on_commit(f"send:{send.lane}", send.pk)
    return send.pk


def _content(send: Send, now: datetime) -> AlertContent:
    at = now.strftime("%H:%M UTC")
    return AlertContent(
        public_id=f"trial-{send.source_id}",
        kind="first",
        headline=f"A trial of the alerts’ path at {at}",
        url=links.front(settings.DIGEST_BASE_URL),
        language="en",
        summary="Sent to the newsroom’s own canaries alone, to prove that alerts arrive.",
        issued_at=now.isoformat(),
    )
