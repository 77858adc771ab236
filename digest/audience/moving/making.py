"""Steps: the new address confirms, the old one agrees or stops it, and the change is made.

The address keeps its row, so that subscriptions, hours, the ledger and every unsubscribe link that
was ever sent go on as they are. Its links to the reader's own page are renewed: whoever reads the
old mailbox opens it no longer.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F

from digest.audience import address_locks
from digest.audience.core import tokens
from digest.audience.joining import writing
from digest.audience.kinds import AddressKinds
from digest.audience.leaving import suppress
from digest.audience.leaving.erase import is_taken, release_proofs
from digest.audience.models import consents
from digest.audience.models.addresses import Address, fingerprint_of
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.letters import Letter
from digest.audience.models.moves import AddressChange
from digest.audience.models.subscriptions import Subscription, living, make_own
from digest.audience.models.suppressions import Suppression
from digest.audience.moving.asking import close, times_of
from digest.audience.preferring import own_links

_MADE = "The reader changed to another address; this one is written to no more."


@dataclass(frozen=True, slots=True)
class Moving:
    """How a change of address stands: ``old`` and ``new`` as they are stored, ``new`` empty when it
    is over and ``old`` the one that counts by now. ``takes_effect_at`` is None before the new
    address has confirmed.
    """

    channel: str
    old: str
    new: str
    names: tuple[str, ...]
    locale: str
    outcome: str
    is_confirmed: bool
    is_agreed: bool
    takes_effect_at: datetime | None


def to_confirm(token: str, *, now: datetime) -> Moving:
    """What the new address would confirm; changes nothing. Raises ``tokens.BadToken``."""
    return _shown(tokens.read_move(settings.SECRET_KEY, token), now)


def to_stop(token: str, *, now: datetime) -> Moving:
    """What the old address may stop; changes nothing. Raises ``tokens.BadToken``."""
    return _shown(tokens.read_stay(settings.SECRET_KEY, token), now)


@transaction.atomic
def confirm_move(token: str, *, kinds: AddressKinds, now: datetime, at: Circumstances) -> None:
    """The new address wants it. Doing it twice does it once. Raises ``tokens.BadToken``."""
    _confirm(tokens.read_move(settings.SECRET_KEY, token), kinds=kinds, now=now, at=at)


@transaction.atomic
def confirm_move_by_act(
    channel: str, value: str, *, kinds: AddressKinds, now: datetime, at: Circumstances
) -> bool:
    """The reader wrote to us from the new address, which confirms a change to it; whether one is
    open. Who says it again while the old address is waited for has not joined there besides: the
    change would come to nothing.
    """
    rows = AddressChange.objects.filter(to__channel=channel, to__value=value, over_at=None)
    change = rows.order_by(F("confirmed_at").asc(nulls_first=True), "-pk").first()
    return change is not None and _confirm(change.pk, kinds=kinds, now=now, at=at)


@transaction.atomic
def agree(token: str, *, kinds: AddressKinds, now: datetime) -> None:
    """The old address agrees, so nothing waits for its silence. Raises ``tokens.BadToken``."""
    change = _held(tokens.read_stay(settings.SECRET_KEY, token), kinds)
    if change is None:
        return
    if change.agreed_at is None:
        change.agreed_at = now
        change.save(update_fields=["agreed_at"])
    _make_if_due(change, kinds=kinds, now=now)


@transaction.atomic
def stop(token: str, *, kinds: AddressKinds, now: datetime) -> bool:
    """It was not the reader: nothing changes, and links to their page that somebody else may hold
    are revoked. Whether there was anything to stop. Raises ``tokens.BadToken``.
    """
    change = _held(tokens.read_stay(settings.SECRET_KEY, token), kinds)
    if change is None:
        return False
    address = change.address
    close(change, AddressChange.Outcome.STOPPED, now=now)
    mailbox = kinds[address.channel].mailbox(address.value)
    own_links.renew(address.pk, mailbox, now=now)
    return True


@transaction.atomic
def call_off(address_id: int, *, kinds: AddressKinds, now: datetime) -> bool:
    """The reader thought better of it, on their own page; whether a change was open."""
    rows = AddressChange.objects.filter(address=address_id, over_at=None)
    found = rows.values_list("pk", flat=True).first()
    change = _held(found, kinds) if found is not None else None
    if change is not None:
        close(change, AddressChange.Outcome.STOPPED, now=now)
    return change is not None


def make_due(*, now: datetime, kinds: AddressKinds, limit: int = 100) -> int:
    """Make the changes whose old address said nothing for long enough; how many were made."""
    rows = AddressChange.objects.filter(over_at=None, confirmed_at__isnull=False).order_by("pk")
    made = 0
    for each in rows.order_by("told_at")[:limit]:
        if times_of(each).is_due(now):
            with transaction.atomic():
                change = _held(each.pk, kinds)
                made += change is not None and _make_if_due(change, kinds=kinds, now=now)
    return made


def _confirm(change_id: int, *, kinds: AddressKinds, now: datetime, at: Circumstances) -> bool:
    change = _held(change_id, kinds)
    if change is None or change.to is None:
        return False
    if change.confirmed_at is None:
        if times_of(change).has_lapsed(now):
            return False
        change.confirmed_at = now
        change.save(update_fields=["confirmed_at"])
        mine = Address(
            fingerprint=fingerprint_of(change.channel, change.value),
            subscriber_id=change.address.subscriber_id,
            channel=change.channel,
        )
        names = [each.name for each in living(change.address_id)]
        consents.record(Consent.Act.CHANGED, mine, names, now=now, at=at)
    _make_if_due(change, kinds=kinds, now=now)
    return True


def _shown(change_id: int, now: datetime) -> Moving:
    rows = AddressChange.objects.select_related("address__subscriber")
    change = rows.filter(pk=change_id).first()
    if change is None:
        raise tokens.Lapsed("This address is not known any more.")
    address, times = change.address, times_of(change)
    locale = address.subscriber.locale
    return Moving(
        channel=change.channel,
        old=address.value,
        new=change.value,
        names=tuple(each.name_in(locale) for each in living(address.pk)),
        locale=locale,
        outcome=AddressChange.Outcome.LAPSED.value
        if not change.outcome and times.has_lapsed(now)
        else change.outcome,
        is_confirmed=change.confirmed_at is not None,
        is_agreed=change.agreed_at is not None,
        takes_effect_at=times.takes_effect_at,
    )


def _held(change_id: int, kinds: AddressKinds) -> AddressChange | None:
    """The change if it is open, with its mailboxes and addresses held. Raises ``tokens.Lapsed``."""
    known = AddressChange.objects.select_related("address").filter(pk=change_id).first()
    if known is None:
        raise tokens.Lapsed("This address is not known any more.")
    kind = kinds.get(known.channel)
    if known.over_at is not None or kind is None:
        return None
    mailboxes = [kind.mailbox(known.address.value), kind.mailbox(known.value)]
    for each in sorted(mailboxes, key=lambda one: one.name):
        writing.hold(each)
    prints = [bytes(known.address.fingerprint), fingerprint_of(known.channel, known.value)]
    held = address_locks.lock(prints)
    rows = AddressChange.objects.select_related("address__subscriber", "to__subscriber")
    found = rows.filter(pk=change_id, over_at=None).first()
    # Replaced by another wish meanwhile, or erased.
    return found if found is not None and found.address_id in {each.pk for each in held} else None


def _make_if_due(change: AddressChange, *, kinds: AddressKinds, now: datetime) -> bool:
    if not times_of(change).is_due(now):
        return False
    address, to, value = change.address, change.to, change.value
    new = fingerprint_of(change.channel, value)
    barred = Suppression.objects.filter(fingerprint__in=[new, bytes(address.fingerprint)])
    if (
        to is None
        or is_taken(to)
        or barred.exclude(reason=Suppression.Reason.READER).exists()
        or not living(address.pk)
    ):
        close(change, AddressChange.Outcome.LAPSED, now=now)
        return False
    change.to = None
    change.save(update_fields=["to"])
    # Typed into forms and never confirmed: what waits there is not this reader's.
    release_proofs(to.subscriber_id)
    to.subscriber.delete()
    _rename(address, value, now)
    close(change, AddressChange.Outcome.MADE, now=now)
    own_links.renew(address.pk, kinds[change.channel].mailbox(value), now=now)
    return True


def _rename(address: Address, value: str, now: datetime) -> None:
    followed = living(address.pk)
    names = [each.name for each in followed]
    # What a list had brought is theirs from now on: both addresses wanted it.
    make_own(Subscription.objects.filter(pk__in=[each.pk for each in followed]))
    consents.record(Consent.Act.CHANGED, address, names, now=now, at=Circumstances(text=_MADE))
    # As after an erasure: no old list brings it back, and its reader may sign up again.
    suppress.bar(address, Suppression.Reason.READER, now=now, note="changed to another address")
    address.value, address.fingerprint = value, fingerprint_of(address.channel, value)
    address.verified_at, address.verified_by, address.moved_at = now, "link", now
    address.window_ends_at = address.channel_data = None
    address.save()
    Suppression.objects.filter(
        fingerprint=bytes(address.fingerprint), reason=Suppression.Reason.READER
    ).delete()
    # Asked of the old mailbox, which answers for this reader no more.
    Letter.objects.filter(address=address, kind=Letter.Kind.CONFIRM).delete()
