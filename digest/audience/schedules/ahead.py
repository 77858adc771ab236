"""Query: the digest that a schedule would open next, as it stands now. Changes nothing."""

from datetime import datetime
from zoneinfo import ZoneInfo

from digest.audience.core import signatures, slots
from digest.audience.models.schedules import Schedule
from digest.audience.schedules.opening import Wanted, keys_of
from digest.audience.schedules.timetable import last_slot_date, rhythm_of
from digest.audience.schedules.wishes import bases_had, wishes_of
from digest.newsdesk.topics.models import Topic


def wanted_next(schedule: Schedule, *, now: datetime) -> Wanted | None:
    """What the reader's next digest would be asked for as; None when none is due at all.

    ``schedule`` comes with its subscriber and address.
    """
    wish = wishes_of([schedule]).get(schedule.pk)
    if wish is None or not schedule.is_active or schedule.next_due_at is None:
        return None
    opened = slots.opening(
        rhythm_of(schedule),
        due_at=schedule.next_due_at,
        last_window_end=schedule.last_window_end,
        last_date=last_slot_date(schedule),
        now=max(now, schedule.next_due_at),
    )
    base = signatures.base_of(wish)
    earlier = signatures.earlier_than(base, bases_had([schedule], now=now).get(schedule.pk, ()))
    key = signatures.signature_key(base, earlier)
    known = keys_of({base, *earlier})
    names = dict(Topic.objects.filter(pk__in=wish.topics).values_list("pk", "name"))
    due_at = opened.due.at if opened.due else opened.window_end
    zone = schedule.time_zone
    return Wanted(
        signature_key=key,
        topic_ids=wish.topics,
        language=wish.locale,
        languages=wish.languages,
        newsletter_ids=wish.newsletters,
        alerts=wish.alerts,
        muted=wish.muted,
        had_keys=tuple(sorted({key, *(each for some in known.values() for each in some)})),
        window_start=opened.window_start,
        window_end=opened.window_end,
        slot_at=due_at,
        time_zone=zone,
        local_date=due_at.astimezone(ZoneInfo(zone)).date(),
        title=signatures.title_of([names[topic] for topic in wish.topics if topic in names]),
        slot_ids=(),
    )
