"""The calendar: seven days of all that goes, by newsletter and hour; each may be moved once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial

from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from digest.kit import clock
from digest.newsdesk.editions.coming.agenda import Going, Occurrence, agenda
from digest.newsdesk.editions.coming.move import move_slot
from digest.newsdesk.editions.later.models import PlannedChange
from digest.newsdesk.editions.lock import EditionRefused
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.newsletters.models import Newsletter
from digest.staff.access import Right
from digest.web.desk import times
from digest.web.desk.editions.planned import planned_by_edition
from digest.web.desk.guard import can, member_of, needs, not_done
from digest.web.desk.kept import KeptValues

_both: KeptValues[int] = KeptValues(600)
_READERS_OF_BOTH = """
SELECT count(*) FROM digest_subscription one JOIN digest_subscription other
    ON other.address_id = one.address_id AND other.state = 'active' AND other.newsletter_id = %s
WHERE one.newsletter_id = %s AND one.state = 'active'
"""
_OWN_HOURS = """
SELECT to_char(local_time, 'HH24:MI'), count(*) FROM digest_schedule WHERE is_active
GROUP BY 1 ORDER BY 2 DESC LIMIT 6
"""
_own_hours: KeptValues[tuple[tuple[str, int], ...]] = KeptValues(600)


FAR = timedelta(days=366)
_UNREADABLE = "Not moved: write a date within a year, as 2026-12-24, and a time, as 07:00."


@dataclass(frozen=True, slots=True)
class Chip:
    """One newsletter on one day, in words."""

    of: Occurrence
    clock: str
    zone: str
    state: str
    clash: str
    may_move: bool
    planned: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """A name of its own on the page."""
        return f"{self.of.newsletter.pk}-{self.of.day}"


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A column: ``says`` is what an editor should know of the day as a whole."""

    day: date
    name: str
    is_today: bool
    chips: tuple[Chip, ...]
    says: str


@require_safe
@needs(Right.SEE_DESK)
def calendar_page(request: HttpRequest) -> HttpResponseBase:
    """Seven days from ``?week=`` on, or from today."""
    now, member = clock.now(), member_of(request)
    today = now.astimezone(times.zone(member.time_zone)).date()
    first = _first(request.GET.get("week", ""), today)
    chosen = request.GET.get("newsletter", "")[:80]
    found = [
        each
        for each in agenda(first, first + timedelta(days=6), now=now)
        if not chosen or each.newsletter.slug == chosen
    ]
    may_move = partial(can, request, Right.APPROVE)
    changes = planned_by_edition([each.edition.pk for each in found if each.edition])
    days = [
        _day(first + timedelta(days=offset), today, found, member.time_zone, may_move, now, changes)
        for offset in range(7)
    ]
    context = {
        "here": "calendar",
        "days": days,
        "first": first,
        "earlier": first - timedelta(days=7),
        "later": first + timedelta(days=7),
        "is_now": first == today,
        "newsletters": list(Newsletter.objects.all()),
        "chosen": chosen,
        "own_hours": _own_hours.get("hours", _hours),
        "here_url": request.get_full_path(),
    }
    return render(request, "desk/calendar.html", context)


@require_POST
@needs(Right.APPROVE)
def move(request: HttpRequest) -> HttpResponseBase:
    """Let one date go at another time, or on another day."""
    newsletter = get_object_or_404(Newsletter, slug=request.POST.get("newsletter", "")[:80])
    onward = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()})
    # `redirect` takes a word without a slash for a view's name.
    if not ours or "/" not in onward:
        onward = ""
    now = clock.now()
    try:
        on, to = (date.fromisoformat(request.POST.get(name, "")) for name in ("on", "to"))
        typed = time.fromisoformat(request.POST.get("at", ""))
        at = typed.replace(second=0, microsecond=0, tzinfo=None)
        if max(abs(day - now.date()) for day in (on, to)) > FAR:
            raise ValueError
    except ValueError:
        not_done(request, _UNREADABLE)
        return redirect(onward or "desk:calendar")
    try:
        done = move_slot(newsletter.pk, on, to, at, member=member_of(request), now=now)
    except EditionRefused as error:
        not_done(request, f"Not moved: {error}")
        return redirect(onward or "desk:calendar")
    goes = times.day_and_time(done.at, newsletter.time_zone, now)
    was = times.day_and_time(done.was, newsletter.time_zone, now)
    messages.success(request, f"{newsletter.name} goes {goes}, this once; it was {was}.")
    return redirect(onward or "desk:calendar")


def _first(value: str, today: date) -> date:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = today
    # Far enough from the ends of the calendar for a week on either side.
    return min(max(day, date(2000, 1, 8)), date(2200, 1, 1))


def _day(
    day: date,
    today: date,
    found: Iterable[Occurrence],
    zone: str,
    may_move: Callable[[int], bool],
    now: datetime,
    changes: Mapping[int, list[PlannedChange]],
) -> CalendarDay:
    chips = tuple(_chip(each, zone, may_move, now, changes) for each in found if each.day == day)
    says = "" if any(each.of.at for each in chips) else "Nothing goes."
    return CalendarDay(day, f"{day:%A} {day.day} {day:%B}", day == today, chips, says)


def _chip(
    one: Occurrence,
    zone: str,
    may_move: Callable[[int], bool],
    now: datetime,
    changes: Mapping[int, list[PlannedChange]],
) -> Chip:
    own = one.newsletter.time_zone
    is_open = one.at is not None and one.at > now and _is_open(one)
    return Chip(
        of=one,
        clock=times.clock_time(one.at, own) if one.at else "",
        zone="" if own == zone else own.rpartition("/")[2].replace("_", " "),
        state=_state(one),
        clash=_clash(one),
        may_move=is_open and may_move(one.newsletter.pk),
        planned=tuple(
            f"{times.day_and_time(each.due_at, own, now)}: {each.says}"
            for each in (changes.get(one.edition.pk, ()) if one.edition else ())
        ),
    )


def _is_open(one: Occurrence) -> bool:
    if one.edition is not None:
        return one.edition.state == Edition.State.DRAFT
    return one.going is Going.PLANNED


def _state(one: Occurrence) -> str:
    if one.going is Going.RESTS:
        return one.words or "It rests"
    if one.edition is not None:
        return one.edition.get_state_display().lower()
    return "moved here" if one.is_moved else "to come"


def _clash(one: Occurrence) -> str:
    if not one.beside:
        return ""
    others = Newsletter.objects.filter(name__in=one.beside).exclude(pk=one.newsletter.pk)
    told = []
    for other in others[:3]:
        pair = tuple(sorted((one.newsletter.pk, other.pk)))
        both = _both.get(pair, lambda pair=pair: _readers_of_both(*pair))  # type: ignore[misc]
        if not both:
            continue  # nobody gets two mails at once
        readers = f"{both:,} {'reader gets' if both == 1 else 'readers get'} both"
        told.append(f"{other.name} goes at about the same time: {readers}.")
    return " ".join(told)


def _readers_of_both(one: int, other: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_READERS_OF_BOTH, [one, other])
        return int(cursor.fetchone()[0])


def _hours() -> tuple[tuple[str, int], ...]:
    with connection.cursor() as cursor:
        cursor.execute(_OWN_HOURS)
        return tuple(sorted((str(at), int(count)) for at, count in cursor.fetchall()))
