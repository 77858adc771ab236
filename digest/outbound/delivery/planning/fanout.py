"""Step: a planned send becomes deliveries, one per address, in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from jinja2 import TemplateError

from digest.audience import recipients
from digest.audience.recipients import Query
from digest.kit import wake
from digest.kit.observe import log
from digest.newsdesk.alerts.models import AlertRevision
from digest.newsdesk.editions.models import EditionRevision
from digest.outbound.delivery.ledger import partitions
from digest.outbound.delivery.ledger.states import named
from digest.outbound.delivery.models import Send
from digest.outbound.delivery.planning import wording

Kind, State = Send.Kind, Send.State

# Below this the planner's guesses on a fresh table do no harm.
_ANALYZE_FROM = 5_000
# From here on two runs work on a send, each waking its own successor.
_SHARED_FROM = 5_000

_DELIVER = """
INSERT INTO digest_delivery
    (send_id, address_id, message_id, subscription_id, slot_id, state, next_try_at)
SELECT %s, r.address_id, {message}, r.subscription_id, r.slot_id, 0,
    statement_timestamp() + random() * %s::interval
FROM ({recipients}) r {join}
ON CONFLICT (send_id, address_id) DO NOTHING
"""

# A withdrawal concerns those who got, or may have got, what it takes back.
# The sends are named, so that no other range of the ledger is read.
_HAD_EARLIER = named("""
SELECT q.* FROM ({recipients}) q WHERE EXISTS (
    SELECT FROM digest_delivery d
    WHERE d.send_id = ANY(%s) AND d.address_id = q.address_id
      AND d.state IN ({SENDING}, {SENT}, {UNKNOWN}))
""")

_EDITIONS = "SELECT DISTINCT r.edition_id FROM ({recipients}) r"


@dataclass(frozen=True, slots=True)
class FannedOut:
    """``total`` deliveries of the send; ``first`` when this call made them, ``held`` when late."""

    total: int
    first: bool = False
    held: bool = False


def fan_out(send_id: int, *, now: datetime) -> FannedOut:
    """Make the deliveries of a pending send and let it run; a repeated call changes nothing.

    A send that is later than its grace, or cannot be rendered, is held for an editor instead. Two
    calls at once: one works, the other finds the row locked and leaves.
    """
    partitions.ensure(send_id)
    done = _fan_out(send_id, now)
    if done.first and done.total >= _ANALYZE_FROM:
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {partitions.of(send_id)}")
    return done


@transaction.atomic
def _fan_out(send_id: int, now: datetime) -> FannedOut:
    send = Send.objects.select_for_update(skip_locked=True).filter(pk=send_id).first()
    if send is None:
        return FannedOut(0)
    if send.state != State.PENDING:
        return FannedOut(send.total)
    if now > send.due_at + send.grace:
        return _hold(
            send,
            f"It was due at {send.due_at:%Y-%m-%d %H:%M} UTC and could not start before"
            f" {now:%Y-%m-%d %H:%M}; release it or cancel it.",
        )
    try:
        with transaction.atomic():
            send.total = _deliver(send, now)
    except (ValueError, KeyError, TemplateError) as error:
        log.exception("a send could not be rendered", send=send.pk)
        return _hold(send, f"Its words could not be made: {error!r}; mend them and release it.")
    send.fanned_out_at = send.started_at = now
    send.state = State.RUNNING
    send.save(update_fields=["total", "fanned_out_at", "started_at", "state"])
    runs = 2 if send.total >= _SHARED_FROM else 1
    wake.on_commit(f"send:{send.lane}", *[send.pk] * runs)
    return FannedOut(send.total, first=True)


def _hold(send: Send, reason: str) -> FannedOut:
    send.state, send.state_reason = State.HELD, reason
    send.save(update_fields=["state", "state_reason"])
    return FannedOut(0, held=True)


def _deliver(send: Send, now: datetime) -> int:
    """Render what is needed, then insert the rows without passing a reader through Python."""
    spread = timedelta()
    match send.kind:
        case Kind.EDITION:
            frozen = EditionRevision.objects.select_related("edition__newsletter").get(
                edition_id=send.source_id, revision=send.revision
            )
            message_id = wording.of_edition(frozen, send.channel, now=now)
            newsletter = frozen.edition.newsletter
            assert newsletter is not None  # plan_edition made the send
            query, spread = (
                recipients.for_newsletter(newsletter.pk, send.channel),
                newsletter.spread,
            )
        case Kind.ALERT:
            alert = AlertRevision.objects.get(alert_id=send.source_id, revision=send.revision)
            message_id = wording.of_alert(alert, send.channel, now=now)
            query = recipients.for_alerts(send.channel)
            if alert.kind == AlertRevision.Kind.WITHDRAWAL:
                earlier = Send.objects.filter(
                    kind=Kind.ALERT,
                    source_id=send.source_id,
                    channel=send.channel,
                    revision__lt=send.revision,
                )
                query = Query(
                    _HAD_EARLIER.format(recipients=query.sql),
                    (*query.params, list(earlier.values_list("pk", flat=True))),
                )
        case Kind.SERVICE:
            message_id = wording.of_confirmation(
                send.source_id, send.revision, send.channel, now=now
            )
            query = recipients.for_service(send.source_id)
        case Kind.SLOTS:
            return _deliver_slots(send, now)
        case _:
            raise ValueError(f"Send {send.pk} is of kind {send.kind}, which has no recipients.")
    return _insert("%s", query, [send.pk, message_id, spread, *query.params])


def _deliver_slots(send: Send, now: datetime) -> int:
    """Each reader's message is that of the edition composed for their topics."""
    query = recipients.for_slot_batch(send.source_id)
    with connection.cursor() as cursor:
        cursor.execute(_EDITIONS.format(recipients=query.sql), query.params)
        edition_ids = [row[0] for row in cursor.fetchall()]
    messages = wording.of_personal_editions(edition_ids, send.channel, now=now)
    return _insert(
        "m.message_id",
        query,
        [send.pk, timedelta(), *query.params, list(messages), list(messages.values())],
        join="JOIN unnest(%s::bigint[], %s::bigint[]) AS m (edition_id, message_id)"
        " ON m.edition_id = r.edition_id",
    )


def _insert(message: str, query: Query, params: list[Any], *, join: str = "") -> int:
    with connection.cursor() as cursor:
        cursor.execute(_DELIVER.format(message=message, recipients=query.sql, join=join), params)
        return int(cursor.rowcount)
