"""Readers: found by their address, and how many there are."""

import re
import secrets
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from digest.audience.kinds import BadAddress, normalised
from digest.audience.models.addresses import Address, fingerprint_of
from digest.audience.models.consents import Consent
from digest.audience.models.subscribers import Subscriber
from digest.audience.models.subscriptions import Subscription
from digest.audience.models.suppressions import Suppression
from digest.kit import clock, valkey
from digest.newsdesk.newsletters.models import Newsletter
from digest.outbound.channels import registry
from digest.staff.access import Right
from digest.staff.audit import record
from digest.staff.members import Member
from digest.web.desk import given, times
from digest.web.desk.guard import member_of, needs
from digest.web.desk.kept import KeptValues

LONGEST = 320
_SOUGHT, _SOUGHT_SECONDS = "digest:sought:", 15 * 60
_NAME = re.compile(r"[\w-]{16}")
Figures = tuple[tuple[str, int, int], ...]
_figures: KeptValues[Figures] = KeptValues(60)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.SERVE_READERS)
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Who asks for what, and a field for one reader's address.

    An address is posted, so that it stands in no log and no history of a browser. Where nobody has
    it, the page that says so is one of its own, which a browser may come back to.
    """
    member = member_of(request)
    what = (request.POST.get("what", "") or request.GET.get("what", ""))[:60]
    if request.method == "POST":
        typed = request.POST.get("address", "").replace("\x00", "").strip()[:LONGEST]
        found = _found(typed)
        if found is None:
            sought = {"sought": _remember(typed, member), "what": what}
            return redirect(f"{reverse('desk:readers')}?{urlencode(sought)}")
        record("looked up", found, now=clock.now(), member=member)
        if what:
            way = reverse("desk:reader-gets", args=[found.public_id])
            return redirect(f"{way}?{urlencode({'what': what})}")
        return redirect("desk:reader", found.public_id)
    asked = _remembered(request.GET.get("sought", ""), member)
    traces = _traces(request, asked) if asked else []
    used = map(registry.spec, settings.DIGEST_CHANNELS)
    context = {
        "here": "readers",
        "typed": asked or "",
        "what": what,
        "figures": _figures.get("all", _counted),
        "readable": [each.by for each in used if each.serves_readers],
        "traces": traces,
        "problem": "" if asked is None or traces else _nobody(asked),
    }
    status = 200 if asked is None else 404 if asked else 422
    return render(request, "desk/readers.html", context, status=status)


def _remember(typed: str, member: Member) -> str:
    """A name for what was looked for, so that the address itself stands nowhere for long."""
    name = secrets.token_urlsafe(12)
    valkey.client().set(f"{_SOUGHT}{member.pk}:{name}", typed, ex=_SOUGHT_SECONDS)
    return name


def _remembered(name: str, member: Member) -> str | None:
    if not _NAME.fullmatch(name):
        return None
    kept = valkey.client().get(f"{_SOUGHT}{member.pk}:{name}")
    return kept.decode() if isinstance(kept, bytes) else None


def _found(typed: str) -> Subscriber | None:
    by_id = Subscriber.objects.filter(public_id=given.uuid(typed)).first()
    if by_id is not None:
        return by_id
    for channel, value in _spellings(typed):
        rows = Address.objects.filter(channel=channel, value=value).select_related("subscriber")
        if (address := rows.first()) is not None:
            return address.subscriber
    return None


def _spellings(typed: str) -> list[tuple[str, str]]:
    """What was typed, as each channel that could have it would store it."""
    found = []
    kinds = registry.address_kinds()
    for channel in kinds:
        try:
            found.append((channel, normalised(kinds, channel, typed)))
        except BadAddress:
            continue
    return found


def _traces(request: HttpRequest, typed: str) -> list[tuple[str, str]]:
    """What is left of an address that nobody has now: it is barred, or somebody was forgotten."""
    now, zone = clock.now(), member_of(request).time_zone
    left = []
    for channel, value in _spellings(typed):
        fingerprint = fingerprint_of(channel, value)
        for barred in Suppression.objects.filter(fingerprint=fingerprint):
            when = times.day_and_time(barred.at, zone, now)
            note = f": {barred.note}" if barred.note else ""
            left.append((when, f"Barred from {channel} ({barred.reason}{note})."))
        for proof in Consent.objects.filter(fingerprint=fingerprint).order_by("-at")[:20]:
            what = ", ".join(str(each) for each in proof.subject)
            when = times.day_and_time(proof.at, zone, now)
            left.append((when, f"{proof.get_act_display()} {what}".strip() + "."))
    return left


def _nobody(typed: str) -> str:
    if not typed:
        return "Type the whole address of one reader."
    if not _spellings(typed):
        return (
            "That is no address of any channel in use. Type the whole of it: readers are found by "
            "their exact address alone."
        )
    return "Nobody has this address, and it was never barred. Is it the one they signed up with?"


def _counted() -> Figures:
    """Newsletters, topics together and alerts: who gets them, and who has not confirmed yet."""
    active = Count("pk", filter=Q(state=Subscription.State.ACTIVE))
    pending = Count("pk", filter=Q(state=Subscription.State.PENDING))
    rows = Subscription.objects.exclude(state=Subscription.State.ENDED)
    by_id = {
        row[0]: row[1:]
        for row in rows.filter(newsletter__isnull=False)
        .values_list("newsletter")
        .annotate(active=active, pending=pending)
        .order_by()
    }
    found = [(each.name, *by_id.get(each.pk, (0, 0))) for each in Newsletter.objects.all()]
    for name, some in (
        ("Topics, in digests of their own", rows.filter(topic__isnull=False)),
        ("Breaking news", rows.filter(alerts=True)),
    ):
        counts = some.aggregate(active=active, pending=pending)
        found.append((name, counts["active"], counts["pending"]))
    return tuple(found)
