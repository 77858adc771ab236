"""Steps: who gave no sign for long is asked whether they still want it, and let go without answer.

Nothing is known of who reads, and nothing is guessed: a sign is what a reader did with us, which is
signing up, confirming, changing anything, or pressing the button of an earlier question. Where a
newsroom counts clicks, one that a person made is a sign as well, of which the day alone is kept.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from digest.audience.core import tokens
from digest.audience.core.pauses import UNTIL_ENDED
from digest.audience.models import consents
from digest.audience.models.addresses import Address, locked_by_id
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.notes import Note, NoteBatch
from digest.audience.models.subscriptions import Subscription, end, living
from digest.audience.models.suppressions import Suppression
from digest.audience.schedules import timetable
from digest.staff.audit import record
from digest.staff.members import Member

_AT_ONCE = 500
# One at a time: two would both find nobody asked. Advisory locks have one name space.
_LOCK = 0x51077
_MONTH = timedelta(days=30)
PLACE = "the newsroom's rule for readers who give no sign"
# Which of these addresses got the question, by batch: told by who keeps the ledger.
Arrived = Callable[[int, Collection[int]], set[int]]

_QUIET = """
SELECT a.id, min(s.id), array_agg(s.id ORDER BY s.id)
FROM digest_subscription s
JOIN digest_address a ON a.id = s.address_id
WHERE s.state = 'active' AND a.channel = ANY(%(channels)s)
  AND a.verified_at < %(before)s AND a.verified_by <> 'place'
  AND (a.seen_on IS NULL OR a.seen_on < (%(before)s AT TIME ZONE 'UTC')::date)
  AND NOT EXISTS (SELECT FROM digest_suppression x WHERE x.fingerprint = a.fingerprint)
  AND NOT EXISTS (SELECT FROM digest_consent c
                  WHERE c.fingerprint = a.fingerprint AND c.at >= %(before)s
                    AND c.act <> 'imported' AND c.place <> %(place)s)
  AND NOT EXISTS (SELECT FROM digest_note n
                  WHERE n.address_id = a.id AND n.kind = 'ask'
                    AND (n.created_at >= %(before)s OR n.answered_at >= %(before)s))
GROUP BY a.id HAVING max(coalesce(s.confirmed_at, s.created_at)) < %(before)s
ORDER BY a.id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class StillWanted:
    """What the button of a question did: ``ended`` when it came too late to keep anything."""

    address_id: int
    locale: str
    answered: bool
    ended: bool


@dataclass(frozen=True, slots=True)
class LetGo:
    """Readers who gave no answer: how many were let go, and how many had given a sign."""

    let_go: int = 0
    answered: int = 0


def quiet_readers(
    *, now: datetime, channels: Collection[str], limit: int = _AT_ONCE
) -> list[tuple[int, int, list[int]]]:
    """Address, first subscription and all of them, of who gave no sign for so long."""
    if not settings.DIGEST_QUIET_MONTHS:
        return []
    before = now - settings.DIGEST_QUIET_MONTHS * _MONTH
    values: dict[str, Any] = {
        "channels": list(channels), "before": before, "place": PLACE, "limit": limit,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_QUIET, values)
        return list(cursor.fetchall())


@transaction.atomic
def ask_quiet(*, now: datetime, channels: Collection[str]) -> int:
    """Note the question for who gave no sign for ``DIGEST_QUIET_MONTHS``; 0: nobody is asked.

    However many workers look at the same time, each reader is asked once.
    """
    if not settings.DIGEST_QUIET_MONTHS:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
    notes = [
        Note(
            kind=Note.Kind.ASK,
            address_id=address,
            subscription_id=first,
            about=about,
            created_at=now,
            due_at=now,
            first_due_at=now,
        )
        for address, first, about in quiet_readers(now=now, channels=channels)
    ]
    Note.objects.bulk_create(notes)
    return len(notes)


def let_go(*, now: datetime, arrived: Arrived, limit: int = _AT_ONCE) -> LetGo:
    """Pause or end what nobody answered for within ``DIGEST_QUIET_WEEKS``, as the newsroom set.

    Only after the question arrived: whoever never got it is not taken at their silence. One audit
    entry per batch says how many; :func:`take_back` undoes it.
    """
    if not settings.DIGEST_QUIET_MONTHS:
        return LetGo()
    asked = Note.objects.filter(
        kind=Note.Kind.ASK,
        state=Note.State.PLANNED,
        answered_at=None,
        let_go_at=None,
        planned_at__lte=now - timedelta(weeks=settings.DIGEST_QUIET_WEEKS),
    ).order_by("planned_at", "pk")[:limit]
    by_batch: dict[int, list[Note]] = defaultdict(list)
    for each in asked:
        by_batch[each.batch_id or 0].append(each)
    gone = answered = 0
    for batch_id, notes in by_batch.items():
        got = arrived(batch_id, [each.address_id for each in notes])
        with transaction.atomic():
            ended = [_settle(each, each.address_id in got, now) for each in notes]
            number = ended.count(True)
            if number:
                record(
                    "let go", NoteBatch.objects.get(pk=batch_id), now=now, who=PLACE,
                    readers=number, how=settings.DIGEST_QUIET_THEN,
                )  # fmt: skip
        gone, answered = gone + number, answered + ended.count(False)
    return LetGo(gone, answered)


def _settle(note: Note, got_it: bool, now: datetime) -> bool | None:
    """True: let go. False: a sign came meanwhile. None: the question never arrived."""
    address = locked_by_id(note.address_id)
    still_open = Note.objects.filter(pk=note.pk, answered_at=None, let_go_at=None)
    if address is None or not still_open.filter(state=Note.State.PLANNED).exists():
        return None  # another worker was here, or the reader answered just now
    since = Consent.objects.filter(
        fingerprint=bytes(address.fingerprint), at__gte=note.created_at
    ).exclude(place=PLACE)
    seen = address.seen_on is not None and address.seen_on >= note.created_at.date()
    if seen or since.exists():
        Note.objects.filter(pk=note.pk).update(answered_at=now)
        return False
    if not got_it:
        reason = "The question did not arrive."
        Note.objects.filter(pk=note.pk).update(state=Note.State.DROPPED, reason=reason)
        return None
    meant = Subscription.objects.filter(pk__in=note.about, state=Subscription.State.ACTIVE)
    rows = list(meant.select_related("newsletter", "topic"))
    names = tuple(each.name for each in rows)
    if settings.DIGEST_QUIET_THEN == "end":
        end(rows, Subscription.Reason.QUIET, now=now)
        act = Consent.Act.WITHDRAWN
    else:
        meant.update(state=Subscription.State.PAUSED, paused_until=UNTIL_ENDED)
        act = Consent.Act.CHANGED
    Note.objects.filter(pk=note.pk).update(let_go_at=now, about=[each.pk for each in rows])
    consents.record(act, address, names, now=now, at=Circumstances(place=PLACE))
    timetable.keep(address, now=now)
    return bool(rows)


def note_clicks(addresses: Collection[int], *, now: datetime) -> None:
    """People followed a link of theirs: a sign, where quiet readers are asked; else not kept."""
    if settings.DIGEST_QUIET_MONTHS and addresses:
        day = now.date()
        rows = Address.objects.filter(pk__in=addresses).exclude(seen_on__gte=day)
        rows.update(seen_on=day)


def question(token: str) -> StillWanted:
    """What the button behind ``token`` would do; changes nothing. Raises ``tokens.BadToken``."""
    return _kept(tokens.read_keep(settings.SECRET_KEY, token))


@transaction.atomic
def keep(token: str, *, now: datetime, at: Circumstances) -> StillWanted:
    """The reader still wants it: all stays, and what was paused for their silence goes on.

    What ended is not begun again: that takes a sign-up. Raises ``tokens.BadToken``.
    """
    address_id = tokens.read_keep(settings.SECRET_KEY, token)
    address = locked_by_id(address_id)
    if address is None:
        raise tokens.Lapsed("This address is not known any more.")
    notes = Note.objects.filter(address=address, kind=Note.Kind.ASK, answered_at=None)
    rows = list(notes)
    resumed = [pk for each in rows if each.let_go_at for pk in each.about]
    Subscription.objects.filter(pk__in=resumed, state=Subscription.State.PAUSED).update(
        state=Subscription.State.ACTIVE, paused_until=None
    )
    if notes.update(answered_at=now):
        names = [each.name for each in living(address_id)]
        consents.record(Consent.Act.CHANGED, address, names, now=now, at=at)
        timetable.keep(address, now=now)
    return _kept(address_id)


@transaction.atomic
def take_back(batch_id: int, *, now: datetime, member: Member | None = None, who: str = "") -> int:
    """Undo :func:`let_go` for one batch of questions: all is as it was; how many readers.

    Who left by themselves meanwhile stays away, and so does who must not be written to.
    """
    batch = NoteBatch.objects.get(pk=batch_id, kind=Note.Kind.ASK)
    restored = 0
    for note in Note.objects.filter(batch=batch, let_go_at__isnull=False).order_by("pk"):
        address = locked_by_id(note.address_id)
        barred = Suppression.objects.filter(
            fingerprint=bytes(address.fingerprint) if address else b""
        )
        if address is None or barred.exists():
            continue
        there = {(each.newsletter_id, each.topic_id) for each in living(address.pk)}
        rows = Subscription.objects.filter(pk__in=note.about).select_related("newsletter", "topic")
        begun = [each for each in rows if _goes_on(each, there)]
        Subscription.objects.filter(pk__in=[each.pk for each in begun]).update(
            state=Subscription.State.ACTIVE, paused_until=None, ended_at=None, ended_reason=""
        )
        Note.objects.filter(pk=note.pk).update(let_go_at=None, answered_at=now)
        if begun:
            names = [each.name for each in begun]
            place = Circumstances(place="taken back by the newsroom")
            consents.record(Consent.Act.CHANGED, address, names, now=now, at=place)
            timetable.keep(address, now=now)
            restored += 1
    record("took back", batch, now=now, member=member, who=who, readers=restored)
    return restored


def _goes_on(each: Subscription, there: Iterable[tuple[int | None, int | None]]) -> bool:
    if each.state == Subscription.State.PAUSED:
        return True
    quiet = each.ended_reason == Subscription.Reason.QUIET
    return quiet and (each.newsletter_id, each.topic_id) not in there


def _kept(address_id: int) -> StillWanted:
    notes = Note.objects.filter(address=address_id, kind=Note.Kind.ASK)
    newest = notes.select_related("address__subscriber").order_by("-pk").first()
    if newest is None:
        raise tokens.Lapsed("This address is not known any more.")
    alive = Subscription.objects.filter(pk__in=newest.about).exclude(state=Subscription.State.ENDED)
    return StillWanted(
        address_id,
        newest.address.subscriber.locale,
        newest.answered_at is not None,
        not alive.exists(),
    )
