"""When a newsletter goes next: its rhythm, less the dates that had their edition already.

The rhythm alone would promise an edition for this evening although the day's went this morning,
because an editor sent it early or moved the hour afterwards.
"""

from collections.abc import Iterator
from datetime import datetime

from digest.newsdesk.editions.models import Edition
from digest.newsdesk.newsletters.cadence import cadence_of
from digest.newsdesk.newsletters.core.calendar import CalendarSlot, slots
from digest.newsdesk.newsletters.models import Newsletter

_OPEN = (Edition.State.DRAFT, Edition.State.APPROVED)


def next_free_slot(newsletter: Newsletter, now: datetime) -> CalendarSlot:
    """The first slot later than ``now`` on a date that has no edition, whatever became of it.

    Raises ``ValueError`` for a cadence that cannot be used.
    """
    return next(_free(newsletter, now))


def goes_next(newsletter: Newsletter, now: datetime) -> datetime:
    """The next moment, in UTC, at which its readers get it, if nobody does anything more.

    An open edition keeps its own hour. Raises ``ValueError`` as :func:`next_free_slot` does.
    """
    waiting = open_edition(newsletter, now)
    free = next_free_slot(newsletter, now)
    return min(waiting.slot_at, free.at) if waiting is not None else free.at


def open_edition(newsletter: Newsletter, now: datetime) -> Edition | None:
    """The first edition that waits for its hour."""
    waiting = newsletter.editions.filter(state__in=_OPEN, slot_at__gt=now)
    return waiting.order_by("slot_at").first()


def _free(newsletter: Newsletter, now: datetime) -> Iterator[CalendarSlot]:
    coming = slots(cadence_of(newsletter), now)
    first = next(coming)
    taken = newsletter.editions.filter(local_date__gte=first.local_date)
    dates = set(taken.values_list("local_date", flat=True))
    if first.local_date not in dates:
        yield first
    yield from (slot for slot in coming if slot.local_date not in dates)
