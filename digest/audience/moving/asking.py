"""Steps: a reader asks to be reached at another address, and whoever is concerned is written to.

The page only stores the wish, so that its answer is the same, also in time, whether the new address
is a reader's already, may not be written to, or is nobody's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction

from digest.audience import address_locks
from digest.audience.core.address_change import LASTS, MOST_A_DAY, MovingTimes
from digest.audience.joining import writing
from digest.audience.joining.subscribe import SignUp, address_of
from digest.audience.kinds import AddressKinds, Destination
from digest.audience.leaving.erase import forget_unproven, is_taken
from digest.audience.models.addresses import Address, fingerprint_of, locked_by_id
from digest.audience.models.letters import Letter
from digest.audience.models.moves import AddressChange
from digest.audience.models.subscriptions import living
from digest.audience.models.suppressions import Suppression
from digest.kit import wake

_DAY = timedelta(days=1)


class MoveAsked(Enum):
    """What became of the wish: kept, or why not. Nothing of it depends on the new address."""

    KEPT = "kept"
    SAME = "same"
    TOO_OFTEN = "too often"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class MovesAnswered:
    """How many wishes were answered, and how many changes lapsed."""

    answered: int = 0
    lapsed: int = 0


def open_change(address_id: int) -> AddressChange | None:
    """The change of this address that is not over yet."""
    return AddressChange.objects.filter(address=address_id, over_at=None).first()


def times_of(change: AddressChange) -> MovingTimes:
    """Its moments; before anybody was written to, as if the old address were told only then."""
    told = change.told_at or change.asked_at
    return MovingTimes(told, change.confirmed_at, change.agreed_at)


@transaction.atomic
def ask_to_move(address_id: int, value: str, *, now: datetime) -> MoveAsked:
    """Keep the wish that ``value``, normalised, takes the place of an address.

    It replaces one that is still open, and a few a day are kept: each causes two messages.
    """
    address = _locked_with(address_id)
    if address is None or address.verified_at is None or not living(address.pk, "active", "paused"):
        return MoveAsked.NOTHING
    if address.value == value:
        return MoveAsked.SAME
    lately = AddressChange.objects.filter(address=address, asked_at__gt=now - _DAY)
    if lately.count() >= MOST_A_DAY:
        return MoveAsked.TOO_OFTEN
    before = open_change(address.pk)
    if before is not None:
        close(before, AddressChange.Outcome.STOPPED, now=now)
    AddressChange.objects.create(
        address=address, channel=address.channel, value=value, asked_at=now
    )
    wake.on_commit("service")
    return MoveAsked.KEPT


def answer_moves(*, now: datetime, kinds: AddressKinds, limit: int = 100) -> MovesAnswered:
    """Write to both addresses of each wish; end the changes that nobody confirmed."""
    waiting = AddressChange.objects.filter(over_at=None, told_at=None).order_by("pk")
    answered = sum(_answer(each, now=now, kinds=kinds) for each in waiting[:limit])
    stale = AddressChange.objects.filter(
        over_at=None, confirmed_at=None, asked_at__lt=now - LASTS
    ).order_by("pk")
    return MovesAnswered(answered, sum(_lapse(each, now) for each in stale[:limit]))


@transaction.atomic
def _answer(change: AddressChange, *, now: datetime, kinds: AddressKinds) -> bool:
    kind = kinds.get(change.channel)
    if kind is None:
        return False  # the channel is switched off: it waits
    mailboxes = [kind.mailbox(change.address.value), kind.mailbox(change.value)]
    for each in sorted(mailboxes, key=lambda one: one.name):
        writing.hold(each)
    held = {
        each.pk: each
        for each in address_locks.lock(
            [bytes(change.address.fingerprint), fingerprint_of(change.channel, change.value)]
        )
    }
    open_still = AddressChange.objects.filter(pk=change.pk, over_at=None, told_at=None)
    found = open_still.select_related("address__subscriber").first()
    if found is None or found.address_id not in held:
        return False  # another worker was here, or the reader thought better of it
    notice = None
    if not _barred(bytes(found.address.fingerprint)):
        about = [found.pk]
        notice = writing.write(
            found.address, Letter.Kind.NOTICE, mailboxes[0], now=now, requests=about
        )
    if notice is None:
        close(found, AddressChange.Outcome.LAPSED, now=now)
        return True
    _write_to_new(found, mailboxes[1], now=now)
    found.told_at = notice.due_at
    found.save(update_fields=["told_at", "to"])
    return True


def _write_to_new(change: AddressChange, mailbox: Destination, *, now: datetime) -> None:
    """Ask the new address; one that has readers of its own learns of it, and no more comes of it.

    One that may not be written to is left alone. The change stays open in both cases, as if nobody
    had answered.
    """
    if _barred(fingerprint_of(change.channel, change.value)):
        return
    person, about = change.address.subscriber, [change.pk]
    other = Address.objects.filter(channel=change.channel, value=change.value).first()
    if other is not None and is_taken(other):
        writing.write(other, Letter.Kind.KNOWN, mailbox, now=now)
        return
    change.to = address_of(
        SignUp(
            channel=change.channel,
            address=change.value,
            time_zone=person.time_zone,
            locale=person.locale,
            languages=tuple(person.languages),
        ),
        now=now,
    )
    writing.write(change.to, Letter.Kind.MOVE, mailbox, now=now, requests=about)


def _locked_with(address_id: int) -> Address | None:
    """The address, locked together with the new one of its open change, in the order of all."""
    known = Address.objects.filter(pk=address_id).values_list("fingerprint", flat=True)
    change = open_change(address_id)
    prints = [bytes(each) for each in known]
    if change is not None:
        prints.append(fingerprint_of(change.channel, change.value))
    address_locks.lock(prints)
    return locked_by_id(address_id)


def close(change: AddressChange, outcome: AddressChange.Outcome, *, now: datetime) -> None:
    """The change is over: the new address is forgotten, and its row where it is nobody's.

    The addresses are locked.
    """
    to, change.to, change.value = change.to, None, ""
    change.over_at, change.outcome = now, outcome
    change.save(update_fields=["to", "value", "over_at", "outcome"])
    forget_unproven(to)


@transaction.atomic
def _lapse(change: AddressChange, now: datetime) -> bool:
    address = _locked_with(change.address_id)
    found = open_change(change.address_id)
    if address is None or found is None or found.pk != change.pk:
        return False
    if not times_of(found).has_lapsed(now):
        return False
    close(found, AddressChange.Outcome.LAPSED, now=now)
    return True


def _barred(fingerprint: bytes) -> bool:
    rows = Suppression.objects.filter(fingerprint=fingerprint)
    return rows.exclude(reason=Suppression.Reason.READER).exists()
