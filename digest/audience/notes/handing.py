"""Step: notes that are due are handed over, as far as their readers' days have room for them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from digest.audience.core.room import ReaderDay, WaitingNote, day_of, share_out
from digest.audience.models.notes import Note, NoteBatch
from digest.audience.models.schedules import Schedule
from digest.audience.models.subscribers import Subscriber
from digest.audience.models.subscriptions import Subscription
from digest.audience.notes.series import zone_of
from digest.newsdesk.editions.coming.next_out import goes_next
from digest.newsdesk.newsletters.models import Newsletter

AT_ONCE = 500
# One at a time: two would both find room for one mail. Advisory locks have one name space.
_LOCK = 0x51076
# How many mails each address had since a moment: told by who keeps the ledger.
HadSince = Callable[[Collection[int], datetime], dict[int, int]]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The batches that were made, and how many notes were put off or dropped."""

    batches: tuple[int, ...] = ()
    put_off: int = 0
    dropped: int = 0


@transaction.atomic
def hand_over(
    *, now: datetime, had_since: HadSince, channels: Collection[str], limit: int = AT_ONCE
) -> HandedOver:
    """Look at up to ``limit`` notes that are due. ``channels`` are those that can carry them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return HandedOver()
    due = (
        Note.objects.filter(state=Note.State.WAITING, due_at__lte=now)
        .exclude(kind=Note.Kind.WELCOME)
        .exclude(Q(step__isnull=False) & Q(step__series__running_since=None))
        .exclude(subscription__state=Subscription.State.PAUSED)
        .select_related("subscription__subscriber", "address", "step")
    )
    notes = list(due.order_by("due_at", "pk")[:limit])
    dropped = _drop_unfit(notes, channels)
    live = [each for each in notes if each.state == Note.State.WAITING]
    days = _days({each.subscription.subscriber for each in live}, now, had_since)
    shared = share_out(
        (
            WaitingNote(each.pk, each.subscription.subscriber_id, each.first_due_at or each.due_at)
            for each in live
        ),
        days,
        most=settings.DIGEST_MOST_MAILS_A_DAY,
        now=now,
    )
    for note_id, at in shared.later:
        Note.objects.filter(pk=note_id).update(due_at=at)
    given_up = Note.objects.filter(pk__in=shared.given_up)
    dropped += given_up.update(
        state=Note.State.DROPPED, reason="The reader's days were full for two weeks."
    )
    going = set(shared.go)
    batches = _batches([each for each in live if each.pk in going], now)
    return HandedOver(batches, len(shared.later), dropped)


def _drop_unfit(notes: Iterable[Note], channels: Collection[str]) -> int:
    """Write down which of ``notes`` must not go any more, and why."""
    dropped = 0
    for each in notes:
        if each.subscription.state != Subscription.State.ACTIVE:
            each.reason = "They no longer follow what it is about."
        elif each.address.channel not in channels:
            each.reason = "The channel carries no such message."
        elif each.step is not None and each.step.position == 0:
            each.reason = "The message was taken out of its series."
        else:
            continue
        each.state = Note.State.DROPPED
        each.save(update_fields=["state", "reason"])
        dropped += 1
    return dropped


def _batches(going: Iterable[Note], now: datetime) -> tuple[int, ...]:
    together: dict[tuple[str, str, int | None], list[int]] = defaultdict(list)
    for each in going:
        together[each.kind, each.address.channel, each.step_id].append(each.pk)
    made = []
    for (kind, channel, step), ids in sorted(together.items(), key=str):
        batch = NoteBatch.objects.create(kind=kind, channel=channel, step_id=step, created_at=now)
        Note.objects.filter(pk__in=ids).update(
            state=Note.State.PLANNED, planned_at=now, batch=batch
        )
        made.append(batch.pk)
    return tuple(made)


def _days(
    readers: Iterable[Subscriber], now: datetime, had_since: HadSince
) -> dict[int, ReaderDay]:
    """What each reader's day holds: what they had, and what is sure to come."""
    by_zone: dict[str, list[int]] = defaultdict(list)
    for each in readers:
        by_zone[zone_of(each)].append(each.pk)
    holds: Counter[int] = Counter()
    found: dict[int, ReaderDay] = {}
    for zone, ids in by_zone.items():
        began, ends = day_of(now, zone)
        holds.update(_had(ids, began, had_since))
        holds.update(_to_come(ids, now, ends))
        found |= {pk: ReaderDay(zone, holds[pk]) for pk in ids}
    return found


def _had(readers: Collection[int], began: datetime, had_since: HadSince) -> Counter[int]:
    rows = Subscription.objects.filter(subscriber__in=readers).order_by()
    reader_of = dict(rows.values_list("address_id", "subscriber_id").distinct())
    counted: Counter[int] = Counter()
    for address, number in had_since(tuple(reader_of), began).items():
        counted[reader_of[address]] += number
    notes = Note.objects.filter(address__in=reader_of, state=Note.State.PLANNED)
    for address in notes.filter(planned_at__gte=began).values_list("address_id", flat=True):
        counted[reader_of[address]] += 1
    return counted


def _to_come(readers: Collection[int], now: datetime, ends: datetime) -> Counter[int]:
    """Digests and newsletters that their readers' day still brings."""
    counted: Counter[int] = Counter()
    due = Schedule.objects.filter(
        subscriber__in=readers, is_active=True, next_due_at__gt=now, next_due_at__lt=ends
    )
    counted.update(due.values_list("subscriber_id", flat=True))
    today = [each.pk for each in Newsletter.objects.all() if _comes(each, now, ends)]
    wanted = Subscription.objects.filter(
        subscriber__in=readers, newsletter__in=today, state=Subscription.State.ACTIVE
    )
    counted.update(wanted.values_list("subscriber_id", flat=True))
    return counted


def _comes(newsletter: Newsletter, now: datetime, ends: datetime) -> bool:
    try:
        return goes_next(newsletter, now) < ends
    except ValueError:
        return False  # a rhythm that cannot be used has no next edition
