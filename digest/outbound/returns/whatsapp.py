"""What WhatsApp reported to our webhook finds its delivery or its reader."""

from datetime import UTC, datetime, timedelta
from typing import Any

from digest.audience.leaving.suppress import suppress
from digest.audience.models.addresses import Address
from digest.audience.models.suppressions import Suppression
from digest.outbound.channels.report import is_fresh, mapping, moment
from digest.outbound.delivery.ledger import outcomes
from digest.outbound.delivery.models import Delivery

Outcome = Delivery.Outcome

# WhatsApp: free text may be sent for 24 hours after the reader's last message.
_WINDOW = timedelta(hours=24)
_LATE = timedelta(days=8)
_STOP = {"stop", "unsubscribe", "arret", "arrêt", "stopp", "baja"}
_OUTCOMES = {
    "delivered": Outcome.DELIVERED,
    "read": Outcome.DELIVERED,
    "failed": Outcome.SOFT_BOUNCE,
}
_ARRIVED = {"sent", "delivered", "read"}


def take(body: dict[str, Any], *, received_at: datetime, now: datetime) -> bool:
    """Act on one report, inside the caller's transaction; whether it changed anything.

    Meta tries for seven days; what was older when it came is a copy of what it once signed.
    """
    told = mapping(body.get("status")) or mapping(body.get("message"))
    stamp = str(told.get("timestamp", ""))
    at = moment(int(stamp)) if stamp.isascii() and stamp.isdecimal() and len(stamp) < 12 else None
    if at is not None and not is_fresh(at, received_at, late=_LATE):
        return False
    if body.get("kind") == "status" and isinstance(body.get("status"), dict):
        return _status(body["status"], now)
    if body.get("kind") == "message" and isinstance(body.get("message"), dict):
        return _inbound(body["message"], now)
    return False


def _status(status: dict[str, Any], now: datetime) -> bool:
    key = outcomes.read_key(str(status.get("biz_opaque_callback_data", "")))
    word = str(status.get("status", ""))
    if key is None:
        return False
    at, used = _moment(status.get("timestamp"), now), False
    if word in _ARRIVED:
        used = outcomes.arrived(*key, at=at, provider_id=str(status.get("id", ""))[:200])
    outcome = _OUTCOMES.get(word)
    if outcome is not None:
        used = outcomes.record(*key, outcome, at=at, now=now).changed or used
    return used


def _inbound(message: dict[str, Any], now: datetime) -> bool:
    """A reader wrote: free text is allowed again for a day; STOP is obeyed."""
    phone = f"+{message.get('from', '')}"
    address = Address.objects.filter(channel="whatsapp", value=phone).first()
    if address is None:
        return False
    text = message.get("text")
    words = str(text.get("body", "")) if isinstance(text, dict) else ""
    if words.strip().strip(".!").lower() in _STOP:
        suppress(address.pk, Suppression.Reason.READER, now=now, note="STOP by WhatsApp")
        return True
    ends = _moment(message.get("timestamp"), now) + _WINDOW
    open_longer = Address.objects.filter(pk=address.pk).exclude(window_ends_at__gte=ends)
    return bool(open_longer.update(window_ends_at=ends))


def _moment(timestamp: object, now: datetime) -> datetime:
    """A provider's Unix time as a moment, never in the future; ``now`` when it is none."""
    text = str(timestamp)
    if not (text.isascii() and text.isdecimal() and len(text) <= 11):
        return now
    return min(datetime.fromtimestamp(int(text), UTC), now)
