"""Webhooks of mail providers: verify, store, answer 200. What it means is worked out afterwards."""

import asyncio
import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from digest.kit import http, wake
from digest.kit.clock import now
from digest.kit.observe import log
from digest.models import ProviderEvent
from digest.outbound.channels.email.reports import mailgun, postmark, sendgrid, ses
from digest.outbound.channels.report import Event, mapping, text
from digest.outbound.returns.tokens import first_use
from digest.web.hooks.storable import TooDeep, storable, storable_text

# A batch of SendGrid's is its largest body: some thousand events of half a kilobyte.
_LONGEST = 1024 * 1024
_UNSIGNED = "Not signed with our secret.\n"

Check = Callable[[HttpRequest, Any], bool]


@csrf_exempt
@require_POST
def hook(request: HttpRequest, provider: str) -> HttpResponse:
    """Where a provider reports bounces, complaints and deliveries to."""
    if provider not in _PROVIDERS:
        return HttpResponse("There is no such provider.\n", status=404)
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal() or int(length) > _LONGEST:
        return HttpResponse("Too long, or of unknown length.\n", status=413)
    try:
        document: Any = json.loads(request.body)
    except (ValueError, RecursionError):
        return HttpResponse("This is no JSON.\n", status=400)
    verified, events = _PROVIDERS[provider]
    try:
        is_known = verified(request, document)
    except http.FetchFailed as failed:
        # SNS gives up after a 403 and comes again after a 503.
        log.warning("certificate of a webhook not fetched", reason=failed.reason)
        return HttpResponse("Cannot be checked now; ask again.\n", status=503)
    if not is_known:
        log.warning("webhook turned away", provider=provider)
        return HttpResponse(_UNSIGNED, status=403)
    if provider == "ses" and mapping(document).get("Type") in ses.CONFIRMATIONS:
        return _confirm(mapping(document))
    try:
        with transaction.atomic():
            if provider == "mailgun" and not first_use(
                provider, mailgun.token(document), mapping(document).get("event-data"), now=now()
            ):
                log.warning("webhook turned away: its token was used", provider=provider)
                return HttpResponse(_UNSIGNED, status=403)
            _keep(provider, events(document))
    except TooDeep as error:
        log.warning("webhook turned away", provider=provider, reason=str(error))
        return HttpResponse(f"This is {error}.\n", status=400)
    return HttpResponse("Received.\n")


def _keep(provider: str, events: tuple[Event, ...]) -> None:
    received_at = now()
    rows = [
        ProviderEvent(
            provider=provider,
            event_id=storable_text(event.event_id)[:200],
            body=storable(event.body),
            received_at=received_at,
        )
        for event in events
    ]
    if rows:
        ProviderEvent.objects.bulk_create(rows, ignore_conflicts=True)
        wake.on_commit("events")


def _of_mailgun(request: HttpRequest, document: Any) -> bool:
    return mailgun.is_signed(document, settings.DIGEST_MAILGUN_SIGNING_KEY, now())


def _of_postmark(request: HttpRequest, document: Any) -> bool:
    given = request.headers.get("Authorization", "")
    known = postmark.is_known(given, settings.DIGEST_POSTMARK_CREDENTIALS)
    return known and postmark.is_recent(document, now())


def _of_sendgrid(request: HttpRequest, document: Any) -> bool:
    return sendgrid.is_signed(
        request.body,
        request.headers.get("X-Twilio-Email-Event-Webhook-Signature", ""),
        request.headers.get("X-Twilio-Email-Event-Webhook-Timestamp", ""),
        settings.DIGEST_SENDGRID_PUBLIC_KEY,
        now(),
    )


def _of_ses(request: HttpRequest, document: Any) -> bool:
    body = mapping(document)
    topic, url = settings.DIGEST_SES_TOPIC, text(body.get("SigningCertURL"))
    if not topic or body.get("TopicArn") != topic or not ses.is_certificates(url):
        return False
    return ses.is_recent(body, now()) and ses.is_signed(body, _certificate(url))


def _confirm(body: dict[str, Any]) -> HttpResponse:
    """SNS asks once whether the topic may call us; we open the address it names."""
    url = text(body.get("SubscribeURL"))
    if body.get("Type") == "SubscriptionConfirmation" and ses.is_amazons(url):
        try:
            _fetch(url)
        except http.FetchFailed as failed:
            log.warning("SNS subscription not confirmed", reason=failed.reason)
            return HttpResponse("Not confirmed; ask again.\n", status=503)
    return HttpResponse("Received.\n")


@lru_cache(maxsize=4)
def _certificate(url: str) -> bytes:
    body, at = _fetch(url)
    # Wherever else a redirect leads, nobody vouches for what lies there.
    return body if at == url else b""


def _fetch(url: str) -> tuple[bytes, str]:
    """The body, and the address it came from in the end."""

    async def fetch() -> tuple[bytes, str]:
        async with (
            http.session(user_agent=settings.DIGEST_USER_AGENT) as session,
            http.get(session, url, seconds=5) as answer,
        ):
            return answer.body, answer.url

    return asyncio.run(fetch())


_PROVIDERS: dict[str, tuple[Check, Callable[[Any], tuple[Event, ...]]]] = {
    "ses": (_of_ses, ses.events),
    "postmark": (_of_postmark, postmark.events),
    "mailgun": (_of_mailgun, mailgun.events),
    "sendgrid": (_of_sendgrid, sendgrid.events),
}
