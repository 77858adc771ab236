"""What will go, went and does not go between two local dates, newsletter by newsletter."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum

from django.db.models import Min

from digest.newsdesk.editions.models import Edition
from digest.newsdesk.newsletters.cadence import cadence_of
from digest.newsdesk.newsletters.core.calendar import Cadence, moment, zone
from digest.newsdesk.newsletters.models import Newsletter

NEAR = timedelta(minutes=15)
"""Two newsletters that go within this of each other reach a reader of both at once."""


class Going(str, Enum):
    """What a date holds for a newsletter: to come, made already, gone, or left out."""

    PLANNED = "planned"
    MADE = "made"
    DONE = "done"
    RESTS = "rests"


_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One newsletter on one local date.

    ``at`` is UTC; None where it rests, and ``words`` then say why. ``beside`` names the newsletters
    that go within :data:`NEAR` of it.
    """

    newsletter: Newsletter
    day: date
    at: datetime | None
    going: Going
    words: str = ""
    is_moved: bool = False
    edition: Edition | None = None
    beside: tuple[str, ...] = field(default=())


def agenda(first: date, last: date, *, now: datetime) -> tuple[Occurrence, ...]:
    """Everything from ``first`` to ``last``, both included, by date and hour, for an editor.

    Each is told what goes beside it; see :func:`occurrences`.
    """
    found = occurrences(first, last, now=now)
    return tuple(_beside(each, found) for each in found)


def occurrences(first: date, last: date, *, now: datetime) -> tuple[Occurrence, ...]:
    """The same, each for itself.

    A moment that passed without an edition is a gap, if there were editions before it.
    A newsletter whose cadence cannot be used has its editions alone.
    """
    made: dict[tuple[int | None, date], Edition] = {
        (each.newsletter_id, each.local_date): each
        for each in Edition.objects.filter(
            newsletter__isnull=False, local_date__gte=first, local_date__lte=last
        )
    }
    since = dict(
        Edition.objects.filter(newsletter__isnull=False)
        .values_list("newsletter")
        .annotate(Min("local_date"))
    )
    found = [
        said
        for newsletter in Newsletter.objects.prefetch_related("exempt")
        for each in _of(newsletter, first, last, made)
        if (said := _passed(each, since.get(newsletter.pk), now)) is not None
    ]
    found.sort(key=lambda each: (each.day, each.at is None, each.at or _EVER))
    return tuple(found)


def _of(
    newsletter: Newsletter,
    first: date,
    last: date,
    made: dict[tuple[int | None, date], Edition],
) -> Iterator[Occurrence]:
    try:
        cadence: Cadence | None = cadence_of(newsletter)
    except ValueError:
        cadence = None
    why = {}
    for each in newsletter.exempt.all():
        for after in range((min(each.last, last) - max(each.first, first)).days + 1):
            why[max(each.first, first) + timedelta(days=after)] = each
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        edition, said = made.get((newsletter.pk, day)), why.get(day)
        words, is_moved = (said.words, said.at is not None) if said else ("", False)
        if edition is not None:
            closed = edition.state in (Edition.State.SKIPPED, Edition.State.CANCELLED)
            going = Going.DONE if edition.state == Edition.State.PUBLISHED else Going.MADE
            if closed:
                going, words = Going.RESTS, edition.state_reason
            at = None if closed else edition.slot_at
            yield Occurrence(newsletter, day, at, going, words, is_moved, edition)
        elif cadence is not None and (due := cadence.on(day)) is not None:
            at = moment(day, due, zone(newsletter.time_zone))
            yield Occurrence(newsletter, day, at, Going.PLANNED, words, is_moved)
        elif said is not None and str(day.isoweekday()) in newsletter.days:
            yield Occurrence(newsletter, day, None, Going.RESTS, words or "It rests")


def _passed(one: Occurrence, since: date | None, now: datetime) -> Occurrence | None:
    """What stands there once its moment has passed: nothing before the first edition, or a gap."""
    if one.going is not Going.PLANNED or one.at is None or one.at > now:
        return one
    if since is None or one.day < since:
        return None
    return replace(one, at=None, going=Going.RESTS, words="No edition was made")


def _beside(one: Occurrence, others: Iterable[Occurrence]) -> Occurrence:
    if one.at is None or one.going is Going.DONE:
        return one
    near = tuple(
        each.newsletter.name
        for each in others
        if each.at is not None
        and each.newsletter.pk != one.newsletter.pk
        and abs(each.at - one.at) < NEAR
        and set(each.newsletter.channels) & set(one.newsletter.channels)
    )
    if not near:
        return one
    return replace(one, beside=near)
