"""Sends: live figures of what is going out, and its controls."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from digest.kit import clock
from digest.newsdesk.alerts.models import Alert, AlertRevision
from digest.newsdesk.editions.models import Edition
from digest.outbound.channels import registry
from digest.outbound.delivery.control import controls
from digest.outbound.delivery.figures.progress import Figures, figures
from digest.outbound.delivery.models import Send
from digest.outbound.delivery.planning.takeover import taken_by_channel
from digest.staff.access import Right
from digest.web.desk import bounces, times
from digest.web.desk.guard import can, member_of, needs, not_done

State, Kind = Send.State, Send.Kind
# There are as many as readers sign up.
OF_ONE_READER = (Kind.SERVICE, Kind.WELCOME)
GOING = (State.PENDING, State.RUNNING, State.PAUSED, State.HELD)
SHOWN = 40
_ALWAYS = {"reader", "readers", "readers so far", "sent", "to go"}
_STATES = {
    State.PENDING: "about to start",
    State.RUNNING: "going out",
    State.PAUSED: "paused",
    State.HELD: "waits for you",
    State.DONE: "finished",
    State.CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class SendRow:
    """One send, its figures, and what may be done to it."""

    send: Send
    channel: str
    title: str
    figures: Figures
    rows: tuple[tuple[str, str, bool], ...]
    pace: str
    acts: tuple[str, ...]
    what: str
    newsletter_id: int | None = None

    @property
    def state_said(self) -> str:
        """How far it is, in a word or two."""
        return _STATES[State(self.send.state)]

    @property
    def is_to_nobody(self) -> bool:
        """Whether it is over and had no reader; a correction is named in any case."""
        return self.send.state == State.DONE and not self.figures.total and not self.what

    @property
    def is_going(self) -> bool:
        """Whether its figures still change."""
        return self.send.state in GOING


@require_safe
@needs(Right.SEE_DESK)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """What is going out now, then the latest that went. Mail of one
    reader alone is left to the operators."""
    now, member = clock.now(), member_of(request)
    rows = Send.objects.exclude(kind__in=OF_ONE_READER)
    going = list(rows.filter(state__in=GOING).order_by("due_at", "pk")[:SHOWN])
    done = list(rows.exclude(state__in=GOING).order_by("-created_at", "-pk")[:SHOWN])
    context = {
        "here": "sends",
        "going": _standings(going, now),
        "done": _standings(done, now),
        "held_bounces": bounces.waiting(),
        "may_run": partial(can, request, Right.RUN_SENDS),
        "when": lambda at: times.day_and_time(at, member.time_zone, now),
    }
    return render(request, "desk/sends.html", context)


@require_POST
@needs(Right.RUN_SENDS)
def act(request: HttpRequest, send_id: int, verb: str) -> HttpResponseBase:
    """Pause, resume, cancel, retry the failed, or release one that was held."""
    now, member = clock.now(), member_of(request)
    steps: dict[str, Callable[[], object]] = {
        "pause": lambda: controls.pause(send_id, now=now, member=member),
        "resume": lambda: controls.resume(send_id, now=now, member=member),
        "cancel": lambda: controls.cancel(send_id, now=now, member=member),
        "retry": lambda: controls.retry_failed(send_id, now=now, member=member),
        "release": lambda: controls.release_held(send_id, now=now, member=member),
    }
    try:
        steps[verb]()
    except controls.CannotControl as error:
        not_done(request, str(error))
    return redirect("desk:sends")


def standing(kind: Send.Kind, source_id: int, *, now: datetime) -> list[SendRow]:
    """The sends of one edition or alert, the latest revision first."""
    sends = Send.objects.filter(kind=kind, source_id=source_id).order_by("-revision", "channel")
    return _standings(sends, now)


def _standings(sends: Iterable[Send], now: datetime) -> list[SendRow]:
    sends = list(sends)
    carried, kinds = _carried(sends), _kinds(sends)
    found = ((send, figures(send.pk)) for send in sends)
    return [_standing(send, seen, carried, kinds, now) for send, seen in found if seen is not None]


def _whom(send: Send, seen: Figures) -> str:
    """What its total counts: an alert goes to its first readers while the others are chosen."""
    if send.fan_out_after is not None and send.state in GOING:
        return "readers so far"
    return "reader" if seen.total == 1 else "readers"


def _standing(
    send: Send,
    seen: Figures,
    carried: "dict[tuple[str, int], _Carried]",
    kinds: dict[tuple[int, int], str],
    now: datetime,
) -> SendRow:
    rows: tuple[tuple[str, str, bool], ...] = (
        (_whom(send, seen), f"{seen.total:,}", False),
        ("sent", f"{seen.sent:,}", False),
        ("to go", f"{seen.queued + seen.deferred + seen.sending:,}", False),
        ("failed", f"{seen.failed:,}", True),
        ("answer lost", f"{seen.unknown:,}", True),
        ("skipped", f"{seen.skipped + seen.cancelled:,}", False),
    )
    said = carried.get((send.kind, send.source_id))
    taken = taken_by_channel(send.pk) if send.kind == Kind.ALERT else {}
    rows += tuple(
        (f"then by {registry.by(channel)}", f"{number:,}", False)
        for channel, number in taken.items()
    )
    return SendRow(
        send=send,
        channel=registry.by(send.channel),
        title=said.title if said else send.get_kind_display(),
        figures=seen,
        rows=tuple(row for row in rows if row[0] in _ALWAYS or row[1] != "0"),
        pace=_pace(send, seen, now),
        acts=_acts(send, seen),
        what=_what(send, kinds),
        newsletter_id=said.newsletter_id if said else None,
    )


def _acts(send: Send, seen: Figures) -> tuple[str, ...]:
    retry = ("retry",) if seen.failed else ()
    match send.state:
        case State.PENDING | State.RUNNING:
            return ("pause", "cancel", *(retry if send.state == State.RUNNING else ()))
        case State.PAUSED:
            return ("resume", "cancel", *retry)
        case State.HELD:
            return ("release", "cancel")
        case State.DONE:
            return retry
    return ()


def _pace(send: Send, seen: Figures, now: datetime) -> str:
    if send.state == State.RUNNING and seen.rate:
        eta = f", done in {times.span(seen.eta)}" if seen.eta else ""
        return f"{seen.rate:,.0f} a second{eta}"
    if send.started_at and send.finished_at:
        took = send.finished_at - send.started_at
        if took < timedelta(minutes=2):
            return f"took {took.total_seconds():.0f} s"
        return f"took {times.span(took)}"
    return ""


def _what(send: Send, kinds: dict[tuple[int, int], str]) -> str:
    """What a later send of the same thing is: a correction, a withdrawal; empty for the first."""
    if send.revision < 2:
        return ""
    if send.kind == Kind.ALERT:
        return kinds.get((send.source_id, send.revision), "") or "correction"
    return "correction" if send.revision == 2 else f"correction {send.revision - 1}"


def _kinds(sends: list[Send]) -> dict[tuple[int, int], str]:
    """What each revision of the alerts was, by alert and revision."""
    ids = {send.source_id for send in sends if send.kind == Kind.ALERT}
    rows = AlertRevision.objects.filter(alert_id__in=ids)
    return {(each.alert_id, each.revision): each.kind for each in rows}


class _Carried(NamedTuple):
    """What a send carries, and whose it is."""

    title: str
    newsletter_id: int | None = None


def _carried(sends: list[Send]) -> dict[tuple[str, int], _Carried]:
    """What each send carries, by kind and source."""
    ids: dict[str, set[int]] = {}
    for send in sends:
        ids.setdefault(send.kind, set()).add(send.source_id)
    editions = Edition.objects.filter(pk__in=ids.get(Kind.EDITION, ()))
    alerts = Alert.objects.filter(pk__in=ids.get(Kind.ALERT, ()))
    found = {
        (Kind.EDITION.value, each.pk): _Carried(each.title, each.newsletter_id) for each in editions
    }
    return found | {
        (Kind.ALERT.value, each.pk): _Carried(f"Alert: {each.headline}") for each in alerts
    }
