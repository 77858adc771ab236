"""Make editions: drafts of newsletters ahead of their slots, and readers' personal digests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from digest.kit.observe import log
from digest.kit.text import cut, one_line
from digest.newsdesk.editions.assemble import assemble
from digest.newsdesk.editions.candidates import candidates, seen_before
from digest.newsdesk.editions.core.rank import EditionWindow, in_sections, rank
from digest.newsdesk.editions.fill import lay, picks_for, refill_around
from digest.newsdesk.editions.freeze import freeze
from digest.newsdesk.editions.lock import EditionRefused, open_for_change, touch
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.newsletters.core.calendar import Cadence, CalendarSlot, latest_slot, next_slot
from digest.newsdesk.newsletters.models import Newsletter
from digest.newsdesk.stories.coverage import standing
from digest.newsdesk.topics.models import Topic
from digest.staff.audit import record
from digest.staff.members import Member

PERSONAL_SIZE = 12
LONGEST_WINDOW = timedelta(days=8)
TITLE_LIMIT = 200
RULE = "by rule"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A newsletter that was not composed, and why."""

    newsletter_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class PersonalEdition:
    """What the readers of one signature are due: which topics and language, over which window.

    ``slot_at`` and ``local_date`` are those of its slots; ``title`` is cut to what a subject holds.
    """

    signature_key: str
    topic_ids: Sequence[int]
    language: str
    window: EditionWindow
    slot_at: datetime
    local_date: date
    title: str


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
def compose_next(newsletter_id: int, *, now: datetime) -> Composed:
    """Compose the newsletter's next slot now, however far away; once, like :func:`compose_due`.

    Raises ``Newsletter.DoesNotExist``, and ``ValueError`` for a cadence that cannot be used.
    """
    newsletter = Newsletter.objects.select_for_update(no_key=True).get(pk=newsletter_id)
    slot = next_slot(cadence_of(newsletter), now)
    if _dated(newsletter, slot.local_date).exists():
        return Composed((), (Skipped(newsletter_id, "Its next edition is there already."),))
    return Composed((_draft(newsletter, slot, now),))


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
    return touch(edition, now=now)


def compose_personal(wanted: PersonalEdition, *, now: datetime) -> int | None:
    """The edition of a signature's window, published at once; None when nothing new is in it.

    One per signature and window: a second call, or two at once, give the same edition.
    """
    window = wanted.window
    made = Edition.objects.filter(
        signature_key=wanted.signature_key, window_start=window.start, window_end=window.end
    ).values_list("pk", flat=True)
    if (there := made.first()) is not None:
        return there
    offered = candidates(window, language=wanted.language, topic_ids=wanted.topic_ids)
    if not offered:
        return None
    offered = seen_before(offered, before=wanted.slot_at, signature_key=wanted.signature_key)
    picks = in_sections(rank(offered, window, PERSONAL_SIZE))
    topics = Topic.objects.filter(pk__in=wanted.topic_ids).values_list("name", flat=True)
    try:
        with transaction.atomic():
            edition = Edition.objects.create(
                signature_key=wanted.signature_key,
                language=wanted.language,
                local_date=wanted.local_date,
                time_zone=window.time_zone,
                slot_at=wanted.slot_at,
                window_start=window.start,
                window_end=window.end,
                title=cut(one_line(wanted.title), TITLE_LIMIT),
            )
            lay(edition, picks)
            content = assemble(edition, revision=1, topics=tuple(topics))
            if not content.items:
                transaction.set_rollback(True)
                return None
            freeze(edition, content, now=now, by=RULE)
            return edition.pk
    except IntegrityError:
        if (there := made.first()) is None:
            raise
        return there


def cadence_of(newsletter: Newsletter) -> Cadence:
    """The newsletter's rhythm as a value; raises ``ValueError`` when it cannot be used."""
    return Cadence(newsletter.days, newsletter.local_time, newsletter.time_zone)


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


def _draft(newsletter: Newsletter, slot: CalendarSlot, now: datetime) -> int:
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
    record("composed", edition, now=now, who=RULE, items=len(picks))
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
