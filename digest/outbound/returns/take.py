"""Step: what came back, by mail or webhook, finds its delivery or its reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from digest.audience.addresses import Address
from digest.audience.normalise import BadAddress, normalise
from digest.audience.suppress import suppress
from digest.audience.suppressions import Suppression
from digest.kit.observe import log
from digest.outbound.delivery import outcomes
from digest.outbound.delivery.models import Delivery, ProviderEvent
from digest.outbound.returns import bounce, mailgun, postmark, relay, sendgrid, ses, tally, whatsapp
from digest.outbound.returns.models import SoftBounces
from digest.outbound.returns.report import Kind, Report

MAIL = "mail"

_OUTCOMES = {
    Kind.DELIVERED: Delivery.Outcome.DELIVERED,
    Kind.SOFT_BOUNCE: Delivery.Outcome.SOFT_BOUNCE,
    Kind.HARD_BOUNCE: Delivery.Outcome.HARD_BOUNCE,
    Kind.COMPLAINT: Delivery.Outcome.COMPLAINT,
}
_SHUTS = {
    Kind.HARD_BOUNCE: Suppression.Reason.BOUNCE,
    Kind.COMPLAINT: Suppression.Reason.COMPLAINT,
    Kind.LEFT: Suppression.Reason.READER,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """How many events were looked at, how many changed something, and whether more may wait."""

    seen: int
    used: int
    is_full: bool = False


@transaction.atomic
def take_events(*, now: datetime, limit: int = 500) -> Taken:
    """Work through the inbox, the oldest first. What nobody understands is ticked off too.

    Each event in a savepoint of its own: one that cannot be stored holds up no other.
    """
    waiting = list(
        ProviderEvent.objects.select_for_update(skip_locked=True)
        .filter(processed_at=None)
        .order_by("pk")[:limit]
    )
    used = 0
    for event in waiting:
        try:
            with transaction.atomic():
                used += _take(event, now)
        except Exception:
            log.exception("a report could not be used", report=event.pk, provider=event.provider)
        event.processed_at = now
    ProviderEvent.objects.bulk_update(waiting, ["processed_at"])
    return Taken(len(waiting), used, is_full=len(waiting) == limit)


def _take(event: ProviderEvent, now: datetime) -> bool:
    if event.provider == "whatsapp":
        return whatsapp.take(event.body, now=now)
    used = [apply(each, now=now) for each in _reports(event.provider, event.body)]
    return any(used)


def _reports(provider: str, body: dict[str, Any]) -> Sequence[Report]:
    domain, secret = settings.DIGEST_LIST_DOMAIN, settings.SECRET_KEY
    match provider:
        case "mail":
            read = bounce.read(
                str(body.get("mail", "")).encode("latin-1", "replace"),
                [str(each) for each in body.get("recipients", [])],
                secret=secret,
                null_sender=bool(body.get("null_sender", True)),
            )
            if read.why_not:
                log.info("returned mail not used", reason=read.why_not)
            return read.reports
        case "ses":
            return ses.reports(body, domain, secret)
        case "postmark":
            found = postmark.report(body, domain)
        case "mailgun":
            found = mailgun.report(body, domain)
        case "sendgrid":
            found = sendgrid.report(body, domain)
        case "relay":
            found = relay.report(body)
        case _:
            found = None
    return (found,) if found else ()


def apply(report: Report, *, now: datetime) -> bool:
    """Write a report down where it belongs: the copy's row, the reader's address, or both.

    A report that names its copy counts for that row and its address; one that only names a
    mailbox can still shut it. Soft bounces add up over days (``DIGEST_SOFT_BOUNCES``); a delivery
    wipes them out. Returns whether anything changed.
    """
    at = min(report.at or now, now)
    key = outcomes.read_key(report.key)
    address_id = key[1] if key else _address_named(report.recipient)
    if address_id is None:
        return False
    changed = False
    outcome = _OUTCOMES.get(report.kind)
    if key and outcome is not None:
        changed = outcomes.record(*key, outcome, at=at, now=now, note=report.words).changed
        if report.kind == Kind.DELIVERED:
            changed = outcomes.arrived(*key, at=at) or changed
    if report.kind == Kind.DELIVERED:
        wiped, _ = SoftBounces.objects.filter(address_id=address_id, last_at__lte=at).delete()
        return changed or bool(wiped)
    if report.kind == Kind.SOFT_BOUNCE:
        return _add_up(address_id, at, report.words, now) or changed
    reason = _SHUTS[report.kind]
    if not (key and report.kind in {Kind.HARD_BOUNCE, Kind.COMPLAINT}):
        changed = bool(suppress(address_id, reason, now=now, note=report.words).names) or changed
    return changed


def _address_named(recipient: str) -> int | None:
    try:
        value = normalise("email", recipient)
    except BadAddress:
        return None
    found = Address.objects.filter(channel="email", value=value).values_list("pk", flat=True)
    return found.first()


def _add_up(address_id: int, at: datetime, words: str, now: datetime) -> bool:
    """Count a soft bounce; shut the address when they were too many."""
    row = SoftBounces.objects.select_for_update().filter(address_id=address_id).first()
    before = tally.Tally(row.days, row.first_at, row.last_at) if row else None
    after = tally.count(before, at)
    if after == before:
        return False
    SoftBounces.objects.update_or_create(
        address_id=address_id,
        defaults={"days": after.days, "first_at": after.first_at, "last_at": after.last_at},
    )
    if tally.is_shut(after, settings.DIGEST_SOFT_BOUNCES):
        note = f"{after.days} days of soft bounces; the last: {words}"
        suppress(address_id, Suppression.Reason.BOUNCE, now=now, note=note)
        SoftBounces.objects.filter(address_id=address_id).delete()
    return True
