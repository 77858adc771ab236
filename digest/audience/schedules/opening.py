"""Steps: due schedules open their slots, and slots get the edition composed for them."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Max
from django.db.models.expressions import RawSQL

from digest.audience.core import signatures, slots
from digest.audience.models.schedules import Schedule, Signature, Slot
from digest.audience.schedules.timetable import rhythm_of
from digest.audience.schedules.wishes import bases_had, wishes_of
from digest.kit.sql import copy_rows, new_ids, one_of
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
    known = _Signatures()
    openings = _openings(now)
    made: list[_SlotRow] = []
    missed: list[int] = []
    for schedule in due:
        wish = wishes.get(schedule.pk)
        if wish is None:
            schedule.is_active, schedule.next_due_at = False, None
            continue
        opened = openings(schedule, last_dates.get(schedule.pk))
        schedule.next_due_at = opened.next_due.at
        if opened.due is None:
            continue
        schedule.last_window_end = opened.window_end
        before = overtaken.get(schedule.pk, [])
        missed += [slot.pk for slot in before]
        start = min([opened.window_start, *(slot.window_start for slot in before)])
        made += _slots(schedule, opened, start, known.key(wish, had.get(schedule.pk, set())))
    Slot.objects.filter(pk__in=missed).update(state=Slot.State.MISSED)
    _keep(due)
    ids = new_ids("digest_slot", len(made))
    copy_rows("digest_slot", _SLOT, ((pk, *row) for pk, row in zip(ids, made, strict=True)))
    # Last, and checked at the end: who opens others of the same wishes waits from here on alone.
    _remember(known.made)
    return tuple(pk for pk, row in zip(ids, made, strict=True) if row[-2] == Slot.State.OPEN)


def _openings(now: datetime) -> Callable[[Schedule, date | None], slots.Opening]:
    """What a schedule opens at ``now``: most of those who are due together open the same."""
    opening = cache(partial(slots.opening, now=now))

    def of(schedule: Schedule, last_date: date | None) -> slots.Opening:
        assert schedule.next_due_at is not None  # the query asked for it
        return opening(
            rhythm_of(schedule),
            due_at=schedule.next_due_at,
            last_window_end=schedule.last_window_end,
            last_date=last_date,
        )

    return of


# Schedule, local date, due, window, signature, state and reason.
_SlotRow = tuple[int, date, datetime, datetime, datetime, str, str, str]
_SLOT = (
    "id", "schedule_id", "local_date", "due_at", "window_start", "window_end", "signature_id",
    "state", "reason",
)  # fmt: skip
# One document for all of them: an hour has tens of thousands, of several lists each.
_REMEMBER = """
INSERT INTO digest_signature
    (key, topics, language, base, languages, newsletters, alerts, muted, earlier)
SELECT key, topics, language, base, languages, newsletters, alerts, muted, earlier
FROM jsonb_to_recordset(%s::jsonb) AS made
    (key text, topics bigint[], language text, base text, languages text[], newsletters bigint[],
     alerts boolean, muted bigint[], earlier text[])
ORDER BY key
ON CONFLICT DO NOTHING
"""
_SIGNATURE = (
    "key", "topics", "language", "base", "languages", "newsletters", "alerts", "muted", "earlier",
)  # fmt: skip
_KEEP = """
UPDATE digest_schedule s
SET is_active = kept.is_active, next_due_at = kept.next_due_at, last_window_end = kept.window_end
FROM unnest(%s::bigint[], %s::boolean[], %s::timestamptz[], %s::timestamptz[])
    AS kept (id, is_active, next_due_at, window_end)
WHERE s.id = kept.id
"""


def _remember(made: Iterable[Signature]) -> None:
    """Write the signatures that nobody had before."""
    rows = [{name: getattr(each, name) for name in _SIGNATURE} for each in made]
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBER, [json.dumps(rows)])


def _keep(due: Sequence[Schedule]) -> None:
    """Write when the schedules are due next."""
    columns: list[Any] = [
        [each.pk for each in due],
        [each.is_active for each in due],
        [each.next_due_at for each in due],
        [each.last_window_end for each in due],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, columns)


def _slots(
    schedule: Schedule, opened: slots.Opening, start: datetime, signature: str
) -> list[_SlotRow]:
    """The rows of one opening: the slot itself, and those that an outage swallowed."""
    assert opened.due is not None  # the caller asked
    wish = rhythm_of(schedule)
    swallowed = [
        (
            schedule.pk, due.local_date, due.at, slots.previous_due(wish, due.at), due.at,
            signature, Slot.State.MISSED.value, "",
        )
        for due in opened.missed
    ]  # fmt: skip
    current = (
        schedule.pk, opened.due.local_date, opened.due.at, start, opened.window_end, signature,
        Slot.State.OPEN.value, "",
    )  # fmt: skip
    return [*swallowed, current]


def _last_dates(due: Sequence[Schedule]) -> dict[int, date]:
    """The local date of each schedule's latest slot."""
    rows = Slot.objects.filter(_slots_of(due)).values_list("schedule")
    return dict(rows.annotate(latest=Max("local_date")))


def _waiting_of(due: Sequence[Schedule]) -> dict[int, list[Slot]]:
    """Slots of these schedules that nobody came to send: the new ones overtake them."""
    found: dict[int, list[Slot]] = defaultdict(list)
    rows = Slot.objects.select_for_update().filter(
        _slots_of(due), state__in=[Slot.State.OPEN, Slot.State.READY]
    )
    for slot in rows.order_by("pk"):
        found[slot.schedule_id].append(slot)
    return found


def _slots_of(due: Sequence[Schedule]) -> RawSQL:
    return one_of("digest_slot.schedule_id", [each.pk for each in due])


class _Signatures:
    """The signatures of those who are due, each made once."""

    def __init__(self) -> None:
        self._bases: dict[signatures.DigestWish, str] = {}
        self._by_key: dict[str, Signature] = {}

    @property
    def made(self) -> list[Signature]:
        """Every one that was asked for, in one order: two who open at once wait for each other."""
        return [self._by_key[key] for key in sorted(self._by_key)]

    def key(self, wish: signatures.DigestWish, had: set[str]) -> str:
        """The key of a wish, with the bases of what its reader had before."""
        if wish not in self._bases:
            self._bases[wish] = signatures.base_of(wish)
        base = self._bases[wish]
        earlier = signatures.earlier_than(base, had)
        key = signatures.signature_key(base, earlier)
        if key not in self._by_key:
            self._by_key[key] = Signature(
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
        return key


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
  AND ('x' || left(md5(concat(g.topics, g.languages)), 7))::bit(28)::int %% %s = %s
GROUP BY g.key, w.window_start, w.window_end
ORDER BY min(w.due_at), g.topics, g.languages, g.key
LIMIT %s
"""


def slots_waiting(
    *, now: datetime, limit: int = 200, lane: tuple[int, int] = (0, 1)
) -> tuple[Wanted, ...]:
    """The personal editions that open slots wait for, the earliest first. Changes nothing.

    ``lane``: only those of one (number, of how many) lanes, into which topics and languages fall
    evenly. Those of the same ones come one after the other: most of them will be told the same.
    """
    number, lanes = lane
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, (lanes, number, limit))
        rows = cursor.fetchall()
    names = dict(
        Topic.objects.filter(pk__in={topic for row in rows for topic in row[1]}).values_list(
            "pk", "name"
        )
    )
    keys = keys_of({base for row in rows for base in row[7]})
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


def keys_of(bases: set[str]) -> dict[str, list[str]]:
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
