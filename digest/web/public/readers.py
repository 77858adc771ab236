"""A reader's own pages: confirming, leaving, changing, taking and erasing what is theirs.

The token in the link is the only key, so no cookie is read or set and no form needs a second
token against forgery. No GET changes anything: mail scanners open every link.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from digest.audience.core import tokens
from digest.audience.core.alert_rules import AlertRules
from digest.audience.joining.confirm import awaiting, confirm
from digest.audience.leaving.erase import erase
from digest.audience.leaving.unsubscribe import leaving, unsubscribe
from digest.audience.lists import export
from digest.audience.preferring import prefer
from digest.audience.preferring.alert_rules import set_alert_rules
from digest.kit.clock import now
from digest.kit.observe import log
from digest.outbound.channels import registry
from digest.web.public import alert_wishes, standing, times, visitor
from digest.web.public import offers as on_offer
from digest.web.public.forms import PreferencesForm

View = Callable[..., HttpResponse]


def _own(view: View) -> View:
    """A page behind a token: kept by no cache, told to no other site, found by no search."""

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        try:
            response = view(request, token)
        except tokens.BadToken as error:
            lapsed = isinstance(error, tokens.Lapsed)
            status = 410 if lapsed else 404
            response = render(request, "public/lapsed.html", {"lapsed": lapsed}, status=status)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return guarded


@_own
def confirm_page(request: HttpRequest, token: str) -> HttpResponse:
    """What waits for confirmation, and the button."""
    if request.method == "POST":
        confirm(token, now=now(), at=visitor.circumstances(request))
        return redirect(request.path)
    waiting = awaiting(token, now=now())
    page = {
        "waiting": waiting,
        "to": registry.masked(waiting.channel, waiting.value),
        "when": standing.when(waiting.schedule),
        "preferences": tokens.preferences_token(settings.SECRET_KEY, waiting.address_id),
    }
    return render(request, "public/confirm.html", page)


@_own
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """What would end, and the button; takes RFC 8058's one-click POST from mailbox providers.

    Every POST unsubscribes, whatever its body. Only our own button is redirected, for RFC 8058
    wants no redirect for the others.
    """
    if request.method == "POST":
        button = _button(request)
        everything = button == "everything"
        unsubscribe(token, now=now(), everything=everything, at=visitor.circumstances(request))
        if button:
            return redirect(request.path)
        return HttpResponse("Unsubscribed.\n", content_type="text/plain; charset=utf-8")
    leave = leaving(token)
    page = {
        "leave": leave,
        "to": registry.masked(leave.channel, leave.value),
        "preferences": tokens.preferences_token(settings.SECRET_KEY, leave.address_id)
        if leave.address_id is not None
        else "",
    }
    return render(request, "public/unsubscribe.html", page)


def _button(request: HttpRequest) -> str:
    """The button of our own page that was pressed; empty for a one-click POST or any other body."""
    try:
        form = request.POST
    except (BadRequest, SuspiciousOperation, MultiPartParserError, OSError, ValueError) as error:
        # The token says all that must be known; a body that nobody can read takes nothing back.
        log.info("unsubscribing with an unreadable body", reason=str(error)[:200])
        return ""
    return "" if "List-Unsubscribe" in form else form.get("what", "")


@_own
def preferences_page(request: HttpRequest, token: str) -> HttpResponse:
    """Topics, hours, pause; taking everything along, leaving, being forgotten."""
    address_id = tokens.read_preferences(settings.SECRET_KEY, token)
    own = standing.of(address_id)
    if own is None:
        return render(request, "public/forgotten.html")
    if request.method != "POST":
        return _preferences(request, own)
    match request.POST.get("do", ""):
        case "export":
            return _export(address_id)
        case "erase":
            erase(address_id, now=now(), at=visitor.circumstances(request))
            return redirect(request.path)
        case "leave":
            prefer.prefer(address_id, _nothing(own, request), now=now())
            return redirect(f"{request.path}?saved=1")
        case "save":
            return _save(request, own)
    # A POST without a button is nobody's wish: a program tried the address.
    return _preferences(request, own, status=400)


def _save(request: HttpRequest, own: standing.ReaderChoices) -> HttpResponse:
    open_now = on_offer.offers(now())
    form = PreferencesForm(own.offers(open_now), request.POST)
    rules = alert_wishes.given(request.POST, own, open_now)
    wrong = rules if isinstance(rules, alert_wishes.AlertWishes) else None
    if not form.is_valid() or wrong:
        return _preferences(request, own, form, wrong, status=422)
    moment = now()
    at = visitor.circumstances(request)
    try:
        with transaction.atomic():
            prefer.change(own.address_id, form.visit(moment), now=moment, at=at)
            if isinstance(rules, AlertRules):
                set_alert_rules(own.address_id, rules)
    except prefer.NotVerified:
        return redirect(request.path)
    return redirect(f"{request.path}?saved=1")


def _preferences(
    request: HttpRequest,
    own: standing.ReaderChoices,
    form: PreferencesForm | None = None,
    wishes: alert_wishes.AlertWishes | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    given = form.given if form else None
    hour = given.get("hour", "") if given else own.hour
    zone = given.get("zone", "") if given else own.zone
    open_lately = on_offer.latest.lately(now())
    page: dict[str, Any] = {
        "own": own,
        "offers": own.offers(open_lately),
        "to": registry.masked(own.channel, own.value),
        "errors": form.complaints if form else {},
        "picked": {kind: given.getlist(kind) for kind in ("newsletters", "topics")}
        if given
        else {"newsletters": own.newsletters, "topics": own.topics},
        "alerts": bool(given.get("alerts")) if given else own.alerts,
        "wishes": wishes or alert_wishes.shown(own, open_lately),
        "rhythm": given.get("rhythm", "daily") if given else own.rhythm,
        "hour": hour,
        "zone": zone,
        "rhythms": [(key, words[0]) for key, words in times.RHYTHMS.items()],
        "hours": times.hour_choices(hour),
        "zones": times.zone_choices(now(), zone),
        "saved": request.GET.get("saved") == "1",
    }
    return render(request, "public/preferences.html", page, status=status)


def _nothing(own: standing.ReaderChoices, request: HttpRequest) -> prefer.Preferences:
    """The wish to get nothing at all any more; the hour is kept for a return."""
    return prefer.Preferences(**own.when, at=visitor.circumstances(request))


def _export(address_id: int) -> HttpResponse:
    response = JsonResponse(
        export.person(address_id) or {}, json_dumps_params={"indent": 2, "ensure_ascii": False}
    )
    response.headers["Content-Disposition"] = 'attachment; filename="my-subscriptions.json"'
    return response
