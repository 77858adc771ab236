"""Step: one date of a newsletter goes at another time, or on another date."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction

from digest.newsdesk.editions.lock import EditionRefused
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.newsletters.cadence import cadence_of
from digest.newsdesk.newsletters.core.calendar import moment, slots, zone
from digest.newsdesk.newsletters.models import ExemptDates, Newsletter
from digest.staff.audit import record
from digest.staff.members import Member

State = Edition.State
MOVED = "moved to"


@dataclass(frozen=True, slots=True)
class MovedSlot:
    """Where the date went; ``was`` is its moment before, both UTC."""

    newsletter_id: int
    was: datetime
    at: datetime


@transaction.atomic
def move_slot(
    newsletter_id: int, on: date, to: date, at: time, *, member: Member, now: datetime
) -> MovedSlot:
    """Let what would go on the local date ``on`` go on ``to`` at local time ``at``, this once.

    A draft that is made already goes with it, up to the newsletter's next moment: what it covers
    began where the one before left off, and the one after would cover it again. Moving it back
    where it was leaves no trace in the calendar. Raises ``Newsletter.DoesNotExist``, and
    :class:`EditionRefused` with the remedy.
    """
    newsletter = Newsletter.objects.select_for_update(no_key=True).get(pk=newsletter_id)
    editions = Edition.objects.select_for_update(no_key=True).filter(newsletter=newsletter)
    edition = editions.filter(local_date=on).first()
    was, in_zone = _moment(newsletter, edition, on), zone(newsletter.time_zone)
    moved = moment(to, at, in_zone)
    if moved == was:
        raise EditionRefused(f"It goes at {at:%H:%M} on that day already.")
    if moved <= now:
        raise EditionRefused("That moment has passed. Choose a later one.")
    if to != on and (editions.filter(local_date=to).exists() or _goes(newsletter, to)):
        raise EditionRefused(
            f"{newsletter.name} goes on that day already, and has one edition a day. "
            "Move that one first, or choose another day."
        )
    if edition is not None:
        _bar_past_the_next(newsletter, edition, moved)
    else:
        _bar_within_one_made(newsletter, moved)
    _write(newsletter, on, to, at)
    if edition is not None:
        _carry(edition, to, moved)
    record(
        "moved", newsletter, now=now, member=member,
        before=was.isoformat(), after=moved.isoformat(), edition=edition.pk if edition else None,
    )  # fmt: skip
    return MovedSlot(newsletter_id, was, moved)


def _moment(newsletter: Newsletter, edition: Edition | None, on: date) -> datetime:
    if edition is not None:
        if edition.state == State.APPROVED:
            raise EditionRefused("It is approved. Take the approval back, then move it.")
        if edition.state != State.DRAFT:
            raise EditionRefused(f"It is {edition.state}, and cannot be moved any more.")
        return edition.slot_at
    due = cadence_of(newsletter).on(on)
    if due is None:
        raise EditionRefused(f"{newsletter.name} does not go on that day. Reload the page.")
    return moment(on, due, zone(newsletter.time_zone))


def _goes(newsletter: Newsletter, day: date) -> bool:
    return cadence_of(newsletter).on(day) is not None


def _write(newsletter: Newsletter, on: date, to: date, at: time) -> None:
    """The fewest exempt dates that say it: what earlier moves left on the two dates goes."""
    single = ExemptDates.objects.filter(newsletter=newsletter)
    single.filter(first=on, last=on, at__isnull=False).delete()
    single.filter(first=to, last=to, at__isnull=False).delete()
    single.filter(first=to, last=to, at=None, words__startswith=MOVED).delete()
    if to != on and _goes(newsletter, on):
        words = f"{MOVED} {to:%a} {to.day} {to:%b}, {at:%H:%M}"
        single.create(newsletter=newsletter, first=on, last=on, words=words)
    if cadence_of(newsletter).on(to) != at:
        single.create(newsletter=newsletter, first=to, last=to, at=at, words="moved here")


def _bar_past_the_next(newsletter: Newsletter, edition: Edition, moved: datetime) -> None:
    later = Edition.objects.filter(newsletter=newsletter, slot_at__gt=edition.slot_at)
    made = later.order_by("slot_at").values_list("slot_at", flat=True).first()
    try:
        coming = slots(cadence_of(newsletter), edition.slot_at)
        planned = next(each.at for each in coming if each.local_date != edition.local_date)
    except ValueError:
        # It goes on no other date.
        planned = None
    following = min((each for each in (made, planned) if each is not None), default=None)
    if following is not None and moved >= following:
        at = following.astimezone(zone(newsletter.time_zone))
        raise EditionRefused(
            f"It is made already, and the next one goes on {at:%a} {at.day} {at:%b} at {at:%H:%M}. "
            "Choose a moment before that, or move that one first."
        )


def _bar_within_one_made(newsletter: Newsletter, moved: datetime) -> None:
    rows = Edition.objects.filter(newsletter=newsletter, window_end__gte=moved)
    made = rows.exclude(state__in=(State.SKIPPED, State.CANCELLED)).order_by("window_end").first()
    if made is not None:
        at = made.slot_at.astimezone(zone(newsletter.time_zone))
        raise EditionRefused(
            f"The edition of {at:%a} {at.day} {at:%b}, {at:%H:%M}, is made already and covers that "
            "moment. Choose a later one."
        )


def _carry(edition: Edition, to: date, moved: datetime) -> None:
    if moved <= edition.window_start:
        raise EditionRefused("The edition before it is not out by then. Choose a later moment.")
    edition.local_date, edition.slot_at, edition.window_end = to, moved, moved
    edition.lock_version += 1
    edition.save()
