"""As this reader gets it: an edition, an alert or their own digest, and the reason for the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from digest.audience.core.alert_rules import AlertAim
from digest.audience.core.languages import name_of
from digest.audience.models.schedules import Schedule
from digest.audience.models.subscribers import Subscriber
from digest.audience.models.subscriptions import Subscription
from digest.kit import clock
from digest.newsdesk.alerts import board
from digest.newsdesk.alerts.models import Alert
from digest.newsdesk.alerts.revise import topics_of
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.editions.preview import content_of
from digest.outbound.channels import registry
from digest.outbound.delivery.foreseen import alerts, digests, editions
from digest.outbound.delivery.foreseen.editions import ItemForReader
from digest.outbound.delivery.foreseen.verdict import ForeseenVerdict
from digest.staff.access import Right
from digest.staff.audit import AuditEntry, record
from digest.staff.members import Member
from digest.web.desk import given, previews, times
from digest.web.desk.guard import MAIL_POLICY, member_of, needs
from digest.web.desk.previews import Previews

OFFERED = 12
_LOOKED, _A_LOOK = "looked at as they get it", timedelta(hours=1)
State = Edition.State
_OPEN = (State.DRAFT, State.HELD, State.APPROVED)


@dataclass(frozen=True, slots=True)
class ToLookAt:
    """Something that may be looked at with this reader's eyes; ``what`` stands in the address."""

    what: str
    label: str


@dataclass(frozen=True, slots=True)
class AsTheyGetIt:
    """``made``: the words in the language that an address would get, by channel."""

    title: str
    verdicts: tuple[ForeseenVerdict, ...]
    items: tuple[ItemForReader, ...]
    made: Callable[[ForeseenVerdict], Previews]
    due_at: datetime | None = None
    sheet: str = ""


@require_safe
@needs(Right.SERVE_READERS)
def gets_page(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """What to look at, and then how this reader gets it, on each address, or why not."""
    reader = get_object_or_404(Subscriber, public_id=public_id)
    now, member = clock.now(), member_of(request)
    what = request.GET.get("what", "")[:60]
    context: dict[str, object] = {
        "here": "readers",
        "reader": reader,
        "name": ", ".join(each.value for each in reader.addresses.order_by("pk")),
        "reads": ", ".join(name_of(each) for each in reader.reads),
        "choices": _choices(reader),
        "what": what,
        "shown": None,
        "by": registry.by,
        "when": lambda at: times.day_and_time(at, member.time_zone, now),
        "name_of": name_of,
    }
    if what:
        shown = _shown(reader, what, now)
        record(_LOOKED, reader, now=now, member=member, what=what, title=shown.title)
        verdict = _chosen(shown, request.GET.get("by", ""))
        context |= {"shown": shown, "verdict": verdict}
        if verdict is not None:
            context |= _preview(reader, what, shown, verdict)
    return render(request, "desk/reader_gets.html", context)


@require_safe
@xframe_options_sameorigin
@needs(Right.SERVE_READERS)
def mail_page(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The page that one address would get, for a sandboxed frame."""
    reader = get_object_or_404(Subscriber, public_id=public_id)
    now, what = clock.now(), request.GET.get("what", "")[:60]
    shown = _shown(reader, what, now)
    verdict = _chosen(shown, request.GET.get("by", ""))
    if verdict is None:
        raise Http404
    _record_once(reader, member_of(request), what, shown.title, now)
    made = shown.made(verdict).by(verdict.channel)
    html = made.preview.page if made else ""
    return HttpResponse(html or "", headers={"Content-Security-Policy": MAIL_POLICY})


def _record_once(reader: Subscriber, member: Member, what: str, title: str, now: datetime) -> None:
    """Write down who opens the frame's page by itself; within its page that has been done."""
    looked = AuditEntry.objects.filter(
        subject_kind="subscriber", subject_id=reader.pk, verb=_LOOKED, member=member,
        detail__what=what, at__gt=now - _A_LOOK,
    )  # fmt: skip
    if not looked.exists():
        record(_LOOKED, reader, now=now, member=member, what=what, title=title)


def _preview(
    reader: Subscriber, what: str, shown: AsTheyGetIt, verdict: ForeseenVerdict
) -> dict[str, object]:
    made = shown.made(verdict)
    preview = next((each for each in made.shown if each.name == verdict.channel), None)
    return {
        "preview": preview,
        "trouble": "" if preview else made.problem or "This channel is not in use now.",
        "query": urlencode({"what": what, "by": verdict.address_id}),
    }


def _chosen(shown: AsTheyGetIt, asked: str) -> ForeseenVerdict | None:
    """The address that is looked at: the one asked for, else the first that gets it."""
    number = given.number(asked)
    named = (each for each in shown.verdicts if each.address_id == number)
    gets = (each for each in shown.verdicts if each.gets)
    return next(named, next(gets, shown.verdicts[0] if shown.verdicts else None))


def _choices(reader: Subscriber) -> list[ToLookAt]:
    """What is to go: editions of their newsletters and others, alerts, digests of their own."""
    theirs = Subscription.objects.filter(subscriber=reader, newsletter__isnull=False)
    wanted = set(theirs.values_list("newsletter_id", flat=True))
    waiting = Edition.objects.filter(newsletter__isnull=False, state__in=_OPEN)
    rows = sorted(
        waiting.order_by("slot_at")[:OFFERED], key=lambda e: e.newsletter_id not in wanted
    )
    found = [ToLookAt(f"edition:{each.public_id}", each.title) for each in rows]
    alive = Alert.objects.filter(state__in=(Alert.State.DRAFT, Alert.State.APPROVED))
    for each in alive.order_by("-pk")[:4]:
        found.append(ToLookAt(f"alert:{each.public_id}", f"Alert: {each.headline}"))
    for schedule in Schedule.objects.filter(subscriber=reader).order_by("channel"):
        by = registry.by(schedule.channel)
        found.append(ToLookAt(f"digest:{schedule.pk}", f"Their own digest by {by}"))
    return found


def _shown(reader: Subscriber, what: str, now: datetime) -> AsTheyGetIt:
    kind, _, key = what.partition(":")
    if kind == "edition":
        return _edition(reader, key, now)
    if kind == "alert":
        return _alert(reader, key, now)
    if kind == "digest":
        return _digest(reader, key, now)
    raise Http404


def _edition(reader: Subscriber, key: str, now: datetime) -> AsTheyGetIt:
    rows = Edition.objects.select_related("newsletter").filter(newsletter__isnull=False)
    edition = get_object_or_404(rows, public_id=given.uuid(key))
    content = content_of(edition.pk)
    return AsTheyGetIt(
        title=edition.title,
        verdicts=editions.verdicts(edition, reader, now=now),
        items=editions.items(edition, reader, now=now),
        made=lambda verdict: previews.of_edition(content),
        due_at=None if edition.state == State.PUBLISHED else edition.slot_at,
        sheet=str(edition.public_id),
    )


def _alert(reader: Subscriber, key: str, now: datetime) -> AsTheyGetIt:
    rows = Alert.objects.select_related("story")
    alert = get_object_or_404(rows, public_id=given.uuid(key))
    content = board.preview(alert.pk, now=now)
    aim = AlertAim(frozenset(topics_of(alert.story)), alert.is_biggest)
    return AsTheyGetIt(
        title=alert.headline,
        verdicts=alerts.verdicts(alert, aim, content.languages, reader, now=now),
        items=(),
        made=lambda verdict: previews.of_alert(content.in_language(verdict.language)),
    )


def _digest(reader: Subscriber, key: str, now: datetime) -> AsTheyGetIt:
    rows = Schedule.objects.select_related("subscriber", "address")
    schedule = get_object_or_404(rows, pk=given.number(key), subscriber=reader)
    made = digests.foreseen(schedule, now=now)
    content = made.content
    return AsTheyGetIt(
        title=f"Their own digest by {registry.by(schedule.channel)}",
        verdicts=(made.verdict,),
        items=made.items,
        made=lambda verdict: (
            previews.of_edition(content)
            if content
            else Previews(problem="Nothing would go, so there is nothing to show.")
        ),
        due_at=made.due_at,
    )
