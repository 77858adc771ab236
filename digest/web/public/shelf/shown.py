"""What the pages of newsletters and topics show: each with its promise and a sample."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from digest.audience.core import languages
from digest.audience.models.subscriptions import Subscription
from digest.models import Newsletter, Topic
from digest.newsdesk.editions.coming.agenda import Going, occurrences
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.messages.reading import EditionView
from digest.web.public import latest, times
from digest.web.public.offers import Offer

_MOST_READ, _FOLDED = 8, 200
_DAYS = 7


@dataclass(frozen=True, slots=True)
class ShownNewsletter:
    """A newsletter with its latest edition, both in their own language; ``tongue`` names that."""

    slug: str
    name: str
    about: str
    note: str
    language: str
    tongue: str
    channels: tuple[str, ...]
    is_open: bool
    content: EditionContent | None
    reading: EditionView | None


@dataclass(frozen=True, slots=True)
class ShownTopics:
    """The topics read most, and the others; ``left`` more are on the page of all topics."""

    first: tuple[Offer, ...]
    rest: tuple[Offer, ...]
    left: int

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.first) + len(self.rest) + self.left


@dataclass(frozen=True, slots=True)
class PlannedIssue:
    """One newsletter on the calendar, at its own place's time."""

    slug: str
    name: str
    at: datetime
    time: str
    place: str


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """One date of the calendar."""

    day: date
    issues: tuple[PlannedIssue, ...]


def newsletters() -> tuple[ShownNewsletter, ...]:
    """Those that are open, in the newsroom's order."""
    found = list(Newsletter.objects.filter(is_open=True))
    newest = latest.by_newsletter([each.pk for each in found])
    return tuple(_shown(each, newest.get(each.pk)) for each in found)


def newsletter(slug: str) -> ShownNewsletter | None:
    """One that is open, or was published once; else None."""
    found = Newsletter.objects.filter(slug=slug).first()
    if found is None:
        return None
    content = latest.by_newsletter([found.pk]).get(found.pk)
    return _shown(found, content) if found.is_open or content else None


def _shown(each: Newsletter, content: EditionContent | None) -> ShownNewsletter:
    return ShownNewsletter(
        slug=each.slug,
        name=each.name,
        about=each.description,
        note=times.cadence(each.days, each.local_time, each.time_zone),
        language=each.language,
        tongue=languages.name_of(each.language),
        channels=tuple(each.channels),
        is_open=each.is_open,
        content=content,
        reading=latest.reading(content) if content else None,
    )


def topics(offered: Iterable[Offer]) -> ShownTopics:
    """The eight that most readers follow, by their number alone; those of a number as offered."""
    read = dict(
        Topic.objects.filter(is_open=True)
        .annotate(
            readers=Count("subscriptions", filter=Q(subscriptions__state=Subscription.State.ACTIVE))
        )
        .values_list("slug", "readers")
    )
    ordered = sorted(offered, key=lambda each: -read.get(each.slug, 0))
    rest = ordered[_MOST_READ:]
    return ShownTopics(
        tuple(ordered[:_MOST_READ]),
        tuple(sorted(rest[:_FOLDED], key=lambda each: each.name.casefold())),
        max(0, len(rest) - _FOLDED),
    )


def found(offered: Iterable[Offer], words: str) -> tuple[Offer, ...]:
    """The topics whose name or description holds all of ``words``."""
    wanted = words.casefold().split()
    return tuple(
        each
        for each in offered
        if all(word in f"{each.name} {each.about}".casefold() for word in wanted)
    )


def calendar(now: datetime) -> tuple[PlannedDay, ...]:
    """What the open newsletters plan for the week from ``now`` on, by the date it carries."""
    until = now + timedelta(days=_DAYS)
    planned: dict[date, list[PlannedIssue]] = {}
    # Somewhere it is a day earlier, or later, than in UTC.
    around = (now.date() - timedelta(days=1), until.date() + timedelta(days=1))
    for each in occurrences(*around, now=now):
        of = each.newsletter
        if not of.is_open or each.going is Going.DONE or each.at is None:
            continue
        if now < each.at < until:
            local, place = each.at.astimezone(ZoneInfo(of.time_zone)), times.place_of(of.time_zone)
            issue = PlannedIssue(of.slug, of.name, each.at, f"{local:%H:%M}", place)
            planned.setdefault(each.day, []).append(issue)
    return tuple(
        PlannedDay(day, tuple(sorted(issues, key=lambda each: (each.at, each.name))))
        for day, issues in sorted(planned.items())
    )
