"""SendGrid's event webhook (pure).

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

import base64
import binascii
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

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

_KINDS = {
    "delivered": Kind.DELIVERED,
    "spamreport": Kind.COMPLAINT,
    "unsubscribe": Kind.LEFT,
    "group_unsubscribe": Kind.LEFT,
}


def is_signed(body: bytes, signature: str, timestamp: str, public_key: str, now: datetime) -> bool:
    """Whether ``signature`` is the provider's ECDSA over timestamp and body, and the time recent.

    ``public_key`` as its console shows it: base64 of the DER form. False without one.
    """
    plain = timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12
    if not plain or not is_fresh(moment(int(timestamp)), now):
        return False
    try:
        key = load_der_public_key(base64.b64decode(public_key, validate=True))
        if not public_key or not isinstance(key, EllipticCurvePublicKey):
            return False
        sign = base64.b64decode(signature, validate=True)
        key.verify(sign, timestamp.encode() + body, ECDSA(SHA256()))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def events(document: Any) -> tuple[Event, ...]:
    """The events of a body, however many (the body is bounded); a repeated one once."""
    told = [mapping(each) for each in document] if isinstance(document, list) else []
    found = {text(each.get("sg_event_id")): each for each in told}
    return tuple(Event(event_id, body) for event_id, body in found.items() if event_id)


def report(body: dict[str, Any], list_domain: str) -> Report | None:
    """What an event says of a copy; None for opens, clicks, deferrals and what is not known."""
    event, words = text(body.get("event")), text(body.get("reason"))
    status = text(body.get("status"))
    verdict = judge(status, words, permanent=True)
    if event == "bounce":
        blocked = text(body.get("type")) == "blocked"
        kind = Kind.SOFT_BOUNCE if blocked else verdict.kind
    elif event in _KINDS:
        kind = _KINDS[event]
    else:
        return None
    key = key_of_message_id(body.get("smtp-id"), list_domain)
    suffix = suffix_of_message_id(body.get("smtp-id")) if key else None
    at, recipient = moment(body.get("timestamp")), text(body.get("email"))
    return Report(
        kind, key, recipient, status, words, at, verdict.why, suffix=suffix,
        is_about_us=verdict.is_about_us,
    )  # fmt: skip
