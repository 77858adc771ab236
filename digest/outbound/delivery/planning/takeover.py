"""Step: an alert that one of a reader's channels did not bring goes on the next one, once.

Each delivery to somebody who put their channels in an order is watched from the fan-out on. The
ledger holds both: the one that was passed on with why it did not arrive, and the next one's own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Q
from jinja2 import TemplateError

from digest.audience import recipients
from digest.audience.core.alert_order import next_after
from digest.audience.core.spans import EVERYBODY, AddressSpan, only
from digest.audience.models.addresses import Address
from digest.audience.models.suppressions import Suppression
from digest.audience.recipients import PlaceOfReader
from digest.kit import wake
from digest.kit.observe import log
from digest.newsdesk.alerts.models import AlertRevision
from digest.outbound.channels import registry
from digest.outbound.delivery.core.takeover import (
    HeardSince,
    Stands,
    WatchedAlert,
    judge_watched,
)
from digest.outbound.delivery.ledger.states import named
from digest.outbound.delivery.models import AlertWatch, Delivery, Send
from digest.outbound.delivery.planning import wording

_AT_ONCE = 500
_STANDS = {
    Delivery.State.PENDING: Stands.OPEN,
    Delivery.State.DEFERRED: Stands.OPEN,
    Delivery.State.SENDING: Stands.IN_HAND,
    Delivery.State.SENT: Stands.ACCEPTED,
    Delivery.State.UNKNOWN: Stands.PERHAPS,
    Delivery.State.FAILED: Stands.REFUSED,
    Delivery.State.SKIPPED: Stands.LEFT_OUT,
    Delivery.State.CANCELLED: Stands.CALLED_OFF,
}
_HEARD = {
    Delivery.Outcome.DELIVERED: HeardSince.ARRIVED,
    Delivery.Outcome.COMPLAINT: HeardSince.ARRIVED,
    Delivery.Outcome.HARD_BOUNCE: HeardSince.CAME_BACK,
}
# Where the channels behind it are stopped for now.
_AGAIN = timedelta(seconds=10)
_TAKES = (Send.State.RUNNING, Send.State.DONE)

# From those who have an order: it costs nothing where nobody does.
_WATCH = named("""
INSERT INTO digest_alert_watch (send_id, address_id, due_at, look_at)
SELECT d.send_id, d.address_id, due.at, due.at + interval '5 seconds'
FROM digest_alert_rule u
JOIN digest_subscription s ON s.id = u.subscription_id
JOIN digest_delivery d ON d.send_id = %(send)s AND d.address_id = s.address_id
CROSS JOIN LATERAL (SELECT greatest(d.next_try_at, statement_timestamp()) AS at) due
WHERE u.chain IS NOT NULL AND d.state = {PENDING}
  AND s.address_id > %(after)s AND s.address_id <= %(to)s
ON CONFLICT DO NOTHING
""")
_INSERT = """
INSERT INTO digest_delivery (send_id, address_id, message_id, subscription_id, state, next_try_at)
VALUES (%s, %s, %s, %s, 0, statement_timestamp())
ON CONFLICT (send_id, address_id) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """How many deliveries were looked at, and how many the next channel took."""

    looked_at: int = 0
    taken: int = 0


def watch(send_id: int, span: AddressSpan = EVERYBODY) -> None:
    """Watch what a send owes to readers with several channels, in its fan-out's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_WATCH, {"send": send_id, "after": span.after, "to": span.to})


def take_over(*, now: datetime, limit: int = 20) -> TakenOver:
    """Look after all whose moment has come, some hundred in a transaction."""
    total = TakenOver()
    for _ in range(limit):
        done = _look(now)
        total = TakenOver(total.looked_at + done.looked_at, total.taken + done.taken)
        if done.looked_at < _AT_ONCE:
            break
    return total


def taken_by_channel(send_id: int) -> dict[str, int]:
    """How many readers of a send were told on another channel in its place, by channel."""
    taken = AlertWatch.objects.filter(send_id=send_id, taken_by__isnull=False)
    found = taken.values_list("taken_by").annotate(number=Count("pk")).order_by("taken_by")
    numbers = {int(pk): number for pk, number in found if pk is not None}
    channels = dict(Send.objects.filter(pk__in=list(numbers)).values_list("pk", "channel"))
    return {channels[pk]: number for pk, number in numbers.items()}


@transaction.atomic
def _look(now: datetime) -> TakenOver:
    due = list(
        AlertWatch.objects.select_for_update(skip_locked=True)
        .filter(look_at__lte=now)
        .order_by("look_at")[:_AT_ONCE]
    )
    sends = {each.pk: each for each in Send.objects.filter(pk__in={row.send_id for row in due})}
    taken = [other for row in due if (other := _decide(row, sends[row.send_id], now))]
    for other in dict.fromkeys(taken):
        wake.on_commit(f"send:{Send.Lane.ALERTS.value}", other)
    return TakenOver(len(due), len(taken))


def _decide(row: AlertWatch, send: Send, now: datetime) -> int | None:
    """Leave it, look again, or pass it on; the send that took it, if one did."""
    found = Delivery.objects.filter(send_id=row.send_id, address_id=row.address_id).first()
    if found is None:
        row.delete()
        return None
    places = recipients.places_of(row.address_id, settings.DIGEST_CHANNELS)
    verdict = judge_watched(_watched(row, found, send), now=now)
    if verdict.pass_on:
        return _pass_on(row, found, send, places, now)
    if verdict.look_at is None:
        row.delete()
    else:
        AlertWatch.objects.filter(pk=row.pk).update(look_at=verdict.look_at)
    return None


def _watched(row: AlertWatch, found: Delivery, send: Send) -> WatchedAlert:
    outcome = Delivery.Outcome(found.outcome) if found.outcome else None
    return WatchedAlert(
        stands=_STANDS[Delivery.State(found.state)],
        due_at=row.due_at,
        heard=_HEARD.get(outcome, HeardSince.NOTHING) if outcome else HeardSince.NOTHING,
        accepted_at=found.sent_at,
        is_reported=registry.spec(send.channel).reports_each_copy,
        # Shut by the channel; what its reader left or paused has no place, or is a wish.
        stands_there=not _was_shut(row.address_id),
    )


def _was_shut(address_id: int) -> bool:
    """Whether the channel said that nobody is there any more; what its reader left is a wish."""
    of = Address.objects.filter(pk=address_id).values("fingerprint")
    barred = Suppression.objects.filter(fingerprint__in=of, reason=Suppression.Reason.BOUNCE)
    return barred.exists()


def _pass_on(
    row: AlertWatch,
    found: Delivery,
    send: Send,
    places: tuple[PlaceOfReader, ...],
    now: datetime,
) -> int | None:
    """To the next channel that takes it; without one it goes on by itself, if it still does."""
    order = [each.place for each in places]
    if next_after(order, row.address_id) is None:
        row.delete()
        return None
    others = Send.objects.select_for_update().filter(
        kind=send.kind, source_id=send.source_id, revision=send.revision, state__in=_TAKES
    )
    takes = {each.channel: each for each in others.exclude(pk=send.pk)}
    no_way = [each.place.address_id for each in places if each.channel not in takes]
    chosen = next_after(order, row.address_id, no_way)
    if chosen is None or not _close(found, row.address_id):
        AlertWatch.objects.filter(pk=row.pk).update(look_at=now + _AGAIN)
        return None
    place = next(each for each in places if each.place.address_id == chosen)
    other = takes[place.channel]
    frozen = AlertRevision.objects.get(alert_id=send.source_id, revision=send.revision)
    tongue = wording.languages_of([found.message_id]).get(found.message_id, "")
    message = _said_in(frozen, place.channel, tongue, now)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [other.pk, chosen, message, place.subscription_id])
        is_new = bool(cursor.rowcount)
    if is_new:
        Send.objects.filter(pk=other.pk).update(
            total=F("total") + 1, state=Send.State.RUNNING, finished_at=None
        )
        watch(other.pk, only(chosen))
    AlertWatch.objects.filter(pk=row.pk).update(look_at=None, taken_by=other.pk, taken_at=now)
    return other.pk if is_new else None


def _said_in(frozen: AlertRevision, channel: str, language: str, now: datetime) -> int:
    """The message in that language; in the newsroom's where the channel cannot say it so."""
    try:
        with transaction.atomic():
            return wording.of_alert(frozen, channel, language=language, now=now)
    except (ValueError, KeyError, TemplateError):
        log.exception("an alert has no words in a language", channel=channel, language=language)
        return wording.of_alert(frozen, channel, now=now)


def _close(found: Delivery, address_id: int) -> bool:
    """Call off what is still open; False when somebody has it in hand just now."""
    if found.next_try_at is None:
        return True
    rows = Delivery.objects.filter(
        Q(state=Delivery.State.PENDING) | Q(state=Delivery.State.DEFERRED),
        send_id=found.send_id, address_id=address_id,
    )  # fmt: skip
    words = "Another channel of the reader's took it over."
    # What may have arrived is never told to be none.
    perhaps = rows.filter(lost_answers__gt=0).update(
        state=Delivery.State.UNKNOWN, next_try_at=None, reply=words
    )
    return bool(perhaps or rows.update(state=Delivery.State.SKIPPED, next_try_at=None, reply=words))
