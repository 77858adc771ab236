"""What all pages behind a token share: the token in the link is the only key.

So no cookie is read or set and no form needs a second token against forgery. No GET changes
anything: mail scanners open every link.
"""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from digest.audience.core import tokens
from digest.audience.kinds import Destination
from digest.outbound.channels import registry

View = Callable[..., HttpResponse]


def own(view: View) -> View:
    """A page behind a token: kept by no cache, told to no other site, found by no search."""

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, token: str, *args: object, **kwargs: object) -> HttpResponse:
        try:
            response = view(request, token, *args, **kwargs)
        except tokens.BadToken as error:
            response = _refused(request, error)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return guarded


def mailbox_of(channel: str, value: str) -> Destination:
    """Where messages to an address end up; by itself on a channel that is switched off."""
    kind = registry.address_kinds().get(channel)
    return kind.mailbox(value) if kind else Destination(value)


def _refused(request: HttpRequest, error: tokens.BadToken) -> HttpResponse:
    why = "cut"
    if isinstance(error, tokens.Renewed):
        why = "renewed"
    elif isinstance(error, tokens.Lapsed):
        # What is said of an old confirmation and of an old link to one's data differs.
        why = "data" if request.path.startswith(("/export/", "/erase/")) else "lapsed"
    status = 404 if why == "cut" else 410
    return render(request, "public/lapsed.html", {"why": why}, status=status)
