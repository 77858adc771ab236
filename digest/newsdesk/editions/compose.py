"""Make editions of newsletters: drafts ahead of their slots. Readers' digests: see personal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from digest.kit.observe import log
from digest.newsdesk.editions.coming.next_out import next_free_slot, open_edition
from digest.newsdesk.editions.fill import lay, picks_for, refill_around
from digest.newsdesk.editions.lock import EditionRefused, open_for_change, touch
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.newsletters.cadence import cadence_of
from digest.newsdesk.newsletters.core.calendar import CalendarSlot, latest_slot, next_slot
from digest.newsdesk.newsletters.models import Newsletter
from digest.newsdesk.stories.coverage import standing
from digest.staff.audit import record
from digest.staff.members import Member

LONGEST_WINDOW = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A newsletter that was not composed, and why."""

    newsletter_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Composed:
    """Editions made now, drafts whose items changed with the news, newsletters passed over."""

    edition_ids: tuple[int, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    refreshed: tuple[int, ...] = ()


def compose_due(*, now: datetime) -> Composed:
    """Compose every newsletter within its lead of a slot; refresh drafts nobody has touched.

    A slot that passed while nothing ran is composed late, and publish then decides by its grace;
    but only where the newsletter was in its rhythm before, so that a new one starts at its next
    slot. Each newsletter is a transaction of its own, and one with a broken cadence is passed
    over with the reason.
    """
    made: list[int] = []
    refreshed: list[int] = []
    skipped: list[Skipped] = []
    for newsletter_id in Newsletter.objects.order_by("pk").values_list("pk", flat=True):
        try:
            with transaction.atomic():
                newsletter = _claimed(newsletter_id)
                if newsletter is None:
                    skipped.append(Skipped(newsletter_id, "Another composer is at it."))
                    continue
                made += [_draft(newsletter, slot, now) for slot in _wanted(newsletter, now)]
                refreshed += _refresh(newsletter, now)
        except ValueError as error:
            log.warning("newsletter not composed", newsletter=newsletter_id, reason=str(error))
            skipped.append(Skipped(newsletter_id, str(error)))
    return Composed(
        tuple(made), tuple(skipped), tuple(each for each in refreshed if each not in made)
    )


@transaction.atomic
def compose_next(newsletter_id: int, *, now: datetime, member: Member | None = None) -> Composed:
    """Compose the newsletter's next edition now, as ``member`` asks, if none is open already.

    A date that had its edition is passed over. Raises ``Newsletter.DoesNotExist``, and
    ``ValueError`` for a cadence that cannot be used.
    """
    newsletter = Newsletter.objects.select_for_update(no_key=True).get(pk=newsletter_id)
    if open_edition(newsletter, now) is not None:
        return Composed((), (Skipped(newsletter_id, "Its next edition is there already."),))
    slot = next_free_slot(newsletter, now)
    return Composed((_draft(newsletter, slot, now, member),))


@transaction.atomic
def refill(edition_id: int, *, lock_version: int, member: Member, now: datetime) -> int:
    """Fill the edition by rule again around what editors pinned, worded or killed.

    Returns the new lock version; raises ``Stale`` and ``EditionRefused`` as the steps of curate do.
    """
    edition = open_for_change(edition_id, lock_version)
    newsletter = edition.newsletter
    if newsletter is None:
        raise EditionRefused("A personal digest is made by rule alone.")
    items = list(edition.items.prefetch_related("wordings"))
    kept = [item for item in items if item.pinned or item.killed or item.wordings.all()]
    # What was pinned or killed stays so when its story was merged with another meanwhile.
    today = standing(item.story_id for item in kept)
    room = newsletter.size - len({today[item.story_id] for item in kept if not item.killed})
    picks = picks_for(edition, newsletter, size=max(room, 0), without=list(today.values()))
    refill_around(edition, kept, picks)
    record("refilled", edition, now=now, member=member, kept=len(kept), picked=len(picks))
    return touch(edition, member=member, now=now)


def _claimed(newsletter_id: int) -> Newsletter | None:
    rows = Newsletter.objects.select_for_update(skip_locked=True, no_key=True)
    return rows.filter(pk=newsletter_id).first()


def _wanted(newsletter: Newsletter, now: datetime) -> Iterator[CalendarSlot]:
    """The slots that ought to have an edition by ``now`` and have none."""
    cadence = cadence_of(newsletter)
    editions = Edition.objects.filter(newsletter=newsletter)
    missed = latest_slot(cadence, now)
    in_rhythm = editions.filter(slot_at__lt=missed.at).exists()
    if in_rhythm and not editions.filter(local_date__gte=missed.local_date).exists():
        yield missed
    coming = next_slot(cadence, now)
    if coming.at - newsletter.lead <= now and not _dated(newsletter, coming.local_date).exists():
        yield coming


def _window_start(newsletter: Newsletter, slot: CalendarSlot) -> datetime:
    """Where the edition before left off: after a changed cadence or an outage nothing is lost."""
    before = Edition.objects.filter(newsletter=newsletter, window_end__lt=slot.at)
    left_off = before.order_by("-window_end").values_list("window_end", flat=True).first()
    if left_off is None:
        return slot.window_start
    return max(left_off, min(slot.window_start, slot.at - LONGEST_WINDOW))


def _dated(newsletter: Newsletter, local_date: date) -> QuerySet[Edition]:
    """A newsletter has one edition a date; a changed time counts from the next date on."""
    return Edition.objects.filter(newsletter=newsletter, local_date=local_date)


def _draft(
    newsletter: Newsletter, slot: CalendarSlot, now: datetime, member: Member | None = None
) -> int:
    edition = Edition.objects.create(
        newsletter=newsletter,
        language=newsletter.language,
        local_date=slot.local_date,
        time_zone=newsletter.time_zone,
        slot_at=slot.at,
        window_start=_window_start(newsletter, slot),
        window_end=slot.at,
        title=newsletter.name,
    )
    picks = picks_for(edition, newsletter, size=newsletter.size)
    lay(edition, picks)
    record("composed", edition, now=now, member=member, items=len(picks))
    return edition.pk


def _refresh(newsletter: Newsletter, now: datetime) -> Iterator[int]:
    """Bring drafts that wait for their slot up to the news, until an editor lays hands on them.

    A new version is only counted when the list changed: a page that shows it is then stale.
    """
    waiting = Edition.objects.select_for_update(no_key=True).filter(
        newsletter=newsletter, state=Edition.State.DRAFT, touched_at=None, slot_at__gt=now
    )
    for edition in waiting:
        if lay(edition, picks_for(edition, newsletter, size=newsletter.size)):
            edition.lock_version += 1
            edition.save(update_fields=["lock_version"])
            yield edition.pk
