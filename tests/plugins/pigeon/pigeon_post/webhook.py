"""What the loft's keeper reports: each pigeon's return, under the number of its slip."""

import hmac
from typing import Any

from digest.outbound.channels.hook import HookRequest, HookTools, Webhook
from digest.outbound.channels.report import Event, Kind, Report, items, mapping, text

_KINDS = {
    "home": Kind.DELIVERED,
    "hawk": Kind.FAILED,
    "empty loft": Kind.HARD_BOUNCE,
    "enough": Kind.STOPPED,
}


def _verified(request: HookRequest, document: Any, tools: HookTools) -> bool:
    secret = tools.config.DIGEST_PIGEON_SECRET
    given = request.headers.get("x-loft", "")
    return bool(secret) and hmac.compare_digest(secret.encode(), given.encode())


def _events(document: Any) -> tuple[Event, ...]:
    flights = items(mapping(document).get("flights"))
    return tuple(Event(text(each["flight"]), each) for each in flights if each.get("flight"))


def _reports(body: dict[str, Any], tools: HookTools) -> tuple[Report, ...]:
    kind = _KINDS.get(text(body.get("news")))
    if kind is None:
        return ()
    return (Report(kind, text(body.get("copy")), text(body.get("ring"))),)


WEBHOOKS = (Webhook("pigeon", _verified, _events, _reports),)
