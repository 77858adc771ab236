"""Figures for Prometheus, for whoever holds the token."""

from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from digest.kit.clock import now
from digest.outbound.delivery.figures.arrival_metrics import Arrivals
from digest.outbound.delivery.figures.metrics import Ledger
from digest.web.public.health import health


class Readings(Collector):
    """What ``/health`` says, as numbers."""

    def collect(self) -> Iterator[Metric]:
        """Look now."""
        found = health(now=now())
        states = GaugeMetricFamily(
            "digest_health",
            "0 ok, 1 late or degraded, 2 down: of each reading of /health, and of all together.",
            labels=("reading",),
        )
        ages = GaugeMetricFamily(
            "digest_health_age_seconds",
            "How long the oldest has waited, or since the last sign.",
            labels=("reading",),
        )
        states.add_metric(("all",), _WEIGHTS[found.state])
        for each in found.readings:
            states.add_metric((each.name,), _WEIGHTS[each.state])
            if each.seconds is not None:
                ages.add_metric((each.name,), each.seconds)
        yield from (states, ages)


_WEIGHTS = {"ok": 0, "late": 1, "degraded": 1, "down": 2}


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
    registry.register(Arrivals())
    registry.register(Readings())
    answer = HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    answer.headers["Cache-Control"] = "no-store"
    return answer
