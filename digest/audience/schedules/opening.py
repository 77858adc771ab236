"""Steps: due schedules open their slots, and slots get the edition composed for them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Max

from digest.audience.core import signatures, slots
from digest.audience.models.schedules import Schedule, Signature, Slot
from digest.audience.schedules.timetable import rhythm_of
from digest.audience.schedules.wishes import bases_had, wishes_of
from digest.newsdesk.topics.models import Topic


@dataclass(frozen=True, slots=True)
class Wanted:
    """One personal edition that open slots wait for: a signature over a window.

    ``had_keys`` are the signatures whose editions its readers may have had within a month, its own
    among them; ``newsletter_ids`` and ``alerts`` reach them beside it.
    """

    signature_key: str
    topic_ids: tuple[int, ...]
    language: str
    languages: tuple[str, ...]
    newsletter_ids: tuple[int, ...]
    alerts: bool
    muted: tuple[int, ...]
    had_keys: tuple[str, ...]
    window_start: datetime
    window_end: datetime
    slot_at: datetime
    time_zone: str
    local_date: date
    title: str
    slot_ids: tuple[int, ...]


@transaction.atomic
def open_slots(*, now: datetime, limit: int = 2_000) -> tuple[int, ...]:
    """Open the slot of up to ``limit`` schedules that are due; returns the new slots' ids.

    Two openers at once take different schedules (SKIP LOCKED). After an outage one slot opens
    for each schedule; the older ones, and those that nobody came to send, are written as missed
    and their windows go to the new one. A schedule whose reader follows nothing any more is set
    to rest.
    """
    due = list(
        Schedule.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("subscriber", "address")
        .filter(is_active=True, next_due_at__lte=now)
        .order_by("next_due_at")[:limit]
    )
    if not due:
        return ()
    wishes, had = wishes_of(due), bases_had(due, now=now)
    last_dates = _last_dates(due)
    overtaken = _waiting_of(due)
    signatures_by_key: dict[str, Signature] = {}
    made: list[Slot] = []
    missed: list[int] = []
    for schedule in due:
        wish = wishes.get(schedule.pk)
        if wish is None:
            schedule.is_active, schedule.next_due_at = False, None
            continue
        opened = _opening(schedule, last_dates.get(schedule.pk), now)
        schedule.next_due_at = opened.next_due.at
        if opened.due is None:
            continue
        schedule.last_window_end = opened.window_end
        before = overtaken.get(schedule.pk, [])
        missed += [slot.pk for slot in before]
        start = min([opened.window_start, *(slot.window_start for slot in before)])
        signature = _signature(wish, had.get(schedule.pk, set()), signatures_by_key)
        made += _slots(schedule, opened, start, signature)
    Slot.objects.filter(pk__in=missed).update(state=Slot.State.MISSED)
    Signature.objects.bulk_create(signatures_by_key.values(), ignore_conflicts=True)
    Schedule.objects.bulk_update(
        due, ["is_active", "next_due_at", "last_window_end"], batch_size=500
    )
    Slot.objects.bulk_create(made, batch_size=500)
    return tuple(slot.pk for slot in made if slot.state == Slot.State.OPEN)


def _opening(schedule: Schedule, last_date: date | None, now: datetime) -> slots.Opening:
    assert schedule.next_due_at is not None  # the query asked for it
    return slots.opening(
        rhythm_of(schedule),
        due_at=schedule.next_due_at,
        last_window_end=schedule.last_window_end,
        last_date=last_date,
        now=now,
    )


def _slots(
    schedule: Schedule, opened: slots.Opening, start: datetime, signature: Signature
) -> list[Slot]:
    """The rows of one opening: the slot itself, and those that an outage swallowed."""
    assert opened.due is not None  # the caller asked
    wish = rhythm_of(schedule)
    swallowed = [
        Slot(
            schedule=schedule,
            local_date=due.local_date,
            due_at=due.at,
            window_start=slots.previous_due(wish, due.at),
            window_end=due.at,
            signature=signature,
            state=Slot.State.MISSED,
        )
        for due in opened.missed
    ]
    current = Slot(
        schedule=schedule,
        local_date=opened.due.local_date,
        due_at=opened.due.at,
        window_start=start,
        window_end=opened.window_end,
        signature=signature,
    )
    return [*swallowed, current]


def _last_dates(due: Sequence[Schedule]) -> dict[int, date]:
    """The local date of each schedule's latest slot."""
    rows = Slot.objects.filter(schedule__in=due).values_list("schedule")
    return dict(rows.annotate(latest=Max("local_date")))


def _waiting_of(due: Sequence[Schedule]) -> dict[int, list[Slot]]:
    """Slots of these schedules that nobody came to send: the new ones overtake them."""
    found: dict[int, list[Slot]] = defaultdict(list)
    rows = Slot.objects.select_for_update().filter(
        schedule__in=due, state__in=[Slot.State.OPEN, Slot.State.READY]
    )
    for slot in rows.order_by("pk"):
        found[slot.schedule_id].append(slot)
    return found


def _signature(
    wish: signatures.DigestWish, had: set[str], known: dict[str, Signature]
) -> Signature:
    base = signatures.base_of(wish)
    earlier = signatures.earlier_than(base, had)
    key = signatures.signature_key(base, earlier)
    if key not in known:
        known[key] = Signature(
            key=key,
            base=base,
            topics=list(wish.topics),
            language=wish.locale,
            languages=list(wish.languages),
            newsletters=list(wish.newsletters),
            alerts=wish.alerts,
            muted=list(wish.muted),
            earlier=list(earlier),
        )
    return known[key]


# Readers of one signature and window may live in several zones: most of them name the date.
_WAITING = """
SELECT g.key, g.topics, g.language, g.languages, g.newsletters, g.alerts, g.muted,
       g.earlier || g.base, w.window_start, w.window_end,
       min(w.due_at), mode() WITHIN GROUP (ORDER BY c.time_zone),
       array_agg(w.id ORDER BY w.id)
FROM digest_slot w
JOIN digest_signature g ON g.key = w.signature_id
JOIN digest_schedule c ON c.id = w.schedule_id
WHERE w.state = 'open'
GROUP BY g.key, w.window_start, w.window_end
ORDER BY min(w.due_at), g.key
LIMIT %s
"""


def slots_waiting(*, now: datetime, limit: int = 200) -> tuple[Wanted, ...]:
    """The personal editions that open slots wait for, the earliest first. Changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, (limit,))
        rows = cursor.fetchall()
    names = dict(
        Topic.objects.filter(pk__in={topic for row in rows for topic in row[1]}).values_list(
            "pk", "name"
        )
    )
    keys = _keys({base for row in rows for base in row[7]})
    return tuple(_wanted(row, names, keys) for row in rows)


def _wanted(row: Sequence[Any], names: dict[int, str], keys: dict[str, list[str]]) -> Wanted:
    key, topics, language, languages, newsletters, alerts, muted, bases, start, end = row[:10]
    slot_at, zone, slot_ids = row[10:]
    return Wanted(
        signature_key=key,
        topic_ids=tuple(topics),
        language=language,
        languages=tuple(languages),
        newsletter_ids=tuple(newsletters),
        alerts=alerts,
        muted=tuple(muted),
        had_keys=tuple(sorted({key, *(known for base in bases for known in keys[base])})),
        window_start=start,
        window_end=end,
        slot_at=slot_at,
        time_zone=zone,
        local_date=slot_at.astimezone(ZoneInfo(zone)).date(),
        title=signatures.title_of([names[topic] for topic in topics if topic in names]),
        slot_ids=tuple(slot_ids),
    )


def _keys(bases: set[str]) -> dict[str, list[str]]:
    """The signatures of each base."""
    found: dict[str, list[str]] = defaultdict(list)
    rows = Signature.objects.filter(base__in=bases - {""}).values_list("base", "key")
    for base, key in rows:
        found[base].append(key)
    return found


_COMPOSED = """
UPDATE digest_slot slot
SET state = CASE WHEN made.edition IS NULL THEN 'empty' ELSE 'ready' END,
    edition_id = made.edition, reason = made.reason
FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS made (slot, edition, reason)
WHERE slot.id = made.slot AND slot.state = 'open'
"""


def slots_composed(
    slot_ids: Iterable[int], edition_id: int | None, *, now: datetime, reason: str = ""
) -> int:
    """Give open slots their edition; without one nothing is sent, for the ``reason`` kept.

    Returns how many were still open.
    """
    return slots_composed_together([(list(slot_ids), edition_id, reason)])


def slots_composed_together(made: Iterable[tuple[Iterable[int], int | None, str]]) -> int:
    """As :func:`slots_composed`, for several (slots, edition, reason) in one statement."""
    rows = [(slot, edition, reason[:100]) for slots, edition, reason in made for slot in slots]
    with connection.cursor() as cursor:
        cursor.execute(_COMPOSED, [list(column) for column in zip(*rows, strict=True)] or [[]] * 3)
        return int(cursor.rowcount)
