"""Mailgun's webhook (pure). https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from digest.outbound.channels.email.reports.classify import judge
from digest.outbound.channels.report import (
    Event,
    Kind,
    Report,
    is_fresh,
    key_of_message_id,
    mapping,
    moment,
    suffix_of_message_id,
    text,
)

FRESH = timedelta(minutes=15)


def is_signed(document: Any, secret: str, now: datetime) -> bool:
    """Whether the body's own signature, HMAC-SHA-256 of timestamp and token, is ours and fresh.

    It says nothing of the rest of the body: :func:`token` must not be taken with another one.
    """
    given = mapping(mapping(document).get("signature"))
    stamp, token, sign = (text(given.get(name)) for name in ("timestamp", "token", "signature"))
    at = moment(int(stamp)) if stamp.isascii() and stamp.isdecimal() and len(stamp) < 12 else None
    if not (secret and token and is_fresh(at, now, late=FRESH, early=FRESH)):
        return False
    expected = hmac.new(secret.encode(), (stamp + token).encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), sign.encode())


def token(document: Any) -> str:
    """What stands in one body only: who sees it again with another is not spoken to by Mailgun."""
    return text(mapping(mapping(document).get("signature")).get("token"))


def events(document: Any) -> tuple[Event, ...]:
    """The one event of a body."""
    body = mapping(mapping(document).get("event-data"))
    return (Event(text(body.get("id")), body),) if body.get("id") else ()


def report(body: dict[str, Any], list_domain: str) -> Report | None:
    """What an event says of a copy; None for opens, clicks and what is not known."""
    status = mapping(body.get("delivery-status"))
    words = text(status.get("message")) or text(status.get("description"))
    code = text(status.get("enhanced-code"))
    verdict = judge(code, f"{text(status.get('code'))} {words}", permanent=True)
    match text(body.get("event")):
        case "delivered":
            kind = Kind.DELIVERED
        case "complained":
            kind = Kind.COMPLAINT
        case "unsubscribed":
            kind = Kind.LEFT
        case "failed" if text(body.get("severity")) == "permanent":
            kind = verdict.kind
        case "failed":
            kind = Kind.SOFT_BOUNCE
        case _:
            return None
    headers = mapping(mapping(body.get("message")).get("headers"))
    key = key_of_message_id(headers.get("message-id"), list_domain)
    at, recipient = moment(body.get("timestamp")), text(body.get("recipient"))
    suffix = suffix_of_message_id(headers.get("message-id")) if key else None
    return Report(
        kind, key, recipient, code, words, at, verdict.why, suffix=suffix,
        is_about_us=verdict.is_about_us,
    )  # fmt: skip
