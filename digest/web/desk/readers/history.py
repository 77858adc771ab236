"""One reader: addresses, wishes, proofs of consent, and everything that was sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from digest.audience.core.languages import name_of
from digest.audience.core.pauses import is_open
from digest.audience.leaving import erase as erasing
from digest.audience.leaving import suppress
from digest.audience.models.addresses import Address
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.schedules import Schedule
from digest.audience.models.subscribers import Subscriber
from digest.audience.models.subscriptions import Subscription
from digest.audience.models.suppressions import Suppression
from digest.kit import clock
from digest.kit.text import one_line
from digest.outbound.channels import registry
from digest.outbound.delivery.figures.history import not_sent_to, sent_to
from digest.outbound.delivery.figures.own_data import of_person
from digest.staff.access import Right
from digest.staff.audit import record
from digest.web.desk import given, times
from digest.web.desk.guard import member_of, needs

_STATES = {
    Subscription.State.PENDING: "not confirmed yet",
    Subscription.State.ACTIVE: "gets it",
    Subscription.State.PAUSED: "paused",
    Subscription.State.ENDED: "ended",
}


@dataclass(frozen=True, slots=True)
class Reached:
    """An address of the reader's, and whether it is barred."""

    address: Address
    channel: str
    barred: Suppression | None


@dataclass(frozen=True, slots=True)
class Wish:
    """One subscription as a line."""

    name: str
    channel: str
    state: str
    alive: bool
    since: str
    remark: str


@require_safe
@needs(Right.SERVE_READERS)
def reader_page(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Everything that is known of one reader."""
    subscriber = get_object_or_404(Subscriber, public_id=public_id)
    now, member = clock.now(), member_of(request)

    def when(at: datetime) -> str:
        return times.day_and_time(at, member.time_zone, now)

    reached = _reached(subscriber)
    # Those of an address that they changed since are theirs by person.
    proofs = Consent.objects.filter(
        Q(fingerprint__in=[bytes(each.address.fingerprint) for each in reached])
        | Q(subscriber=subscriber)
    )
    context = {
        "here": "readers",
        "reader": subscriber,
        "reached": reached,
        "several": len(reached) > 1,
        "names": {each.address.pk: each.address.value for each in reached},
        "wishes": _wishes(subscriber, when),
        "schedules": Schedule.objects.filter(subscriber=subscriber).order_by("channel"),
        "proofs": list(proofs.order_by("-at", "-pk")[:100]),
        "sent": sent_to(subscriber.pk, now=now),
        "missed": not_sent_to(subscriber.pk, now=now),
        "by": registry.by,
        "name_of": name_of,
        "when": when,
    }
    return render(request, "desk/reader.html", context)


@require_safe
@needs(Right.SERVE_READERS)
def export(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """All that is stored on the reader, as the document that they may ask for."""
    subscriber = get_object_or_404(Subscriber, public_id=public_id)
    address = subscriber.addresses.order_by("pk").first()
    told = of_person(address.pk, now=clock.now()) if address else None
    if told is None:
        return HttpResponse("Nothing is stored on this reader any more.\n", status=404)
    record("exported", subscriber, now=clock.now(), member=member_of(request))
    name = f'attachment; filename="reader-{subscriber.public_id}.json"'
    return JsonResponse(
        told, headers={"Content-Disposition": name}, json_dumps_params={"indent": 2}
    )


@require_POST
@needs(Right.SERVE_READERS)
def bar(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Never write to one address again."""
    subscriber = get_object_or_404(Subscriber, public_id=public_id)
    address = get_object_or_404(
        subscriber.addresses, pk=given.number(request.POST.get("address", ""))
    )
    note, now, member = _note(request), clock.now(), member_of(request)
    suppress.suppress(
        address.pk, Suppression.Reason.EDITOR, now=now, note=f"{note} ({member})".strip()
    )
    record("barred an address", subscriber, now=now, member=member, channel=address.channel)
    messages.success(request, "The address is barred, and everything on it has ended.")
    return redirect("desk:reader", public_id)


@require_POST
@needs(Right.SERVE_READERS)
def erase(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """Forget the reader: only proofs of consent stay, without their name or address."""
    subscriber = get_object_or_404(Subscriber, public_id=public_id)
    now, member = clock.now(), member_of(request)
    address = subscriber.addresses.order_by("pk").first()
    if address is not None:
        erasing.erase(address.pk, now=now, at=Circumstances(place=f"the desk, by {member}"))
        record("erased", subscriber, now=now, member=member)
    messages.success(request, "The reader is forgotten. Proofs of consent stay, without address.")
    return redirect("desk:readers")


def _reached(subscriber: Subscriber) -> list[Reached]:
    addresses = list(subscriber.addresses.order_by("pk"))
    barred = {
        bytes(each.fingerprint): each
        for each in Suppression.objects.filter(
            fingerprint__in=[bytes(each.fingerprint) for each in addresses]
        )
    }
    return [
        Reached(each, registry.by(each.channel), barred.get(bytes(each.fingerprint)))
        for each in addresses
    ]


def _wishes(subscriber: Subscriber, when: Callable[[datetime], str]) -> list[Wish]:
    rows = subscriber.subscriptions.select_related("newsletter", "topic", "address")
    found = [
        Wish(
            name=each.name,
            channel=registry.by(each.address.channel),
            state=_STATES[Subscription.State(each.state)],
            alive=each.state != Subscription.State.ENDED,
            since=when(each.confirmed_at or each.created_at),
            remark=_remark(each, when),
        )
        for each in rows.order_by("-created_at")
    ]
    return sorted(found, key=lambda each: not each.alive)


def _remark(wish: Subscription, when: Callable[[datetime], str]) -> str:
    if wish.ended_at is not None:
        return f"{wish.get_ended_reason_display()}, {when(wish.ended_at)}"
    if wish.state == Subscription.State.PAUSED:
        ends = wish.paused_until
        return (
            "until the reader ends it" if ends is None or is_open(ends) else f"until {when(ends)}"
        )
    return ""


def _note(request: HttpRequest) -> str:
    return one_line(request.POST.get("note", "").replace("\x00", ""))[:200]
