"""Step: alerts that a reader's quiet hours held become one message when those end.

A minute and a half before, the newest of them takes the words of all, and the others are put off by
ten minutes. Once it has gone out they are recorded as told by it; if it does not go out they go by
themselves. So whatever is lost or late here, nothing that was held is dropped. Where one of them is
called off or stopped meanwhile, the carrier says its own words again, and the rest are merged anew:
nobody reads in the morning what was withdrawn in the night.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.alerts.models import AlertRevision
from digest.outbound.delivery.ledger.states import named
from digest.outbound.delivery.models import Delivery, Message, Send
from digest.outbound.delivery.planning import wording

AHEAD = timedelta(seconds=90)
PUT_OFF = timedelta(minutes=10)
REPLY = "Told in one message with other alerts that quiet hours held."
VARIANT = "held-"
_LONGEST_HOLD = timedelta(days=2)

# What was held is due long after it was fanned out; nobody can claim it before it is due.
_WAITING = named("""
SELECT d.address_id, s.channel, array_agg(s.id ORDER BY s.id), array_agg(m.id ORDER BY s.id)
FROM digest_send s
JOIN digest_delivery d ON d.send_id = s.id
JOIN digest_message m ON m.id = d.message_id
WHERE s.kind = 'alert' AND s.state = 'running' AND s.fanned_out_at > %(since)s
  AND d.state = {PENDING} AND d.next_try_at > statement_timestamp()
  AND d.next_try_at <= statement_timestamp() + make_interval(secs => %(ahead)s)
  AND d.next_try_at > s.fanned_out_at + make_interval(secs => %(ahead)s)
  AND m.variant IN ('', 'plain')
  -- A correction or withdrawal has words of its own, which a list of headlines would hide.
  AND EXISTS (SELECT FROM digest_alert_revision r
              WHERE r.alert_id = s.source_id AND r.revision = s.revision AND r.kind = 'first')
GROUP BY d.address_id, s.channel HAVING count(*) > 1
""")
_CARRY = named("""
UPDATE digest_delivery SET message_id = %(message)s
WHERE send_id = %(carrier)s AND address_id = ANY(%(addresses)s)
  AND state = {PENDING} AND next_try_at > statement_timestamp()
RETURNING address_id
""")
_PUT_OFF = named("""
UPDATE digest_delivery SET next_try_at = next_try_at + make_interval(secs => %(put_off)s)
WHERE send_id = ANY(%(riders)s) AND address_id = ANY(%(addresses)s) AND state = {PENDING}
""")
_TOLD = named("""
UPDATE digest_delivery r
SET state = {SKIPPED}, next_try_at = NULL, message_id = c.message_id, reply = %(reply)s
FROM digest_delivery c
WHERE c.send_id = %(carrier)s AND c.message_id = %(message)s AND c.state IN ({SENT}, {UNKNOWN})
  AND r.send_id = ANY(%(riders)s) AND r.address_id = c.address_id
  AND r.state IN ({PENDING}, {DEFERRED})
""")


# What may have left keeps its words: a repeat of it says the same.
_OWN_WORDS = named("""
UPDATE digest_delivery SET message_id = %(own)s
WHERE send_id = %(carrier)s AND message_id = %(message)s
  AND state IN ({PENDING}, {DEFERRED}) AND lost_answers = 0
RETURNING address_id
""")
_PULL_UP = named("""
UPDATE digest_delivery SET next_try_at = next_try_at - make_interval(secs => %(put_off)s)
WHERE send_id = ANY(%(riders)s) AND address_id = ANY(%(addresses)s) AND state = {PENDING}
""")


@dataclass(frozen=True, slots=True)
class MergedHeld:
    """How many readers get one message in place of several, and how many rows were told so."""

    readers: int = 0
    told: int = 0


@transaction.atomic
def merge_held(*, now: datetime) -> MergedHeld:
    """Merge what is about to be due, and close what was told. Doing it twice changes nothing."""
    told = settle_told(now=now)
    for message in _merged_messages(now):
        _take_apart(message)
    groups: dict[tuple[str, tuple[int, ...], tuple[int, ...]], list[int]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"since": now - _LONGEST_HOLD, "ahead": AHEAD.total_seconds()})
        for address_id, channel, send_ids, message_ids in cursor.fetchall():
            groups[channel, tuple(send_ids), tuple(message_ids)].append(address_id)
    readers = sum(_merge(*which, addresses, now) for which, addresses in groups.items())
    return MergedHeld(readers, told)


def _merge(
    channel: str,
    send_ids: tuple[int, ...],
    message_ids: tuple[int, ...],
    addresses: list[int],
    now: datetime,
) -> int:
    carrier, riders = send_ids[-1], list(send_ids[:-1])
    message_id = _message(channel, send_ids, message_ids, now)
    with connection.cursor() as cursor:
        cursor.execute(_CARRY, {"message": message_id, "carrier": carrier, "addresses": addresses})
        carried = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            _PUT_OFF, {"put_off": PUT_OFF.total_seconds(), "riders": riders, "addresses": carried}
        )
    return len(carried)


def _message(
    channel: str, send_ids: Sequence[int], message_ids: Sequence[int], now: datetime
) -> int:
    """The words of all of them, rendered once for all readers whom the same ones were held for;
    each in the language that they were to get it in.
    """
    sends = {each.pk: each for each in Send.objects.filter(pk__in=send_ids)}
    frozen = [
        AlertRevision.objects.get(alert_id=sends[each].source_id, revision=sends[each].revision)
        for each in send_ids
    ]
    tongues = wording.languages_of(message_ids)
    name = hashlib.sha256(repr((*send_ids, *message_ids)).encode()).hexdigest()[:12]
    contents = [
        AlertContent.from_document(each.content).in_language(tongues[message])
        for each, message in zip(frozen, message_ids, strict=True)
    ]
    content = merged(contents, name)
    return wording.of_held(
        frozen[-1], content, channel, variant=f"{VARIANT}{name}", sends=send_ids, now=now
    )


def merged(held: Sequence[AlertContent], name: str) -> AlertContent:
    """Several alerts as one (pure): the newest leads, the others stand below it, newest first."""
    newest, *others = reversed(held)
    return replace(
        newest,
        # Not that of an alert: a later correction must not take the others away with it.
        public_id=f"{VARIANT}{name}",
        kind="held",
        revision=1,
        summary=" · ".join(each.headline for each in others),
    )


def settle_told(*, now: datetime) -> int:
    """Record as told what went out within another message; returns how many rows."""
    told = 0
    for message in _merged_messages(now):
        *riders, carrier = message.words[wording.HELD]
        waiting = Delivery.objects.filter(send_id__in=riders, next_try_at__isnull=False)
        if not waiting.exists():
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                _TOLD,
                {"reply": REPLY, "carrier": carrier, "message": message.pk, "riders": riders},
            )
            told += cursor.rowcount
    return told


def take_out(send: Send, *, now: datetime) -> None:
    """A send was called off or stopped: what would say it within another message does not."""
    if send.kind == Send.Kind.ALERT:
        for message in _merged_messages(now).filter(words__held__contains=[send.pk]):
            _take_apart(message)


def carried(send_ids: Sequence[int], *, now: datetime) -> tuple[list[int], list[int]]:
    """The messages that tell of ``send_ids`` within another send, and the sends that carry them."""
    found = [
        (message.pk, message.words[wording.HELD][-1])
        for message in _merged_messages(now)
        if not set(message.words[wording.HELD][:-1]).isdisjoint(send_ids)
    ]
    return [pk for pk, _ in found], [carrier for _, carrier in found]


def _merged_messages(now: datetime) -> QuerySet[Message]:
    return Message.objects.filter(
        kind=Send.Kind.ALERT, variant__startswith=VARIANT, created_at__gt=now - _LONGEST_HOLD
    )


def _take_apart(message: Message) -> None:
    """Its own words to the carrier, if one that it tells of does not go out any more."""
    *riders, carrier = message.words[wording.HELD]
    goes = Send.objects.filter(pk__in=riders, state__in=[Send.State.RUNNING, Send.State.DONE])
    if goes.count() == len(riders):
        return
    own = Message.objects.filter(
        kind=message.kind, source_id=message.source_id, revision=message.revision,
        channel=message.channel, language=message.language, variant="",
    ).values_list("pk", flat=True)  # fmt: skip
    values = {"own": own.get(), "carrier": carrier, "message": message.pk}
    with connection.cursor() as cursor:
        cursor.execute(_OWN_WORDS, values)
        alone = [row[0] for row in cursor.fetchall()]
        # Due with the carrier, as they were: what is in time for it is merged anew.
        cursor.execute(
            _PULL_UP,
            {"put_off": PUT_OFF.total_seconds(), "riders": riders, "addresses": alone},
        )
