"""Postmark's webhooks (pure). https://postmarkapp.com/developer/webhooks/webhooks-overview

Postmark signs nothing: it calls with the user and password that are written into the webhook's
address, and those are what we check.
"""

import base64
import hmac
from datetime import datetime
from typing import Any

from digest.outbound.channels.email.reports.bounce_reason import GONE, NEUTRAL
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

_BOUNCES = {
    "HardBounce": Kind.HARD_BOUNCE,
    "BadEmailAddress": Kind.HARD_BOUNCE,
    "ManuallyDeactivated": Kind.HARD_BOUNCE,
    "SpamComplaint": Kind.COMPLAINT,
    "Unsubscribe": Kind.LEFT,
    **dict.fromkeys(
        ("SoftBounce", "Transient", "DnsError", "Blocked", "SpamNotification", "DMARCPolicy",
         "SMTPApiError", "ChallengeVerification", "VirusNotification", "Unknown"),
        Kind.SOFT_BOUNCE,
    ),
}  # fmt: skip


def is_known(authorization: str, credentials: str) -> bool:
    """Whether an Authorization header carries ``credentials``, ``user:password`` (RFC 7617)."""
    if not credentials:
        return False
    expected = "Basic " + base64.b64encode(credentials.encode()).decode()
    return hmac.compare_digest(expected.encode(), authorization.strip().encode("utf-8", "replace"))


def is_recent(document: Any, now: datetime) -> bool:
    """Whether a body was written lately. Postmark signs no time, so the event's own must do."""
    return is_fresh(_moment(mapping(document)), now)


def _moment(body: dict[str, Any]) -> datetime | None:
    names = ("BouncedAt", "DeliveredAt", "ChangedAt", "ReceivedAt")
    return moment(next((body[name] for name in names if body.get(name)), None))


def events(document: Any) -> tuple[Event, ...]:
    """The one event of a body."""
    body = mapping(document)
    kind = text(body.get("RecordType"))
    own = text(body.get("ID")) or ":".join(
        text(body.get(name)) for name in ("MessageID", "Recipient", "DeliveredAt", "ChangedAt")
    )
    return (Event(f"{kind}:{own}"[:200], body),) if kind else ()


def report(body: dict[str, Any], list_domain: str) -> Report | None:
    """What an event says of a copy; None for opens, clicks and what is not known."""
    recipient = text(body.get("Email")) or text(body.get("Recipient"))
    words = text(body.get("Details")) or text(body.get("Description"))
    match text(body.get("RecordType")):
        case "Delivery":
            kind: Kind | None = Kind.DELIVERED
        case "SpamComplaint":
            kind = Kind.COMPLAINT
        case "Bounce":
            kind = _BOUNCES.get(text(body.get("Type")))
        case "SubscriptionChange" if body.get("SuppressSending") is True:
            left = text(body.get("SuppressionReason")) == "ManualSuppression"
            kind = Kind.LEFT if left else None
        case _:
            kind = None
    if kind is None:
        return None
    named = mapping(body.get("Metadata")).get("message-id")
    key = key_of_message_id(named, list_domain)
    suffix = suffix_of_message_id(named) if key else None
    verdict = judge("", words, permanent=True)
    if kind is Kind.HARD_BOUNCE and verdict.reason not in GONE | NEUTRAL:
        # Postmark calls some hard whose host spoke of something else: the milder stands.
        kind = Kind.SOFT_BOUNCE
    return Report(
        kind, key, recipient, "", words, _moment(body), verdict.why, suffix=suffix,
        is_about_us=verdict.is_about_us,
    )  # fmt: skip
