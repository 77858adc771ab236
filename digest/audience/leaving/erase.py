"""Step: a reader is forgotten. What stays is the proof of consent, by HMAC alone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from digest.audience import address_locks
from digest.audience.kinds import AddressKinds, normalised
from digest.audience.leaving import suppress
from digest.audience.models import consents
from digest.audience.models.addresses import Address, locked, locked_by_id
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.import_jobs import blot_out
from digest.audience.models.letters import LinkWish
from digest.audience.models.moves import AddressChange
from digest.audience.models.subscribers import Mute, Subscriber
from digest.audience.models.subscriptions import Subscription, end, living
from digest.audience.models.suppressions import Suppression


@dataclass(frozen=True, slots=True)
class Erased:
    """How many addresses and subscriptions are gone; none for an address we never had."""

    addresses: int
    subscriptions: int


@transaction.atomic
def erase_value(
    channel: str, value: str, *, kinds: AddressKinds, now: datetime, place: str = ""
) -> Erased:
    """Forget the person behind an address. Raises :class:`~digest.audience.kinds.BadAddress`."""
    value = normalised(kinds, channel, value)
    _hold(Address.objects.filter(channel=channel, value=value))
    address = locked(channel, value)
    return _erase(address, now, Circumstances(place=place)) if address else Erased(0, 0)


@transaction.atomic
def erase(address_id: int, *, now: datetime, at: Circumstances = Circumstances()) -> Erased:  # noqa: B008
    """Forget the person behind an address: every address of theirs, and all that hangs on them.

    Their addresses are suppressed, so that an old list brought in later does not bring them
    back; they themselves may sign up again. Ledger rows stay as plain numbers. Doing it twice
    does it once.
    """
    _hold(Address.objects.filter(pk=address_id))
    address = locked_by_id(address_id)
    return _erase(address, now, at) if address else Erased(0, 0)


def _hold(one: QuerySet[Address]) -> None:
    """Lock all that goes with the person of an address, in the order of all who lock several."""
    mine = Address.objects.filter(subscriber__in=one.values("subscriber_id"))
    prints = [bytes(each) for each in mine.values_list("fingerprint", flat=True)]
    address_locks.lock({*prints, *wished_for(prints)})


def wished_for(fingerprints: Collection[bytes]) -> set[bytes]:
    """The addresses that those of these wish to change to, by fingerprint: they go along."""
    rows = Address.objects.filter(changes_to__address__fingerprint__in=fingerprints)
    return {bytes(each) for each in rows.values_list("fingerprint", flat=True)}


def _erase(address: Address, now: datetime, at: Circumstances) -> Erased:
    subscriber_id = address.subscriber_id
    addresses = list(
        Address.objects.select_for_update(of=("self",))
        .filter(subscriber_id=subscriber_id)
        .order_by("fingerprint", "pk")
    )
    ended = 0
    for each in addresses:
        suppress.bar(each, Suppression.Reason.READER, now=now, note="erased at the reader's wish")
        names = end(living(each.pk), Subscription.Reason.ERASED, now=now)
        consents.record(Consent.Act.WITHDRAWN, each, names, now=now, at=Circumstances(at.place))
        ended += len(names)
        LinkWish.objects.filter(channel=each.channel, value=each.value).delete()
        AddressChange.objects.filter(channel=each.channel, value=each.value).delete()
    forget_people([subscriber_id], now=now)
    blot_out([each.value for each in addresses])
    return Erased(len(addresses), ended)


def forget_people(subscriber_ids: Collection[int], *, now: datetime) -> None:
    """Nothing of these is left but their proofs by fingerprint. Their addresses are locked."""
    release_proofs(*subscriber_ids)
    addresses = Address.objects.filter(subscriber__in=subscriber_ids)
    asked = list(Address.objects.filter(changes_to__address__in=addresses).distinct())
    # Subscriptions, schedules and their slots, requests and letters go with the address.
    addresses.delete()
    for each in asked:
        forget_unproven(each)
    Mute.objects.filter(subscriber__in=subscriber_ids).delete()
    Subscriber.objects.filter(pk__in=subscriber_ids).update(
        erased_at=now, locale="en", languages=[], time_zone="UTC"
    )


def release_proofs(*subscriber_ids: int) -> None:
    """Take person and IP address out of the consents, which stay by fingerprint.

    They are append-only otherwise; the guard in the database lets this transaction do it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL digest.erasing = 'on'")
        Consent.objects.filter(subscriber__in=subscriber_ids).update(subscriber=None, ip=None)
        cursor.execute("SET LOCAL digest.erasing = 'off'")


def is_taken(address: Address) -> bool:
    """Whether it is a reader's already: one that was only typed into a form is nobody's."""
    return address.verified_at is not None or bool(living(address.pk, "active", "paused"))


def forget_unproven(address: Address | None) -> None:
    """Let go of an address that was written to for a change of address, and is nobody's."""
    if address is None or is_taken(address) or living(address.pk):
        return
    if AddressChange.objects.filter(to=address).exists():
        return  # somebody else wants to move there as well
    release_proofs(address.subscriber_id)
    address.subscriber.delete()
