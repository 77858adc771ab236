"""Step: a planned send becomes deliveries, one per address: in one transaction, or an alert's in
portions.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import connection, transaction
from django.db.models.functions import Now
from jinja2 import TemplateError

from digest.audience import recipients
from digest.audience.models.letters import Letter
from digest.audience.models.notes import Note, NoteBatch
from digest.kit import env, supervise, wake
from digest.kit.observe import log
from digest.kit.sql import inform_planner
from digest.newsdesk.editions.models import EditionRevision
from digest.outbound.delivery.control import sweep
from digest.outbound.delivery.ledger import partitions
from digest.outbound.delivery.models import Run, Send
from digest.outbound.delivery.planning import corrections, notes, wording
from digest.outbound.delivery.planning.alert_readers import write_portion
from digest.outbound.delivery.planning.rows import insert

Kind, State = Send.Kind, Send.State

# They read one reader's rows, by their keys.
_TO_ONE = (Kind.SERVICE, Kind.WELCOME)
# Below this the planner's guesses on a fresh table do no harm.
_ANALYZE_FROM = 5_000
# From here on two runs work on a send, each waking its own successor.
_SHARED_FROM = 5_000

_LANGUAGES = "SELECT DISTINCT r.language FROM ({recipients}) r"
_EDITIONS = "SELECT DISTINCT r.edition_id FROM ({recipients}) r"


# Who has it in hand is not asked: while a send is fanned out its row is locked.
_OTHERS_WAIT = """
SELECT EXISTS (
    SELECT FROM digest_send s
    WHERE s.lane = %(lane)s AND s.id <> %(send)s AND (
        s.state = 'pending' AND s.due_at <= statement_timestamp()
        OR s.state = 'running' AND s.fanned_out_at > statement_timestamp() - interval '30 seconds'
           AND NOT EXISTS (SELECT FROM digest_run r WHERE r.send_id = s.id
                           AND r.leased_until > statement_timestamp())
           AND EXISTS (SELECT FROM digest_delivery d WHERE d.send_id = s.id
                       AND d.next_try_at <= statement_timestamp())))
"""


@dataclass(frozen=True, slots=True)
class FannedOut:
    """``total`` deliveries of the send; ``first`` when this call made them, ``held`` when late.

    ``last``: how large the portion was that this call wrote last; None when all are written.
    """

    total: int
    first: bool = False
    held: bool = False
    last: int | None = None


def fan_out(send_id: int, *, now: datetime) -> FannedOut:
    """Make the deliveries of a pending send and let it run; a repeated call changes nothing.

    A send that is later than its grace, or cannot be rendered, is held for an editor instead. Two
    calls at once: one works, the other finds the row locked and leaves.

    An alert goes out as soon as its first readers are written down, and the rest are while it does.
    A call that was killed in between is gone on with by the next one.
    """
    partitions.ensure(send_id)
    if not Send.objects.filter(pk=send_id, kind__in=_TO_ONE).exists():
        inform_planner(recipients.TABLES)
    done = _fan_out(send_id, now, 0)
    analysed = _analyze(send_id, done, 0) if done.first else 0
    while done.first and done.last is not None:
        # Its first readers have it; those of another channel, or alert, have nothing yet.
        if _others_wait(send_id) and wake.call(f"fan_out:{Send.Lane.ALERTS.value}", send_id):
            return done
        step = _fan_out(send_id, now, done.last)
        if not step.first:
            # It was called off, or somebody else has it in hand.
            return step if step.held else done
        done, analysed = step, _analyze(send_id, step, analysed)
    return done


def _analyze(send_id: int, done: FannedOut, before: int) -> int:
    """Tell the planner of a table that has grown; for how many rows it knows it."""
    if done.total < max(_ANALYZE_FROM, 4 * before):
        return before
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {partitions.of(send_id)}")
    return done.total


def _others_wait(send_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS_WAIT, {"lane": Send.Lane.ALERTS.value, "send": send_id})
        return bool(cursor.fetchone()[0])


def _keep_senders(send_id: int, before: int, total: int) -> None:
    """Call a sender to what a portion has added where all of them have left, and a second one once
    it is many.
    """
    is_alone = not Run.objects.filter(send_id=send_id, leased_until__gt=Now()).exists()
    runs = (before < _SHARED_FROM <= total) + (total > 0 and is_alone)
    if runs:
        wake.call(f"send:{Send.Lane.ALERTS.value}", *[send_id] * runs)


@transaction.atomic
def _fan_out(send_id: int, now: datetime, last: int) -> FannedOut:
    send = Send.objects.select_for_update(skip_locked=True).filter(pk=send_id).first()
    if send is None:
        return FannedOut(0)
    # What is paused goes on: its rows are there, and wait, as if all had been at once.
    is_half = send.fan_out_after is not None and send.state in (State.RUNNING, State.PAUSED)
    if send.state != State.PENDING and not is_half:
        return FannedOut(send.total)
    if send.lane == Send.Lane.ALERTS:
        supervise.make_haste(env.home())
    begins = send.fanned_out_at is None
    if begins and now > send.due_at + send.grace:
        return _hold(
            send,
            f"It was due at {send.due_at:%Y-%m-%d %H:%M} UTC and could not start before"
            f" {now:%Y-%m-%d %H:%M}; release it or cancel it.",
        )
    size = None
    try:
        with transaction.atomic():
            if send.kind == Kind.ALERT:
                count, size = _deliver_alert(send, now, last)
            else:
                count = _deliver(send, now)
    except (ValueError, KeyError, TemplateError) as error:
        log.exception("a send could not be rendered", send=send.pk)
        return _hold(send, f"Its words could not be made: {error!r}; mend them and release it.")
    send.total += count
    if begins:
        send.fanned_out_at = send.started_at = now
    if not is_half:
        send.state = State.RUNNING
    send.save(update_fields=["total", "fanned_out_at", "started_at", "state", "fan_out_after"])
    if size is None and not count:
        # No sender is called for nothing: others wait for one, as when an alert has six channels.
        sweep.finish(send.pk, now=now)
    elif not begins:
        added = partial(_keep_senders, send.pk, send.total - count, send.total)
        transaction.on_commit(added, robust=True)
    elif count:
        runs = 2 if count >= _SHARED_FROM else 1
        wake.on_commit(f"send:{send.lane}", *[send.pk] * runs)
    return FannedOut(send.total, first=True, last=size)


def _deliver_alert(send: Send, now: datetime, last: int) -> tuple[int, int | None]:
    """A portion of its readers: how many, and its size unless it is the last one."""
    done = write_portion(send, now, last=last)
    send.fan_out_after = None if done.shard.is_last else done.shard.span.to
    return done.count, None if done.shard.is_last else done.size


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
    return insert("%s", query, [send.pk, message_id, spread, *query.params])


def _deliver_slots(send: Send, now: datetime) -> int:
    """Each reader's message is that of the edition composed for their topics."""
    query = recipients.for_slot_batch(send.source_id)
    with connection.cursor() as cursor:
        cursor.execute(_EDITIONS.format(recipients=query.sql), query.params)
        edition_ids = [row[0] for row in cursor.fetchall()]
    messages = wording.of_personal_editions(edition_ids, send.channel, now=now)
    return insert(
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
    return insert(
        "m.message_id",
        query,
        [send.pk, timedelta(), *query.params, list(told), list(told.values())],
        join="JOIN unnest(%s::text[], %s::bigint[]) AS m (language, message_id)"
        " ON m.language = r.language",
    )
