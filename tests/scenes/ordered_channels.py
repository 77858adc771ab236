"""Readers who put several channels in an order, and alerts on their way to them."""

from datetime import timedelta
from typing import Any

from django.db.models import F

from digest.audience.preferring import alert_order
from digest.kit.clock import now as clock
from digest.models import AlertRevision, AlertWatch, Delivery, Send, Subscription
from digest.outbound.delivery.planning import plan, takeover
from digest.outbound.delivery.planning.fanout import fan_out
from tests.scenes import scene

State = Delivery.State


def on(channel: str, number: int) -> Subscription:
    made = scene.reader(None, f"{channel}-{number}@readers.example", now=clock())
    made.address.channel = channel
    made.address.value = f"+65912345{number:02}" if channel == "whatsapp" else made.address.value
    made.address.save()
    return made


def reader(number: int, *names: str) -> list[Subscription]:
    """One who joined these channels, in this order."""
    made = [on(name, number) for name in names]
    for each in made[1:]:
        alert_order.join(made[0].address_id, each.address_id)
    return made


def issue(kind: str = "first", alert: Any = None) -> dict[str, Send]:
    """The sends of an alert, or of its next revision, by channel."""
    if alert is None:
        revision = scene.alert(now=clock())
        alert, number = revision.alert, 1
    else:
        number = AlertRevision.objects.filter(alert=alert).count() + 1
        scene.alert_revision(alert, number, kind, now=clock())
    ids = plan.plan_alert(alert.pk, number, now=clock()).send_ids
    for pk in ids:
        fan_out(pk, now=clock())
    return {each.channel: each for each in Send.objects.filter(pk__in=ids)}


def rows(sends: dict[str, Send]) -> dict[str, dict[int, int]]:
    """By channel the addresses in its send, with their states."""
    return {
        channel: dict(
            Delivery.objects.filter(send_id=send.pk).values_list("address_id", "state")
        )
        for channel, send in sends.items()
    }  # fmt: skip


def pass_by(delta: timedelta) -> None:
    """Let so much time go."""
    AlertWatch.objects.update(due_at=F("due_at") - delta, look_at=F("look_at") - delta)
    Delivery.objects.filter(next_try_at__isnull=False).update(next_try_at=F("next_try_at") - delta)
    Delivery.objects.filter(sent_at__isnull=False).update(sent_at=F("sent_at") - delta)


def look() -> int:
    return takeover.take_over(now=clock()).taken


def refuse(send: Send, address_id: int, **fields: Any) -> None:
    given = {"state": State.FAILED, "next_try_at": None} | fields
    Delivery.objects.filter(send_id=send.pk, address_id=address_id).update(**given)
