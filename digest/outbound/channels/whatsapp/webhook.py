"""WhatsApp's webhook, declared: whom we believe, and what a report means (pure)."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from digest.audience.kinds import OnOffer
from digest.outbound.channels.hook import HookAnswer, HookRequest, HookTools, Webhook
from digest.outbound.channels.report import (
    Event,
    Kind,
    Report,
    is_fresh,
    items,
    mapping,
    moment,
    text,
)
from digest.outbound.channels.whatsapp import refused
from digest.outbound.channels.whatsapp.events import events
from digest.outbound.channels.whatsapp.inbound import asked, said
from digest.outbound.channels.whatsapp.templates import learned
from digest.outbound.channels.whatsapp.words import NAME

# WhatsApp: free text may be sent for 24 hours after the reader's last message.
_WINDOW = timedelta(hours=24)
_LATE = timedelta(days=8)
_KINDS = {
    "sent": Kind.ACCEPTED,
    "delivered": Kind.DELIVERED,
    "read": Kind.DELIVERED,
    "failed": Kind.FAILED,
}


def is_signed(body: bytes, header: str, secret: str) -> bool:
    """Whether ``header`` is ``sha256=`` and the HMAC-SHA-256 of ``body``, as Meta signs.

    Without a secret nothing is signed: an open door would let anybody end subscriptions.
    """
    if not secret:
        return False
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), header.strip().encode("utf-8", "replace"))


Offered = Callable[[], Sequence[OnOffer]]


def reports(
    body: dict[str, Any], received_at: datetime, now: datetime, on_offer: Offered = tuple
) -> Sequence[Report]:
    """What a stored event means for a delivery or its reader.

    Meta tries for seven days; what was older when it came is a copy of what it once signed.
    """
    told = mapping(body.get("status")) or mapping(body.get("message"))
    at = _stamped(told.get("timestamp"))
    if at is not None and not is_fresh(at, received_at, late=_LATE):
        return ()
    if body.get("kind") == "status":
        return _status(mapping(body.get("status")), now)
    if body.get("kind") == "message":
        return _inbound(mapping(body.get("message")), now, on_offer)
    value = mapping(body.get("value"))
    if body.get("kind") == "user_preferences":
        return [
            each for told in items(value.get("user_preferences")) for each in _preferred(told, now)
        ]
    fact = learned(text(body.get("kind")), value)
    # Meta dates none of these: the moment they came is the best there is.
    return (Report(Kind.LEARNED, at=received_at, fact=fact),) if fact else ()


def _preferred(told: dict[str, Any], now: datetime) -> Sequence[Report]:
    """A reader switched our marketing off in WhatsApp itself; on again is for them to ask."""
    if text(told.get("category")) != "marketing_messages" or text(told.get("value")) != "stop":
        return ()
    words, at = "stopped in WhatsApp’s own settings", _moment(told.get("timestamp"), now)
    return (Report(Kind.STOPPED, recipient=f"+{text(told.get('wa_id'))}", words=words, at=at),)


def _status(status: dict[str, Any], now: datetime) -> Sequence[Report]:
    """By the key that came back with it; marketing's endpoint takes none, so by its reader too."""
    kind = _KINDS.get(text(status.get("status")))
    if kind is None:
        return ()
    number, at = text(status.get("recipient_id")), _moment(status.get("timestamp"), now)
    told = Report(
        kind,
        text(status.get("biz_opaque_callback_data")),
        recipient=f"+{number.removeprefix('+')}" if number else "",
        at=at,
        provider_id=text(status.get("id"))[:200],
    )
    return refused.of_status(status, told, at) if kind is Kind.FAILED else (told,)


def _inbound(message: dict[str, Any], now: datetime, on_offer: Offered) -> Sequence[Report]:
    """A reader wrote: free text is allowed again for a day; what they ask for is done."""
    number = f"+{text(message.get('from'))}"
    at = _moment(message.get("timestamp"), now)
    wrote = Report(Kind.WROTE, recipient=number, at=at, until=at + _WINDOW)
    words = said(message)
    wish = asked(words, on_offer()) if words else None
    if wish is None:
        return (replace(wrote, words=words),)
    if wish.kind is Kind.STOPPED:
        return (Report(Kind.STOPPED, recipient=number, words="STOP by WhatsApp", at=at),)
    granted = Report(
        wish.kind, recipient=number, words=words, at=at, wants=wish.wants, language=wish.language
    )
    return (granted, wrote)


def _moment(stamp: object, now: datetime) -> datetime:
    """A provider's Unix time as a moment, never in the future; ``now`` when it is none."""
    return min(_stamped(stamp) or now, now)


def _stamped(stamp: object) -> datetime | None:
    digits = str(stamp)
    plain = digits.isascii() and digits.isdecimal() and len(digits) <= 11
    return moment(int(digits)) if plain else None


def _challenge(request: HookRequest, tools: HookTools) -> HookAnswer:
    """Meta asks once whether the address is ours."""
    token = tools.config.DIGEST_WHATSAPP_VERIFY_TOKEN
    given = request.query.get("hub.verify_token", "")
    known = bool(token) and hmac.compare_digest(token.encode(), given.encode())
    if request.query.get("hub.mode") != "subscribe" or not known:
        return HookAnswer(403, "The verify token is another one.\n")
    return HookAnswer(200, request.query.get("hub.challenge", "")[:200])


def _verified(request: HookRequest, document: Any, tools: HookTools) -> bool:
    signature = request.headers.get("x-hub-signature-256", "")
    return is_signed(request.body, signature, tools.config.DIGEST_WHATSAPP_APP_SECRET)


def _events(document: Any) -> tuple[Event, ...]:
    return tuple(Event(each.event_id, each.body) for each in events(document))


WEBHOOKS = (
    Webhook(
        provider=NAME,
        verified=_verified,
        events=_events,
        reports=lambda body, tools: reports(body, tools.received_at, tools.now, tools.on_offer),
        challenge=_challenge,
    ),
    refused.OWN,
)
