"""Keeps a schedule's row right: due only while its address is verified and follows a topic."""

from datetime import date, datetime

from digest.audience.core import slots
from digest.audience.models.addresses import Address
from digest.audience.models.schedules import Schedule, Slot
from digest.audience.models.subscriptions import Subscription


def rhythm_of(schedule: Schedule) -> slots.ScheduleRule:
    """The schedule's wish as a value."""
    return slots.rhythm(schedule.frequency, schedule.days, schedule.local_time, schedule.time_zone)


def keep(address: Address, *, now: datetime, changed: bool = False) -> Schedule | None:
    """Set whether and when the address's schedule is due, after its subscriptions changed.

    ``changed``: the hour, days or zone changed, so the next due moment is computed anew; a local
    date that had its slot gets no second one. Call inside a transaction that holds the address.
    """
    schedule = Schedule.objects.select_for_update().filter(address=address).first()
    if schedule is None:
        return None
    follows = Subscription.objects.filter(
        address=address, topic__isnull=False, state=Subscription.State.ACTIVE
    ).exists()
    was_active, schedule.is_active = schedule.is_active, follows and address.verified_at is not None
    if not schedule.is_active:
        schedule.next_due_at = None
    elif changed or not was_active or schedule.next_due_at is None:
        schedule.next_due_at = slots.next_due(
            rhythm_of(schedule), now, later_than=last_slot_date(schedule)
        ).at
        if not was_active and schedule.last_window_end is not None:
            # Back after a pause: what happened meanwhile is old news.
            schedule.last_window_end = max(
                schedule.last_window_end, slots.previous_due(rhythm_of(schedule), now)
            )
    schedule.save()
    return schedule


def last_slot_date(schedule: Schedule) -> date | None:
    """The local date of the schedule's latest slot, or None."""
    latest = Slot.objects.filter(schedule=schedule).order_by("-local_date").first()
    return latest.local_date if latest else None
