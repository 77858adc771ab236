"""What a page or worker asks in JSON: short, of the right shape, and from our own origin or a site
that the newsroom names in ``DIGEST_WEBPUSH_SITES``.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from digest.audience.core.cells import storable
from digest.outbound.channels import registry
from digest.outbound.channels.webpush.address import NAME
from digest.web.public import visitor
from digest.web.public.speech import gettext

LONGEST = 16 * 1024
TOO_MANY_CHANGES = "That was a lot of changes. Please try again in ten minutes."

Answering = Callable[[HttpRequest, dict[str, Any]], HttpResponse]


def refused(status: int, words: str) -> JsonResponse:
    """An answer with words for the reader."""
    return JsonResponse({"error": words}, status=status)


def from_a_known_page(view: Answering) -> Callable[[HttpRequest], HttpResponse]:
    """Let a view answer POSTs of JSON that a script of this origin sent, or of a named site.

    No cookie is read or set, so there is no token to compare: browsers name the origin of each
    POST themselves, and no other site can have ours (RFC 6454, 7). A site's browser asks first
    whether it may, by OPTIONS (https://fetch.spec.whatwg.org/#http-cors-protocol).
    """

    @csrf_exempt
    @require_http_methods(["POST", "OPTIONS"])
    @wraps(view)
    def asked(request: HttpRequest) -> HttpResponse:
        site = site_of(request)
        answer = _may(site) if request.method == "OPTIONS" else _answer(request, site)
        answer.headers["Vary"] = "Origin"
        if site:
            answer.headers["Access-Control-Allow-Origin"] = site
        return answer

    def _answer(request: HttpRequest, site: str) -> HttpResponse:
        if not (site or _is_ours(request)) or request.content_type != "application/json":
            return refused(403, "Only our own pages and sites of this newsroom may ask this.")
        length = request.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST:
            return refused(413, "That is too long.")
        try:
            told = json.loads(request.body)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict) or not _is_text(told):
            return refused(400, "That is not what we asked for.")
        answer = view(request, told)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return asked


def site_of(request: HttpRequest) -> str:
    """The origin of the named site whose page or worker asks; empty for any other."""
    origin = request.headers.get("Origin", "")
    named = registry.config(NAME, settings).DIGEST_WEBPUSH_SITES
    return origin if origin and origin in {each.rstrip("/") for each in named} else ""


def _may(site: str) -> HttpResponse:
    """The answer to a site's browser that asks whether its page may POST."""
    if not site:
        return HttpResponse(status=403)
    told = {"Methods": "POST", "Headers": "Content-Type"}
    headers = {f"Access-Control-Allow-{name}": value for name, value in told.items()}
    return HttpResponse(status=204, headers=headers | {"Access-Control-Max-Age": "600"})


def limited(view: Answering) -> Answering:
    """Count what a visitor asks of the view as costly forms are: ten, then one a minute."""

    @wraps(view)
    def counted(request: HttpRequest, told: dict[str, Any]) -> HttpResponse:
        if visitor.may_send_form(request):
            return view(request, told)
        answer = refused(429, gettext(TOO_MANY_CHANGES))
        answer.headers["Retry-After"] = "600"
        return answer

    return counted


def text(told: dict[str, Any], name: str, longest: int = 1_000) -> str:
    """A string of it, cut; empty for anything else."""
    value = told.get(name)
    return value[:longest] if isinstance(value, str) else ""


def words(told: dict[str, Any], name: str, most: int = 100) -> tuple[str, ...]:
    """A list of strings of it."""
    value = told.get(name)
    given = value[:most] if isinstance(value, list) else []
    return tuple(each[:200] for each in given if isinstance(each, str))


def _is_text(told: dict[str, Any]) -> bool:
    """Whether the database could hold every word of it: JSON can spell what is no character."""
    written = json.dumps(told, ensure_ascii=False)
    return storable(written) and "\\u0000" not in written


def _is_ours(request: HttpRequest) -> bool:
    origin = request.headers.get("Origin", "")
    base = urlsplit(settings.DIGEST_BASE_URL)
    ours = {f"{base.scheme}://{base.netloc}", f"{request.scheme}://{request.get_host()}"}
    return origin in ours and request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
