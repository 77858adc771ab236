"""Pages for those who run the service, and for publishers: health, our reader."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digest.kit.clock import now
from digest.web.public.health import health
from digest.web.public.keeping import kept


@require_safe
def health_page(request: HttpRequest) -> HttpResponse:
    """200 while database and broker take writes, 503 when one refuses; the rest is degraded.

    Kept for a second, so that probes by the hundred are one.
    """
    found = health(now=now())
    status = 200 if found.is_up else 503
    wants_json = request.GET.get("format") == "json" or request.accepts("text/html") is False
    response = (
        JsonResponse(found.to_document(), status=status)
        if wants_json
        else render(request, "public/health.html", {"health": found}, status=status)
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept"
    response.headers["Digest-Keep"] = "1"
    return response


@require_safe
@kept(60)
def our_reader(request: HttpRequest) -> HttpResponse:
    """For publishers whose feeds we poll: who we are and how to tell us to stop."""
    return render(request, "public/our_reader.html", {"user_agent": settings.DIGEST_USER_AGENT})
