"""Step: the owner of an address confirmed it, so what waits on it begins."""

from dataclasses import dataclass
from datetime import datetime, time

from django.conf import settings
from django.db import transaction

from digest.audience.core import tokens
from digest.audience.models import consents
from digest.audience.models.addresses import Address, locked_by_id
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.schedules import Schedule
from digest.audience.models.subscriptions import Subscription, living
from digest.audience.models.suppressions import Suppression
from digest.audience.schedules import timetable

# The confirmation itself reaches a topic reader who came without an hour (an import, a desk).
_HOUR = time(7)


@dataclass(frozen=True, slots=True)
class Awaiting:
    """What a confirmation is about, for its page and its mail."""

    address_id: int
    channel: str
    value: str
    confirm_round: int
    names: tuple[str, ...]
    following: tuple[str, ...]
    schedule: Schedule | None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """``names`` began now; none when it had been confirmed before."""

    address_id: int
    names: tuple[str, ...]
    next_due_at: datetime | None


def awaiting(token: str, *, now: datetime) -> Awaiting:
    """What ``token`` would confirm; changes nothing.

    Raises :class:`~digest.audience.core.tokens.BadToken`, or its ``Lapsed``.
    """
    given = tokens.read_confirm(settings.SECRET_KEY, token)
    address = Address.objects.filter(pk=given.address_id).first()
    return _awaiting(_standing(address, given, now))


@transaction.atomic
def confirm(token: str, *, now: datetime, at: Circumstances = Circumstances()) -> Confirmed:  # noqa: B008
    """Verify the address and begin all that is pending on it. Doing it twice does it once.

    Lifts a suppression that the reader asked for, never one after a complaint or a bounce.
    Raises :class:`~digest.audience.core.tokens.BadToken`, or its ``Lapsed``.
    """
    given = tokens.read_confirm(settings.SECRET_KEY, token)
    address = _standing(locked_by_id(given.address_id), given, now)
    pending = living(address.pk, Subscription.State.PENDING)
    if pending:
        Subscription.objects.filter(pk__in=[each.pk for each in pending]).update(
            state=Subscription.State.ACTIVE, confirmed_at=now
        )
        consents.record(
            Consent.Act.CONFIRMED, address, [each.name for each in pending], now=now, at=at
        )
    if address.verified_at is None:
        address.verified_at, address.verified_by = now, "link"
        address.save(update_fields=["verified_at", "verified_by"])
    Suppression.objects.filter(
        fingerprint=bytes(address.fingerprint), reason=Suppression.Reason.READER
    ).delete()
    if any(each.topic_id for each in pending):
        ensure_schedule(address)
    schedule = timetable.keep(address, now=now)
    return Confirmed(
        address.pk,
        tuple(each.name for each in pending),
        schedule.next_due_at if schedule else None,
    )


def ensure_schedule(address: Address) -> None:
    """Give the address a schedule at seven in its subscriber's zone, unless it has one."""
    Schedule.objects.get_or_create(
        subscriber=address.subscriber,
        channel=address.channel,
        defaults={
            "address": address,
            "local_time": _HOUR,
            "time_zone": address.subscriber.time_zone,
            "is_active": False,
        },
    )


def awaiting_on(address_id: int) -> Awaiting | None:
    """What waits on an address, for its confirmation mail; None when it was erased."""
    address = Address.objects.filter(pk=address_id).first()
    return _awaiting(address) if address else None


def _standing(address: Address | None, given: tokens.ConfirmRound, now: datetime) -> Address:
    if address is None or not tokens.confirm_stands(
        given, address.confirm_round, address.confirm_asked_at, now
    ):
        raise tokens.Lapsed("This confirmation is older than seven days, or a newer one was sent.")
    barred = Suppression.objects.filter(fingerprint=bytes(address.fingerprint))
    if barred.exclude(reason=Suppression.Reason.READER).exists():
        raise tokens.Lapsed("This address may not be written to any more.")
    return address


def _awaiting(address: Address) -> Awaiting:
    rows = living(address.pk)
    return Awaiting(
        address_id=address.pk,
        channel=address.channel,
        value=address.value,
        confirm_round=address.confirm_round,
        names=tuple(each.name for each in rows if each.state == Subscription.State.PENDING),
        following=tuple(each.name for each in rows if each.state == Subscription.State.ACTIVE),
        schedule=Schedule.objects.filter(address=address).first(),
    )
