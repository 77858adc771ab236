"""Step: a planned send becomes deliveries, one per address, in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from jinja2 import TemplateError

from digest.audience import recipients
from digest.audience.core.alert_rules import AlertAim
from digest.audience.models.letters import Letter
from digest.audience.models.notes import Note, NoteBatch
from digest.audience.recipients import Query
from digest.kit import env, supervise, wake
from digest.kit.observe import log
from digest.kit.sql import now as clock
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.alerts.models import AlertRevision
from digest.newsdesk.editions.models import EditionRevision
from digest.outbound.delivery.control import sweep
from digest.outbound.delivery.core.takeover import ACCEPTED_WITHIN
from digest.outbound.delivery.ledger import partitions
from digest.outbound.delivery.ledger.states import named
from digest.outbound.delivery.ledger.told_elsewhere import leave_to_others, spare_the_told
from digest.outbound.delivery.models import Send
from digest.outbound.delivery.planning import corrections, notes, takeover, wording
from digest.outbound.delivery.planning.held import carried, settle_told
from digest.outbound.delivery.planning.told_lately import skip_those_told

Kind, State = Send.Kind, Send.State

# Below this the planner's guesses on a fresh table do no harm.
_ANALYZE_FROM = 5_000
# From here on two runs work on a send, each waking its own successor.
_SHARED_FROM = 5_000

_DELIVER = """
INSERT INTO digest_delivery
    (send_id, address_id, message_id, subscription_id, slot_id, state, next_try_at)
SELECT %s, r.address_id, {message}, r.subscription_id, r.slot_id, 0,
    greatest(statement_timestamp() + random() * %s::interval, {not_before})
FROM ({recipients}) r {join}
ON CONFLICT (send_id, address_id) DO NOTHING
"""

# A withdrawal concerns those who got, or may have got, what it takes back; a correction besides
# those who were to get what it replaces. The sends are named, so that no other range is read.
_HAD_EARLIER = """
SELECT q.* FROM ({recipients}) q WHERE q.address_id IN (
    SELECT d.address_id FROM digest_delivery d
    WHERE d.send_id = ANY(%s) AND (
        d.state {states}
        -- An answer was lost: it may have arrived, whatever became of it.
        OR d.lost_answers > 0
        -- Told within another message, after quiet hours.
        OR d.state = {SKIPPED} AND EXISTS (
            SELECT FROM digest_message m WHERE m.id = d.message_id AND m.variant <> ''))
    UNION ALL
    -- Within another message that is on its way: this send was called off before that was noted.
    SELECT c.address_id FROM digest_delivery c
    WHERE c.send_id = ANY(%s) AND c.message_id = ANY(%s)
      AND (c.state IN ({SENDING}, {SENT}, {UNKNOWN}) OR c.lost_answers > 0))
"""
_TOLD = named(_HAD_EARLIER.replace("{states}", "IN ({SENDING}, {SENT}, {UNKNOWN})"))
# What another channel took over is corrected there.
_STAYS = """<> {SKIPPED} AND NOT (d.state = {FAILED} AND EXISTS (
    SELECT FROM digest_alert_watch w WHERE w.send_id = d.send_id
      AND w.address_id = d.address_id AND w.taken_by IS NOT NULL))"""
_TO_BE_TOLD = named(_HAD_EARLIER.replace("{states}", _STAYS))

# For recipients.for_alerts, whose names these are. On whichever of their channels it came.
HAD_TODAY = named("""
SELECT count(DISTINCT e.source_id) FROM digest_send e JOIN digest_delivery d ON d.send_id = e.id
WHERE e.id = ANY(%s) AND d.send_id = ANY(%s) AND e.created_at >= k.day_began
  AND d.address_id = ANY(CASE WHEN u.chain IS NULL THEN ARRAY[s.address_id] ELSE ARRAY(
      SELECT t.address_id FROM digest_alert_rule v
      JOIN digest_subscription t ON t.id = v.subscription_id WHERE v.chain = u.chain) END)
  AND d.state NOT IN ({FAILED}, {SKIPPED}, {CANCELLED})
""")

# In the transaction that made the rows: nobody has seen them yet.
_OVER_LIMIT = named("""
UPDATE digest_delivery SET state = {SKIPPED}, next_try_at = NULL, reply = %s
WHERE send_id = %s AND address_id IN ({recipients})
""")

_IN_TONGUE = """
LEFT JOIN unnest(%s::text[], %s::text[], %s::bigint[]) AS m (locale, reads, message_id)
    ON m.locale = r.language AND m.reads = array_to_string(r.reads, ',')
"""
_LANGUAGES = "SELECT DISTINCT r.language FROM ({recipients}) r"
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
    if send.lane == Send.Lane.ALERTS:
        supervise.make_haste(env.home())
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
    if not send.total:
        # No sender is called for nothing: others wait for one, as when an alert has six channels.
        sweep.finish(send.pk, now=now)
        return FannedOut(0, first=True)
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
            query = recipients.for_newsletter(newsletter.pk, send.channel)
            if send.revision == 1:
                spread = newsletter.spread
            else:
                query = corrections.to_places(send, query)
        case Kind.ALERT:
            return _deliver_alert(send, now)
        case Kind.SERVICE:
            letters = Letter.objects.select_related("address__subscriber")
            letter = letters.filter(pk=send.source_id).first()
            if letter is None:
                return 0  # its reader was erased meanwhile
            message_id = wording.of_letter(letter, send.channel, now=now)
            query = recipients.for_service(letter.address_id)
        case Kind.WELCOME:
            note = Note.objects.select_related("address__subscriber").filter(pk=send.source_id)
            if (found := note.first()) is None:
                return 0  # its reader was erased meanwhile
            message_id = notes.of_welcome(found, send.channel, now=now)
            query = recipients.for_welcome(found.pk)
        case Kind.SERIES:
            batch = NoteBatch.objects.select_related("step__series").get(pk=send.source_id)
            assert batch.step is not None  # batches of series have one
            message_id = notes.of_step(batch.step, send.channel, now=now)
            query = recipients.for_note_batch(batch.pk)
        case Kind.ASK:
            return _deliver_question(send, now)
        case Kind.SLOTS:
            return _deliver_slots(send, now)
        case _:
            raise ValueError(f"Send {send.pk} is of kind {send.kind}, which has no recipients.")
    return _insert("%s", query, [send.pk, message_id, spread, *query.params])


def _deliver_alert(send: Send, now: datetime) -> int:
    """By each reader's own rules; what follows an alert goes to those who had it alone."""
    frozen = AlertRevision.objects.select_related("alert").get(
        alert_id=send.source_id, revision=send.revision
    )
    settle_told(now=now)
    earlier = _earlier(send) if frozen.kind != AlertRevision.Kind.FIRST else []
    # Without an earlier send that began, a correction is what its readers hear first.
    follows = bool(earlier) or frozen.kind == AlertRevision.Kind.WITHDRAWAL
    aim = AlertAim(frozenset(frozen.topic_ids), frozen.is_biggest)
    others = others_today(send, now)
    had_today = None if follows else Query(HAD_TODAY, (others, others))
    query = recipients.for_alerts(
        send.channel, None if follows else aim, channels=settings.DIGEST_CHANNELS, now=now,
        had_today=had_today,
    )  # fmt: skip
    if follows:
        is_withdrawal = frozen.kind == AlertRevision.Kind.WITHDRAWAL
        had = _TOLD if is_withdrawal else _TO_BE_TOLD
        messages, carriers = carried(earlier, now=now)
        params_of_had = (*query.params, earlier, carriers, messages)
        query = Query(had.format(recipients=query.sql), params_of_had)
    total = insert_alert(send, frozen, query, now)
    if not follows:
        _skip_over_limit(send, recipients.over_limit(query))
        skip_those_told(send, frozen, now=now)
        # By the clock as it is with the send in hand: others took its readers until then.
        if max(now, clock()) > send.due_at + ACCEPTED_WITHIN:
            spare_the_told(send)
        if send.revision > 1:
            leave_to_others(send)
    if frozen.kind != AlertRevision.Kind.WITHDRAWAL:
        takeover.watch(send.pk)
    return total


def insert_alert(send: Send, frozen: AlertRevision, query: Query, now: datetime) -> int:
    """To each in a language that they read, or the newsroom's; mostly there is that alone."""
    own = wording.of_alert(frozen, send.channel, now=now)
    languages = AlertContent.from_document(frozen.content).languages
    if len(languages) == 1:
        params = [send.pk, own, timedelta(), *query.params]
        return _insert("%s", query, params, not_before="r.not_before")
    messages = {languages[0]: own}
    for each in languages[1:]:
        try:
            messages[each] = wording.of_alert(frozen, send.channel, language=each, now=now)
        except (ValueError, KeyError, TemplateError):
            # A channel that cannot say it so says it in the newsroom's: nobody waits for that.
            log.exception("an alert has no words in a language", send=send.pk, language=each)
    found = recipients.tongues(list(messages))
    params = [
        send.pk, own, timedelta(), *query.params,
        [locale for locale, _, _ in found],
        [",".join(reads) for _, reads, _ in found],
        [messages[language] for _, _, language in found],
    ]  # fmt: skip
    return _insert(
        "coalesce(m.message_id, %s)", query, params, join=_IN_TONGUE, not_before="r.not_before"
    )


def _skip_over_limit(send: Send, query: Query) -> None:
    """Write down, in place of a message, that the reader has had as many today as they want."""
    words = "Over the number of alerts a day that the reader wants."
    with connection.cursor() as cursor:
        cursor.execute(_OVER_LIMIT.format(recipients=query.sql), [words, send.pk, *query.params])


def _earlier(send: Send) -> list[int]:
    """The sends of the alert's earlier revisions on this channel that got as far as readers."""
    earlier = Send.objects.filter(
        kind=Kind.ALERT,
        source_id=send.source_id,
        channel=send.channel,
        revision__lt=send.revision,
        fanned_out_at__isnull=False,
    )
    return list(earlier.values_list("pk", flat=True))


def others_today(send: Send, now: datetime) -> list[int]:
    """The sends of other alerts that a reader's day may hold."""
    others = Send.objects.filter(
        kind=Kind.ALERT, total__gt=0, created_at__gt=now - timedelta(days=2)
    ).exclude(source_id=send.source_id)
    return list(others.values_list("pk", flat=True))


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


def _deliver_question(send: Send, now: datetime) -> int:
    """Each reader's message is that in their language."""
    batch = NoteBatch.objects.get(pk=send.source_id)
    query = recipients.for_note_batch(batch.pk)
    with connection.cursor() as cursor:
        cursor.execute(_LANGUAGES.format(recipients=query.sql), query.params)
        spoken = [row[0] for row in cursor.fetchall()]
    told = {each: notes.of_question(batch, each, send.channel, now=now) for each in spoken}
    return _insert(
        "m.message_id",
        query,
        [send.pk, timedelta(), *query.params, list(told), list(told.values())],
        join="JOIN unnest(%s::text[], %s::bigint[]) AS m (language, message_id)"
        " ON m.language = r.language",
    )


def _insert(
    message: str, query: Query, params: list[Any], *, join: str = "", not_before: str = "NULL"
) -> int:
    sql = _DELIVER.format(message=message, recipients=query.sql, join=join, not_before=not_before)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)
