"""The sign-up form wherever it stands, and what follows it."""

import math
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from digest.audience.joining.subscribe import SignUp, subscribe
from digest.kit.clock import now
from digest.outbound.channels.spec import Sent
from digest.web.headers import policy
from digest.web.public import boxes, form_time, times, tongues, visitor
from digest.web.public.forms import SignUpForm
from digest.web.public.keeping import kept
from digest.web.public.offers import Offers, channels, offers
from digest.web.public.offers import latest as offered
from digest.web.public.own.guard import mailbox_of
from digest.web.public.speech import PARAMETER, gettext
from digest.web.public.ways import way

CONSENT_VERSION = "2026-11"
# What the boxes depend on, beside what is on offer.
_ASKED = frozenset({"article", "topics", PARAMETER})
# An installation whose channels take no address by a form.
_NOT_ASKED = Sent("Almost there", "Look where you signed up.", "Sign up once more.")


def consent_text() -> str:
    """The words a reader agrees to, in the page's language; their version changes with them."""
    words = gettext(
        "%(newsroom)s may send me what I picked, at this address. One message asks me to confirm; "
        "nothing else comes before I do. I can leave with one click, any time."
    )
    return words % {"newsroom": settings.DIGEST_NEWSROOM}


# Nobody is signed in here and no cookie is read, so there is nothing a forged form could ride on.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@kept(60)
def sign_up(request: HttpRequest) -> HttpResponse:
    """The form on a page of its own, and where every form is sent."""
    return _answer(request, "public/subscribe.html", "public:subscribe", "public:sent")


@csrf_exempt
@xframe_options_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@kept(60, parameters=_ASKED)
def embed(request: HttpRequest) -> HttpResponse:
    """The boxes alone, for a frame at the end of an article on the newsroom's own site.

    What was sent and cannot be used comes back as the whole form, with the words beside its fields.
    """
    if request.method != "POST":
        page = {"boxes": _boxes(request), "action": way("public:embed")}
        return _framed(render(request, "public/embed_boxes.html", page))
    return _framed(_answer(request, "public/embed.html", "public:embed", "public:embed-sent"))


@require_safe
@kept(60, parameters=_ASKED)
def boxes_document(request: HttpRequest) -> HttpResponse:
    """The boxes of an article as JSON, for ``boxes.js`` on any site: nothing in it is secret."""
    response = JsonResponse(_boxes(request).to_document())
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _boxes(request: HttpRequest) -> boxes.Boxes:
    article = boxes.article_address(request.GET.get("article", ""))
    on_offer = offered.lately(now())
    named = " ".join(request.GET.getlist("topics")[:20])
    topics = boxes.topics_of(article, named, on_offer)
    return boxes.boxes(article, topics, on_offer, consent_text(), form_time.stamp(now()))


@require_safe
@kept(60, parameters=frozenset({"by", "in"}))
def sent(request: HttpRequest) -> HttpResponse:
    """Look into your inbox: the same words whether or not the address was known."""
    return render(request, "public/sent.html", _sent_page(request))


@xframe_options_exempt
@require_safe
@kept(60, parameters=frozenset({"by", "in"}))
def embed_sent(request: HttpRequest) -> HttpResponse:
    """The same inside the frame."""
    return _framed(render(request, "public/embed_sent.html", _sent_page(request)))


def _sent_page(request: HttpRequest) -> dict[str, Any]:
    """Where to look for the confirmation, by the first channel's words for a name that is none;
    and in how many minutes, when many ask from one network."""
    takers = channels()
    asked = (each for each in takers if each.name == request.GET.get("by", ""))
    minutes = request.GET.get("in", "")
    later = int(minutes) if minutes.isdecimal() and len(minutes) < 3 else 0
    return {
        "sent": next((each.sent for each in (*asked, *takers)), _NOT_ASKED),
        "later": later,
    }


def _answer(request: HttpRequest, template: str, action: str, after: str) -> HttpResponse:
    on_offer = offers(now())
    if request.method != "POST":
        return render(request, template, _box(request, SignUpForm(on_offer), on_offer, action))
    form = SignUpForm(on_offer, request.POST)
    if not form.is_valid():
        return render(request, template, _box(request, form, on_offer, action), status=422)
    if form_time.is_doubtful(request.POST, request.headers, now()):
        form.add_error(None, gettext(form_time.ONCE_MORE))
        return render(request, template, _box(request, form, on_offer, action), status=422)
    wait = visitor.room_for_mail(request)
    if wait is None:
        form.add_error(None, gettext(visitor.TOO_MANY))
        page = _box(request, form, on_offer, action)
        response = render(request, template, page, status=429)
        response.headers["Retry-After"] = str(visitor.RETRY_AFTER)
        return response
    channel, address = form.cleaned_data["channel"], form.cleaned_data["address"]
    locale, reads = tongues.signed_up(request)
    wish = SignUp(
        channel=channel,
        address=address,
        mailbox=mailbox_of(channel, address),
        not_before=now() + wait if wait else None,
        locale=locale,
        languages=reads,
        at=visitor.circumstances(request, consent_text(), CONSENT_VERSION),
        origin=boxes.origin(request.POST),
        **form.what(),
        **form.when(),
    )
    with transaction.atomic():
        subscribe(wish, now=now())
        # A program that fills in what people do not see gets the same answer after the same work.
        transaction.set_rollback(form.is_trapped)
    later = math.ceil(wait / timedelta(minutes=1)) if wait else ""
    return redirect(way(after, ask={"by": channel, "in": later}))


def _box(request: HttpRequest, form: SignUpForm, on_offer: Offers, action: str) -> dict[str, Any]:
    """What the sign-up box needs: kept values, errors by field, choices."""
    given = form.given if form.is_bound else request.GET
    picked = {kind: given.getlist(kind) for kind in ("newsletters", "topics")}
    zone = given.get("zone", "") or on_offer.zone
    hour = given.get("hour", "") or "07:00"
    ways = [each.name for each in on_offer.channels]
    channel = given.get("channel", "")
    came = boxes.origin(given)
    kinds = {each.address.field: each.address for each in on_offer.channels}
    return {
        "offers": on_offer,
        "action": way(action),
        "framed": action == "public:embed",
        "came": {"article": came.article, "box": came.box},
        "made": form_time.stamp(now()),
        "errors": form.complaints,
        "asked_about": form.asked_about,
        "picked": picked,
        "alerts": bool(given.get("alerts")),
        "channel": channel if channel in ways else next(iter(ways), ""),
        "typed": {field: given.get(field, "")[: kind.longest] for field, kind in kinds.items()},
        "rhythm": given.get("rhythm", "daily"),
        "hour": hour,
        "zone": zone,
        "guess_zone": not given.get("zone"),
        "rhythms": times.rhythm_choices(),
        "hours": times.hour_choices(hour),
        "zones": times.zone_choices(now(), zone),
        "consent": consent_text(),
        "tongues": tongues.asked(given),
    }


def _framed(response: HttpResponse) -> HttpResponse:
    response.headers["Content-Security-Policy"] = policy(frame_ancestors="*")
    return response
