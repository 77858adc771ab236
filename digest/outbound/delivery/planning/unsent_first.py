"""Step: an alert whose send on one channel never began goes to its readers on their next one.

A send that is held, paused before it began, or in nobody's hands has no deliveries that could be
watched, so it is looked at as a whole: after its minute, those who put its channel first, and
others behind it, join the sends of those others. Once it begins after all, it spares them.
"""

from datetime import datetime
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.db.models import F

from digest.audience import recipients
from digest.audience.core.alert_rules import AlertAim
from digest.audience.recipients import Query
from digest.kit import wake
from digest.newsdesk.alerts.models import AlertRevision
from digest.outbound.delivery.core.takeover import ACCEPTED_WITHIN, LATEST
from digest.outbound.delivery.models import Send
from digest.outbound.delivery.planning import takeover
from digest.outbound.delivery.planning.fanout import HAD_TODAY, insert_alert, others_today
from digest.outbound.delivery.planning.told_lately import skip_those_told

_WAITS = (Send.State.PENDING, Send.State.PAUSED, Send.State.HELD)
_TAKES = (Send.State.RUNNING, Send.State.DONE)
# Who has one channel alone waits with it; who has had enough today has that written down there.
_OF_SEVERAL = "SELECT r.* FROM ({sql} AND u.chain IS NOT NULL) r WHERE NOT r.over_limit"


def pass_on_unsent(*, now: datetime) -> int:
    """Let other channels take what such sends leave lying; how many readers that were."""
    overdue = Send.objects.filter(
        kind=Send.Kind.ALERT,
        state__in=_WAITS,
        fanned_out_at=None,
        due_at__lte=now - ACCEPTED_WITHIN,
        due_at__gt=now - LATEST,
    )
    found = overdue.order_by("source_id", "revision").values_list("source_id", "revision")
    return sum(_pass_on(*alert, now) for alert, _ in groupby(found))


def _pass_on(alert_id: int, revision: int, now: datetime) -> int:
    frozen = AlertRevision.objects.select_related("alert").get(alert_id=alert_id, revision=revision)
    # What follows an alert goes where that was told, and nowhere in its place.
    if frozen.kind != AlertRevision.Kind.FIRST:
        return 0
    others = Send.objects.filter(
        kind=Send.Kind.ALERT, source_id=alert_id, revision=revision, fanned_out_at__isnull=False,
        state__in=_TAKES,
    )  # fmt: skip
    able = list(others.order_by("pk").values_list("pk", "channel"))
    channels = [name for _, name in able if name in settings.DIGEST_CHANNELS]
    return sum(_join(pk, frozen, channels, now) for pk, name in able if name in channels)


@transaction.atomic
def _join(send_id: int, frozen: AlertRevision, channels: list[str], now: datetime) -> int:
    """Those whose first of ``channels`` is this send's own; who is in it already stays as is."""
    send = Send.objects.select_for_update().filter(pk=send_id, state__in=_TAKES).first()
    if send is None:
        return 0
    aim = AlertAim(frozenset(frozen.topic_ids), frozen.is_biggest)
    today = others_today(send, now)
    query = recipients.for_alerts(
        send.channel, aim, channels=channels, now=now, had_today=Query(HAD_TODAY, (today, today))
    )
    joined = Query(_OF_SEVERAL.format(sql=query.sql), query.params)
    count = insert_alert(send, frozen, joined, now)
    if count:
        skip_those_told(send, frozen, now=now)
        Send.objects.filter(pk=send.pk).update(
            total=F("total") + count, state=Send.State.RUNNING, finished_at=None
        )
        takeover.watch(send.pk)
        wake.on_commit(f"send:{send.lane}", send.pk)
    return count
