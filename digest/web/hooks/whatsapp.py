"""WhatsApp's webhook: verify, store, answer 200. What it means is worked out afterwards."""

import hmac
import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from digest.kit import wake
from digest.kit.clock import now
from digest.kit.observe import log
from digest.models import ProviderEvent
from digest.web.hooks.reports import reports
from digest.web.hooks.signature import is_signed
from digest.web.hooks.storable import storable

# Meta's own limit is 3 MB; a report of ours is a few kilobytes.
_LONGEST = 1024 * 1024


@csrf_exempt
@require_http_methods(["GET", "POST"])
def hook(request: HttpRequest) -> HttpResponse:
    """The provider asks once whether the address is ours (GET), then reports to it (POST)."""
    return _challenge(request) if request.method == "GET" else _store(request)


def _challenge(request: HttpRequest) -> HttpResponse:
    token = settings.DIGEST_WHATSAPP_VERIFY_TOKEN
    given = request.GET.get("hub.verify_token", "")
    known = bool(token) and hmac.compare_digest(token.encode(), given.encode())
    if request.GET.get("hub.mode") != "subscribe" or not known:
        return HttpResponse("The verify token is another one.\n", status=403)
    challenge = request.GET.get("hub.challenge", "")[:200]
    return HttpResponse(challenge, content_type="text/plain; charset=utf-8")


def _store(request: HttpRequest) -> HttpResponse:
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > _LONGEST:
        return HttpResponse("Too long.\n", status=413)
    body = request.body
    if len(body) > _LONGEST:
        return HttpResponse("Too long.\n", status=413)
    signature = request.headers.get("X-Hub-Signature-256", "")
    if not is_signed(body, signature, settings.DIGEST_WHATSAPP_APP_SECRET):
        return HttpResponse("Not signed with our secret.\n", status=403)
    try:
        document: Any = storable(json.loads(body))
    except (ValueError, RecursionError):
        # Signed and unreadable: sending it again would not help.
        log.warning("webhook cannot be read", provider="whatsapp")
        return HttpResponse("Not readable JSON; ignored.\n")
    received_at = now()
    stored = ProviderEvent.objects.bulk_create(
        [
            ProviderEvent(
                provider="whatsapp",
                event_id=report.event_id,
                body=report.body,
                received_at=received_at,
            )
            for report in reports(document)
        ],
        ignore_conflicts=True,
    )
    if stored:
        wake.on_commit("events")
    return HttpResponse("Received.\n")
