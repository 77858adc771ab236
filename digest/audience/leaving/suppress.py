"""Step: an address is never contacted again, after a complaint, a bounce or a member's word."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.db import transaction

from digest.audience.models import consents
from digest.audience.models.addresses import Address, locked_by_id
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.subscriptions import Subscription, end, living
from digest.audience.models.suppressions import Suppression
from digest.audience.schedules import timetable

ENDS = {
    Suppression.Reason.BOUNCE: Subscription.Reason.BOUNCE,
    Suppression.Reason.COMPLAINT: Subscription.Reason.COMPLAINT,
    Suppression.Reason.READER: Subscription.Reason.READER,
    Suppression.Reason.EDITOR: Subscription.Reason.EDITOR,
}
# A graver reason replaces a lighter one: a complaint is never lifted by a later sign-up.
WEIGHT = [
    Suppression.Reason.READER,
    Suppression.Reason.BOUNCE,
    Suppression.Reason.EDITOR,
    Suppression.Reason.COMPLAINT,
]


class Barred(Enum):
    """What became of the list: a new entry, a graver reason for an old one, or nothing."""

    NEW = "new"
    CHANGED = "changed"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Suppressed:
    """``names`` ended now."""

    address_id: int
    names: tuple[str, ...]


@transaction.atomic
def suppress(
    address_id: int, reason: Suppression.Reason, *, now: datetime, note: str = ""
) -> Suppressed:
    """End everything on the address and bar it. Does nothing for an address that was erased."""
    address = locked_by_id(address_id)
    if address is None:
        return Suppressed(address_id, ())
    bar(address, reason, now=now, note=note)
    names = end(living(address.pk), ENDS[reason], now=now)
    if names and reason in (Suppression.Reason.COMPLAINT, Suppression.Reason.READER):
        at = Circumstances(place=f"suppressed: {reason.value}")
        consents.record(Consent.Act.WITHDRAWN, address, names, now=now, at=at)
    timetable.keep(address, now=now)
    return Suppressed(address_id, names)


def bar(address: Address, reason: Suppression.Reason, *, now: datetime, note: str = "") -> None:
    """Write the suppression alone; the graver of two reasons stays."""
    bar_fingerprint(bytes(address.fingerprint), address.channel, reason, now=now, note=note)


def bar_fingerprint(
    fingerprint: bytes, channel: str, reason: Suppression.Reason, *, now: datetime, note: str = ""
) -> Barred:
    """As :func:`bar`, by fingerprint. Lock the address first, where there is one."""
    found, made = Suppression.objects.get_or_create(
        fingerprint=fingerprint,
        defaults={"channel": channel[:32], "reason": reason, "note": note[:300], "at": now},
    )
    if made:
        return Barred.NEW
    if WEIGHT.index(reason) <= WEIGHT.index(Suppression.Reason(found.reason)):
        return Barred.KNOWN
    found.reason, found.note, found.at = reason, note[:300], now
    found.save()
    return Barred.CHANGED
