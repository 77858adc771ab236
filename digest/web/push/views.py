"""Notifications in a browser: the page that switches them on, its worker, and what both ask.

A site of the newsroom's may do the same on its own pages: see docs/boxes.md.
"""

import hmac
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from digest.audience.joining.by_act import join_by_act, move
from digest.audience.joining.subscribe import SignUp, targets_of
from digest.audience.kinds import BadAddress
from digest.audience.models.addresses import Address
from digest.audience.models.consents import Circumstances
from digest.audience.preferring import own_links, prefer
from digest.kit.clock import now
from digest.kit.observe import log
from digest.outbound.channels import registry
from digest.outbound.channels.base import ChannelError, Rejected
from digest.outbound.channels.webpush import words
from digest.outbound.channels.webpush.address import NAME, BrowserKeys, endpoint, is_served_by
from digest.outbound.channels.webpush.channel import vapid_keys
from digest.outbound.channels.webpush.greeting import greet
from digest.outbound.delivery.core.staging import may_contact
from digest.outbound.delivery.planning.wording import newsroom
from digest.outbound.messages.hours import is_zone
from digest.web.public import visitor
from digest.web.public.boxes import article_address
from digest.web.public.keeping import kept
from digest.web.public.offers import Offer, offers
from digest.web.public.own import standing
from digest.web.public.speech import direction, gettext, language
from digest.web.push.asked import from_a_known_page, limited, refused, site_of, text
from digest.web.push.asked import words as strings

_ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable.png", "512x512", "maskable"),
)
CONSENT_VERSION = "push-2026-11"
_WORKER = Path(__file__).parents[1] / "static" / "push.worker.js"
_LONGEST_PLACE = 300
_OF_UNSUPPORTED = ("unsupported", "other", "unsupported-end")
_UNSUPPORTED = (
    'This browser shows no notifications of websites. <a href="%(link)s">Sign up another way</a>.'
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")


def _unknown() -> str:
    return gettext("This browser is not known here: switch notifications on anew.")


def consent_text() -> str:
    """The words beside the button; their version changes with them."""
    words = gettext(
        "%(newsroom)s may show me what I picked as notifications in this browser. "
        "I can leave with one click, any time."
    )
    return words % {"newsroom": settings.DIGEST_NEWSROOM}


@require_safe
@kept(60)
def page(request: HttpRequest) -> HttpResponse:
    """What comes as notifications, and the button; scripts do the rest."""
    _there()
    shown = {"key": _key(), "newsletters": _newsletters(), "consent": consent_text()}
    return render(request, "push/page.html", shown)


@require_safe
@kept(60)
def here(request: HttpRequest) -> HttpResponse:
    """What the page shows, as JSON for ``push.js`` on another site: nothing in it is secret."""
    _there()
    offered = [
        {"name": "alerts", "value": "on", "label": gettext("Breaking news"),
         "about": gettext("Only when it matters, and an editor says so."), "checked": True},
        *({"name": "newsletters", "value": each.slug, "label": each.name, "about": each.about,
           "checked": False} for each in _newsletters()),
    ]  # fmt: skip
    told = {
        "key": _key(),
        "language": language(),
        "direction": direction(),
        "offered": offered,
        "consent": consent_text(),
        "words": _words(),
        "page": reverse("push:page"),
        "other": reverse("public:subscribe"),
    }
    return _for_any_site(JsonResponse(told))


def _words() -> dict[str, str]:
    """The sentences of the page, each by the part that it stands in."""
    return {
        "heading": gettext("News on this screen, the moment it happens"),
        "turn-on": gettext("Turn on notifications"),
        "turn-off": gettext("Turn off"),
        "state": gettext("Notifications are on in this browser."),
        "paused": gettext("They are paused for now."),
        "own": gettext("Change, pause or take along what you get"),
        "denied": gettext(
            "Notifications from this site are blocked. Open the settings of this site beside the "
            "address, allow notifications, and reload the page."
        ),
        "say-none": gettext("Choose at least one of these."),
        "say-unasked": gettext(
            "Your browser did not ask, or you closed the question. Press again when you like."
        ),
        "say-wrong": gettext("Something went wrong. Please try again."),
        **dict(
            zip(("unsupported", "other", "unsupported-end"), _linked(_UNSUPPORTED), strict=True)
        ),
    }


def _linked(words: str) -> list[str]:
    """A sentence with a link in it: what is before it, the words of the link, what is behind."""
    return re.split(r"<a [^>]*>|</a>", gettext(words) % {"link": ""})


def _newsletters() -> list[Offer]:
    return [
        each
        for each in offers(now()).newsletters
        if not each.channels or NAME in each.channels
    ]  # fmt: skip


def _for_any_site(response: HttpResponse) -> HttpResponse:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, at the root so that it serves the whole origin.

    A site's own worker imports it: it is then told where it came from, for it cannot see that.
    """
    _there()
    home = f"self.digestHome = {json.dumps(_home(request))};\n"
    # Browsers look for a newer one at least once a day, and whenever a page of ours is opened.
    headers = {"Cache-Control": "no-cache", "Content-Type": "text/javascript; charset=utf-8"}
    return _for_any_site(HttpResponse(home.encode() + _WORKER.read_bytes(), headers=headers))


@require_safe
@kept(60)
def manifest(request: HttpRequest) -> HttpResponse:
    """What makes the pages an app: on iPhones notifications need it on the Home Screen.

    https://www.w3.org/TR/appmanifest/
    """
    name = settings.DIGEST_NEWSROOM
    icons = [
        {"src": static(f"digest/{file}"), "sizes": size, "type": "image/png", "purpose": purpose}
        for file, size, purpose in _ICONS
    ]
    told = {
        "id": "/", "name": name, "short_name": name if len(name) <= 12 else name.split()[-1][:12],
        "start_url": "/", "scope": "/", "display": "standalone", "lang": language(),
        "dir": direction(), "background_color": "#ffffff", "theme_color": "#0b6b50", "icons": icons,
    }  # fmt: skip
    return JsonResponse(told, content_type="application/manifest+json")


@require_safe
@kept(60)
def key(request: HttpRequest) -> HttpResponse:
    """The public key that new subscriptions are made with."""
    _there()
    return _for_any_site(JsonResponse({"key": _key()}))


@from_a_known_page
@limited
def subscribe(request: HttpRequest, told: dict[str, Any]) -> HttpResponse:
    """Store a subscription that the browser has just made, once a first push has arrived there."""
    _there()
    try:
        value, data = _browser(told)
    except BadAddress as error:
        return refused(422, gettext(str(error)))
    newsletters, alerts = strings(told, "newsletters"), told.get("alerts") is True
    targets = targets_of(NAME, newsletters, (), alerts=alerts)
    if not targets:
        return refused(422, gettext("Choose at least one of these."))
    language, zone = text(told, "language", 16), text(told, "zone", 64)
    language = language if _LANGUAGE.fullmatch(language) else settings.LANGUAGE_CODE
    fault = _greeted(value, data, language, tuple(each.name for each in targets))
    if fault is not None:
        return fault
    wish = SignUp(
        channel=NAME,
        address=value,
        newsletters=newsletters,
        alerts=alerts,
        locale=language,
        time_zone=zone if is_zone(zone) else "UTC",
        at=_circumstances(request, told),
    )
    joined = join_by_act(wish, act="browser", data=data, now=now())
    if joined.address_id is None:
        return refused(422, _unknown())
    return _own(joined.address_id)


@from_a_known_page
def own(request: HttpRequest, told: dict[str, Any]) -> HttpResponse:
    """What this browser gets, and the way to its reader's own page."""
    address = _known(told)
    return refused(404, _unknown()) if address is None else _own(address.pk)


@from_a_known_page
@limited
def moved(request: HttpRequest, told: dict[str, Any]) -> HttpResponse:
    """The browser renewed its subscription by itself."""
    _there()
    try:
        value, data = _browser(told)
    except BadAddress as error:
        return refused(422, gettext(str(error)))
    # An old endpoint is known to the browser, its push service and us alone (RFC 8030, 8.3).
    address_id = move(NAME, text(told, "old"), value, data=data, now=now())
    return refused(404, _unknown()) if address_id is None else JsonResponse({})


@from_a_known_page
def leave(request: HttpRequest, told: dict[str, Any]) -> HttpResponse:
    """Notifications were switched off: everything on this browser ends."""
    address = _known(told)
    if address is not None:
        nothing = prefer.Preferences(at=visitor.circumstances(request))
        prefer.prefer(address.pk, nothing, now=now())
    return JsonResponse({})


def _there() -> None:
    """404 on an installation that does not offer notifications."""
    if NAME not in settings.DIGEST_CHANNELS:
        raise Http404


def _circumstances(request: HttpRequest, told: dict[str, Any]) -> Circumstances:
    """Where the reader agreed: on a page of ours, or on that of a site which its script names."""
    at = visitor.circumstances(request, consent_text(), CONSENT_VERSION)
    site, page = site_of(request), article_address(text(told, "page"))
    if not site:
        return at
    fits = page.startswith(f"{site}/") and len(page) <= _LONGEST_PLACE
    return replace(at, place=page if fits else f"{site}/")


def _home(request: HttpRequest) -> str:
    """The origin that the request came to."""
    base = urlsplit(settings.DIGEST_BASE_URL)
    if base.netloc == request.get_host():
        return f"{base.scheme}://{base.netloc}"
    return f"{request.scheme}://{request.get_host()}"


def _key() -> str:
    return vapid_keys(registry.config(NAME, settings))[0].public


def _browser(told: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Endpoint and keys. Raises BadAddress."""
    value = endpoint(text(told, "endpoint", 2_000))
    config = registry.config(NAME, settings)
    if not is_served_by(value, config.DIGEST_WEBPUSH_SERVICES):
        raise BadAddress(
            "This browser’s push service is not one that we know. Please tell us which it is."
        )
    keys = told.get("keys")
    given = keys if isinstance(keys, dict) else {}
    ours = text(told, "ours", 100)
    if ours not in {each.public for each in vapid_keys(config)}:
        raise BadAddress("Our key has changed meanwhile: reload the page and try again.")
    return value, BrowserKeys.of({**given, "ours": ours}).to_document()


def _greeted(
    value: str, data: dict[str, str], language: str, names: tuple[str, ...]
) -> HttpResponse | None:
    """Show the first notification; what is wrong otherwise."""
    allowed, production = settings.DIGEST_ALLOWED_RECIPIENTS, settings.DIGEST_PRODUCTION
    if not may_contact(value, allowed, production=production):
        return None
    said = words.welcome(language, names, newsroom())
    try:
        greet(registry.config(NAME, settings), value, data, said)
    except Rejected as error:
        log.warning("a browser that signed up cannot be reached", reason=str(error))
        return refused(
            422, gettext("This browser’s push service does not let us in. Please try again.")
        )
    except ChannelError as error:
        log.warning("a push service does not answer", reason=str(error))
        return refused(
            503, gettext("This browser’s push service does not answer. Try again in a minute.")
        )
    return None


def _known(told: dict[str, Any]) -> Address | None:
    """The address of a browser that knows its own secret."""
    _there()
    value, secret = text(told, "endpoint", 2_000), text(told, "auth", 100)
    address = Address.objects.filter(channel=NAME, value=value).first()
    stored = str((address.channel_data or {}).get("auth", "")) if address else ""
    known = bool(stored) and hmac.compare_digest(stored.encode(), secret.encode())
    return address if known else None


def _own(address_id: int) -> HttpResponse:
    choices = standing.of(address_id)
    return JsonResponse(
        {
            "own": reverse("public:preferences", args=[own_links.token_of(address_id)]),
            "gets": choices is not None and not choices.follows_nothing,
            "paused": choices is not None and choices.paused_until is not None,
        }
    )
