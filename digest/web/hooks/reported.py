"""Where channels' providers report to: verify, store, answer 200. What it means is seen later.

One view for every channel; whom to believe and how to split a body, the channel's spec says.
"""

import asyncio
import json
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from digest.audience.joining import by_act
from digest.kit import http, wake
from digest.kit.clock import now
from digest.kit.observe import log
from digest.models import ProviderEvent
from digest.outbound.channels import registry
from digest.outbound.channels.hook import CannotCheck, HookRequest, HookTools, Webhook
from digest.outbound.channels.report import Event
from digest.outbound.returns import wishes
from digest.outbound.returns.tokens import first_use
from digest.web.hooks.storable import TooDeep, storable, storable_text

# A batch of SendGrid's is its largest body: some thousand events of half a kilobyte.
_LONGEST = 1024 * 1024
_UNSIGNED = "Not signed with our secret.\n"
_PLAIN = "text/plain; charset=utf-8"


@csrf_exempt
@require_http_methods(["GET", "POST"])
def hook(request: HttpRequest, channel: str, provider: str = "") -> HttpResponse:
    """``/hooks/<channel>``, or ``/hooks/<channel>/<provider>`` where there are several."""
    try:
        webhook = registry.webhook(channel, provider)
    except (registry.UnknownChannel, registry.BrokenChannel):
        return _say(404, "There is no such channel.\n")
    if webhook is None:
        return _say(404, "There is no such provider.\n")
    tools = _tools(channel)
    spec = registry.spec(channel)
    tools = replace(tools, follows=partial(wishes.follows, spec, webhook, tools))
    if request.method == "GET":
        if webhook.challenge is None:
            return HttpResponse(status=405, headers={"Allow": "POST"})
        answer = webhook.challenge(_plain(request), tools)
        return _say(answer.status, answer.text)
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal() or int(length) > _LONGEST:
        return _say(413, "Too long, or of unknown length.\n")
    return _take(_plain(request, request.body), webhook, tools)


def _tools(channel: str) -> HookTools:
    at = now()
    return HookTools(
        registry.config(channel, settings),
        at,
        at,
        _fetch,
        on_offer=partial(by_act.on_offer, channel),
    )


def _take(request: HookRequest, webhook: Webhook, tools: HookTools) -> HttpResponse:
    document, is_json = _read(request.body)
    try:
        if not webhook.verified(request, document, tools):
            log.warning("webhook turned away", provider=webhook.provider)
            if is_json:
                return _say(403, _UNSIGNED)
            return _say(400, "This is no JSON.\n")
        if not is_json:
            # Signed and unreadable: sending it again would not help.
            log.warning("webhook cannot be read", provider=webhook.provider)
            return _say(200, "Not readable JSON; ignored.\n")
        answer = webhook.greeting(document, tools)
        if answer is not None:
            return _say(answer.status, answer.text)
    except CannotCheck as reason:
        # SNS gives up after a 403 and comes again after a 503.
        log.warning("webhook cannot be checked", provider=webhook.provider, reason=str(reason))
        return _say(503, "Cannot be checked now; ask again.\n")
    try:
        with transaction.atomic():
            if webhook.token is not None:
                token, said = webhook.token(document)
                if not first_use(webhook.provider, token, said, now=tools.now):
                    log.warning(
                        "webhook turned away: its token was used", provider=webhook.provider
                    )
                    return _say(403, _UNSIGNED)
            _keep(webhook.provider, webhook.events(document))
    except TooDeep as error:
        log.warning("webhook turned away", provider=webhook.provider, reason=str(error))
        return _say(400, f"This is {error}.\n")
    answer = webhook.reply(document, tools)
    if answer is not None:
        return HttpResponse(answer.text, status=answer.status, content_type=answer.content_type)
    return _say(200, "Received.\n")


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


def _plain(request: HttpRequest, body: bytes = b"") -> HookRequest:
    return HookRequest(
        request.method or "",
        body,
        {name.lower(): value for name, value in request.headers.items()},
        {name: str(value) for name, value in request.GET.items()},
    )


def _read(body: bytes) -> tuple[Any, bool]:
    try:
        return json.loads(body), True
    except (ValueError, RecursionError):
        return None, False


def _say(status: int, words: str) -> HttpResponse:
    return HttpResponse(words, status=status, content_type=_PLAIN)


@lru_cache(maxsize=4)
def _fetch(url: str) -> bytes:
    """What lies there; wherever else a redirect leads, nobody vouches for what lies there."""
    try:
        body, at = _get(url)
    except http.FetchFailed as failed:
        raise CannotCheck(failed.reason) from failed
    return body if at == url else b""


def _get(url: str) -> tuple[bytes, str]:
    """The body, and the address it came from in the end."""

    async def fetch() -> tuple[bytes, str]:
        async with (
            http.session(user_agent=settings.DIGEST_USER_AGENT) as session,
            http.get(session, url, seconds=5) as answer,
        ):
            return answer.body, answer.url

    return asyncio.run(fetch())
