"""Step: an alert whose send on one channel never began goes to its readers on their next one.

A send that is held, paused before it began, or in nobody's hands has no deliveries that could be
watched, so it is looked at as a whole: after its minute, those who put its channel first, and
others behind it, join the sends of those others. Once it begins after all, it spares them.
"""

from datetime import datetime
from itertools import groupby

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet

from digest.audience import recipients
from digest.audience.core.alert_rules import AlertAim
from digest.audience.recipients import Query
from digest.kit import wake
from digest.newsdesk.alerts.models import AlertRevision
from digest.outbound.delivery.core.takeover import ACCEPTED_WITHIN, LATEST
from digest.outbound.delivery.models import Send
from digest.outbound.delivery.planning import takeover
from digest.outbound.delivery.planning.alert_readers import HAD_TODAY, insert_alert, others_today
from digest.outbound.delivery.planning.told_lately import skip_those_told

_WAITS = (Send.State.PENDING, Send.State.PAUSED, Send.State.HELD)
_TAKES = (Send.State.RUNNING, Send.State.DONE)
# Who has one channel alone waits with it; who has had enough today has that written down there.
# What became of a delivery that one of their channels did begin is the takeover's to judge.
_OF_SEVERAL = """
SELECT r.* FROM ({sql} AND u.chain IS NOT NULL AND NOT EXISTS (
    SELECT FROM digest_alert_rule v
    JOIN digest_subscription t ON t.id = v.subscription_id
    JOIN digest_delivery d ON d.address_id = t.address_id AND d.send_id = ANY(%s)
    WHERE v.chain = u.chain)) r
WHERE NOT r.over_limit
"""


def pass_on_unsent(*, now: datetime) -> int:
    """Let other channels take what such sends leave lying; how many readers that were."""
    found = _overdue(now).order_by("source_id", "revision").values_list("source_id", "revision")
    return sum(_pass_on(*alert, now) for alert, _ in groupby(found))


def _overdue(now: datetime) -> QuerySet[Send]:
    return Send.objects.filter(
        kind=Send.Kind.ALERT,
        state__in=_WAITS,
        fanned_out_at=None,
        due_at__lte=now - ACCEPTED_WITHIN,
        due_at__gt=now - LATEST,
    )


def _pass_on(alert_id: int, revision: int, now: datetime) -> int:
    frozen = AlertRevision.objects.select_related("alert").get(alert_id=alert_id, revision=revision)
    # What follows an alert goes where that was told, and nowhere in its place.
    if frozen.kind != AlertRevision.Kind.FIRST:
        return 0
    able = Send.objects.filter(
        kind=Send.Kind.ALERT, source_id=alert_id, revision=revision, fanned_out_at__isnull=False,
        state__in=_TAKES, channel__in=settings.DIGEST_CHANNELS,
    )  # fmt: skip
    return sum(_join(pk, frozen, now) for pk in able.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _join(send_id: int, frozen: AlertRevision, now: datetime) -> int:
    """Those whose first channel is this send's own, but for those that never began."""
    send = Send.objects.select_for_update().filter(pk=send_id, state__in=_TAKES).first()
    # None of them begins meanwhile. One that is locked begins just now, and tells its own.
    overdue = _overdue(now).filter(source_id=frozen.alert_id, revision=frozen.revision)
    unsent = {each.channel for each in overdue.select_for_update(skip_locked=True)}
    if send is None or not unsent:
        return 0
    joined = _joined(send, frozen, [n for n in settings.DIGEST_CHANNELS if n not in unsent], now)
    # Mostly all have joined before: nothing is rendered for nobody.
    if not _finds_somebody(joined):
        return 0
    count = insert_alert(send, frozen, joined, now)
    skip_those_told(send, frozen, now=now)
    Send.objects.filter(pk=send.pk).update(
        total=F("total") + count, state=Send.State.RUNNING, finished_at=None
    )
    takeover.watch(send.pk)
    wake.on_commit(f"send:{send.lane}", send.pk)
    return count


def _joined(send: Send, frozen: AlertRevision, channels: list[str], now: datetime) -> Query:
    """Nobody who has a delivery of it already, on whichever of their channels."""
    aim = AlertAim(frozenset(frozen.topic_ids), frozen.is_biggest)
    today = others_today(send, now)
    query = recipients.for_alerts(
        send.channel, aim, channels=channels, now=now, had_today=Query(HAD_TODAY, (today, today))
    )
    of_alert = Send.objects.filter(kind=send.kind, source_id=send.source_id)
    sends = list(of_alert.values_list("pk", flat=True))
    return Query(_OF_SEVERAL.format(sql=query.sql), (*query.params, sends))


def _finds_somebody(query: Query) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({query.sql})", query.params)
        return bool(cursor.fetchone()[0])
