"""Decide that something goes out: one send per source, revision and channel, whoever asks.

Rules of lateness. An edition keeps its newsletter's grace, counted from its publication. An alert
that could not leave for an hour asks an editor: it is no news any more. A confirmation may be two
days late, its reader asked for it. A personal digest goes as long as no later slot of the same
reader has overtaken it, which within 20 hours none has.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from digest.audience.joining.confirm import is_answered
from digest.audience.models.letters import Letter
from digest.audience.models.notes import Note, NoteBatch
from digest.audience.models.schedules import SlotBatch
from digest.audience.notes.welcome import drop
from digest.kit import wake
from digest.newsdesk.alerts.models import AlertRevision
from digest.newsdesk.editions.models import EditionRevision
from digest.outbound.channels import registry
from digest.outbound.delivery.control import controls
from digest.outbound.delivery.models import Send
from digest.outbound.delivery.planning import corrections

ALERT_GRACE = timedelta(hours=1)
SERVICE_GRACE = timedelta(hours=48)
SLOTS_GRACE = timedelta(hours=20)
# What was published longer ago and has no send was never meant to have one.
LOOK_BACK = timedelta(days=7)

Kind, Lane, State = Send.Kind, Send.Lane, Send.State


@dataclass(frozen=True, slots=True)
class Planned:
    """The sends of what was asked for, by id; those that were there before are among them."""

    send_ids: tuple[int, ...] = ()


@transaction.atomic
def plan_edition(edition_id: int, revision: int, *, now: datetime) -> Planned:
    """Sends of a published newsletter edition, one per channel it is offered on.

    Those of its correction are for the newsroom's own places alone.
    """
    frozen = EditionRevision.objects.select_related("edition__newsletter").get(
        edition_id=edition_id, revision=revision
    )
    newsletter = frozen.edition.newsletter
    if newsletter is None:  # Personal: its readers' slots are batched, see plan_slot_batch.
        return Planned()
    channels = [name for name in settings.DIGEST_CHANNELS if name in newsletter.channels]
    if revision > 1:
        # What readers have stays as it was; it is corrected where it stands in public.
        there = corrections.places_of(newsletter.pk).values_list("address__channel", flat=True)
        channels = [name for name in channels if name in set(there)]
    return _create(
        Kind.EDITION,
        edition_id,
        revision,
        channels,
        lane=Lane.DIGESTS,
        due_at=frozen.published_at,
        grace=newsletter.grace,
        now=now,
    )


@transaction.atomic
def plan_alert(alert_id: int, revision: int, *, now: datetime) -> Planned:
    """Sends of an alert's revision on every channel; ends those of the revisions before it."""
    frozen = AlertRevision.objects.get(alert_id=alert_id, revision=revision)
    superseded = Send.objects.filter(
        kind=Kind.ALERT,
        source_id=alert_id,
        revision__lt=revision,
        state__in=[State.PENDING, State.RUNNING, State.PAUSED, State.HELD],
    )
    for earlier in superseded:
        reason = f"Revision {revision} took its place."
        # Not its rows: what takes its place must not wait for a million of them.
        controls.call_off(earlier.pk, now=now, reason=reason, who="the next revision")
    return _create(
        Kind.ALERT,
        alert_id,
        revision,
        settings.DIGEST_CHANNELS,
        lane=Lane.ALERTS,
        due_at=frozen.issued_at,
        grace=ALERT_GRACE,
        now=now,
    )


@transaction.atomic
def plan_slot_batch(batch_id: int, *, now: datetime) -> Planned:
    """The send of one batch of readers' slots on its channel."""
    batch = SlotBatch.objects.get(pk=batch_id)
    return _one(Kind.SLOTS, batch_id, batch.channel, due_at=batch.due_at, now=now)


@transaction.atomic
def plan_service(letter_id: int, *, now: datetime) -> Planned:
    """The send of one letter, when it is due; a question that was answered meanwhile is dropped."""
    letter = Letter.objects.select_related("address").filter(pk=letter_id, due_at__lte=now).first()
    if letter is None:
        return Planned()
    if letter.kind == Letter.Kind.CONFIRM and is_answered(letter):
        letter.delete()
        return Planned()
    channel = letter.address.channel
    return _one(Kind.SERVICE, letter_id, channel, due_at=letter.due_at, now=now)


@transaction.atomic
def plan_welcome(note_id: int, *, now: datetime) -> Planned:
    """The send of one welcome."""
    waiting = Note.objects.select_related("address").filter(pk=note_id, state=Note.State.WAITING)
    note = waiting.filter(kind=Note.Kind.WELCOME, due_at__lte=now).select_for_update().first()
    if note is None:
        return Planned()
    note.state, note.planned_at = Note.State.PLANNED, now
    note.save(update_fields=["state", "planned_at"])
    return _one(Kind.WELCOME, note_id, note.address.channel, due_at=note.due_at, now=now)


@transaction.atomic
def plan_note_batch(batch_id: int, *, now: datetime) -> Planned:
    """The send of notes that go out together."""
    batch = NoteBatch.objects.get(pk=batch_id)
    return _one(Kind(batch.kind), batch_id, batch.channel, due_at=batch.created_at, now=now)


def plan_missing(*, now: datetime, kinds: Collection[str] = tuple(Kind)) -> Planned:
    """Plan whatever should have a send and has none: what a lost wake-up left behind."""
    found: list[Planned] = []
    if Kind.ALERT in kinds:
        found += [plan_alert(*each, now=now) for each in _missing_alerts(now)]
    for kind, missing, plan in (
        (Kind.SERVICE, _missing_service, plan_service),
        (Kind.WELCOME, _missing_welcomes, plan_welcome),
        (Kind.SERIES, partial(_missing_note_batches, Kind.SERIES), plan_note_batch),
        (Kind.ASK, partial(_missing_note_batches, Kind.ASK), plan_note_batch),
    ):
        if kind in kinds:
            found += [plan(each, now=now) for each in missing(now)]
    if Kind.EDITION in kinds:
        found += [plan_edition(*each, now=now) for each in _missing_editions(now)]
    if Kind.SLOTS in kinds:
        found += [plan_slot_batch(each, now=now) for each in _missing_batches(now)]
    return Planned(tuple(pk for each in found for pk in each.send_ids))


def _one(
    kind: Send.Kind, source_id: int, channel: str, *, due_at: datetime, now: datetime
) -> Planned:
    """The one send of what has no revisions, on its channel: a batch, or a letter or note alone."""
    alone = kind in (Kind.SERVICE, Kind.WELCOME)
    lane, grace = (Lane.TRANSACTIONAL, SERVICE_GRACE) if alone else (Lane.DIGESTS, SLOTS_GRACE)
    return _create(kind, source_id, 1, [channel], lane=lane, due_at=due_at, grace=grace, now=now)


def _create(
    kind: Send.Kind,
    source_id: int,
    revision: int,
    channels: Iterable[str],
    *,
    lane: Send.Lane,
    due_at: datetime,
    grace: timedelta,
    now: datetime,
) -> Planned:
    wanted = [name for name in channels if name in settings.DIGEST_CHANNELS]
    Send.objects.bulk_create(
        [
            Send(
                kind=kind,
                source_id=source_id,
                revision=revision,
                channel=channel,
                lane=lane,
                due_at=due_at,
                grace=grace,
                created_at=now,
            )
            for channel in wanted
        ],
        ignore_conflicts=True,
    )
    sends = Send.objects.filter(
        kind=kind, source_id=source_id, revision=revision, channel__in=wanted
    )
    found = sorted(sends.values_list("pk", "state"))
    waiting = [pk for pk, state in found if state == State.PENDING]
    if waiting:
        wake.on_commit(f"fan_out:{lane.value}", *waiting)
    return Planned(tuple(pk for pk, _ in found))


def _sends_of(kind: Send.Kind, source: str, revision: str | None = None) -> Exists:
    match = {"kind": kind, "source_id": OuterRef(source)}
    if revision:
        match["revision"] = OuterRef(revision)
    return Exists(Send.objects.filter(**match))


def _missing_alerts(now: datetime) -> list[tuple[int, int]]:
    found = AlertRevision.objects.filter(
        ~_sends_of(Kind.ALERT, "alert_id", "revision"), issued_at__gt=now - LOOK_BACK
    )
    return list(found.order_by("issued_at").values_list("alert_id", "revision"))


def _missing_editions(now: datetime) -> list[tuple[int, int]]:
    found = EditionRevision.objects.filter(
        ~_sends_of(Kind.EDITION, "edition_id", "revision"),
        Q(revision=1) | Exists(corrections.places_of(OuterRef("edition__newsletter"))),
        edition__newsletter__isnull=False,
        published_at__gt=now - LOOK_BACK,
    )
    return list(found.order_by("published_at").values_list("edition_id", "revision"))


def _missing_batches(now: datetime) -> list[int]:
    found = SlotBatch.objects.filter(~_sends_of(Kind.SLOTS, "pk"), created_at__gt=now - LOOK_BACK)
    return list(found.order_by("due_at").values_list("pk", flat=True))


def _missing_note_batches(kind: Send.Kind, now: datetime) -> list[int]:
    sent = Exists(Send.objects.filter(kind=OuterRef("kind"), source_id=OuterRef("pk")))
    found = NoteBatch.objects.filter(~sent, kind=kind, created_at__gt=now - LOOK_BACK)
    return list(found.order_by("pk").values_list("pk", flat=True))


def _missing_service(now: datetime, limit: int = 500) -> list[int]:
    # What a channel cannot say is shown on the reader's page instead.
    silent = [name for name in settings.DIGEST_CHANNELS if not registry.spec(name).words.service]
    found = Letter.objects.filter(
        ~_sends_of(Kind.SERVICE, "pk"),
        Q(kind=Letter.Kind.CONFIRM) | ~Q(address__channel__in=silent),
        due_at__lte=now,
        due_at__gt=now - SERVICE_GRACE,
        address__channel__in=settings.DIGEST_CHANNELS,
    )
    return list(found.order_by("due_at").values_list("pk", flat=True)[:limit])


def _missing_welcomes(now: datetime, limit: int = 500) -> list[int]:
    """Welcomes that are due; those that cannot be said, or come too late, are written down so."""
    due = Note.objects.filter(kind=Note.Kind.WELCOME, state=Note.State.WAITING, due_at__lte=now)
    greet = [name for name in settings.DIGEST_CHANNELS if registry.spec(name).words.welcome]
    silent = due.exclude(address__channel__in=greet)
    drop(silent.values_list("pk", flat=True)[:limit], "The channel carries no welcomes.")
    late = due.filter(due_at__lte=now - SERVICE_GRACE)
    drop(late.values_list("pk", flat=True)[:limit], "It could not leave for two days.")
    found = due.filter(address__channel__in=greet).order_by("due_at")
    return list(found.values_list("pk", flat=True)[:limit])
