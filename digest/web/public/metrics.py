"""Figures for Prometheus, for whoever holds the token."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from digest.outbound.delivery.figures.metrics import Ledger


@require_safe
def metrics_page(request: HttpRequest) -> HttpResponse:
    """The metrics in Prometheus's text format; 404 without a token set, 401 without it shown."""
    token = settings.DIGEST_METRICS_TOKEN
    if not token:
        raise Http404
    given = request.headers.get("Authorization", "")
    if not constant_time_compare(given, f"Bearer {token}"):
        return HttpResponse(
            "Show the token of DIGEST_METRICS_TOKEN as Authorization: Bearer …\n",
            status=401,
            headers={"WWW-Authenticate": "Bearer"},
        )
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Ledger())
    answer = HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    answer.headers["Cache-Control"] = "no-store"
    return answer
