"""Step: a reader leaves. It takes effect at once, for messages already queued too."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from digest.audience.core import pauses, tokens
from digest.audience.models import consents
from digest.audience.models.addresses import Address, locked_by_id
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.notes import Note
from digest.audience.models.schedules import Schedule
from digest.audience.models.subscriptions import Subscription, end, living, make_own
from digest.audience.schedules import timetable

_MAY_REST = (Subscription.State.ACTIVE, Subscription.State.PAUSED)


@dataclass(frozen=True, slots=True)
class Leave:
    """What an unsubscribe link is about: ``names`` it would end, ``others`` that would stay."""

    address_id: int | None
    channel: str
    value: str
    names: tuple[str, ...]
    others: tuple[str, ...]
    paused_until: datetime | None = None
    locale: str = ""
    """The language its reader is spoken to in; empty for an address that was erased."""


@dataclass(frozen=True, slots=True)
class Left:
    """``names`` ended now (none when they had ended before); ``left`` go on."""

    address_id: int | None
    names: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paused:
    """``names`` rest from now on."""

    address_id: int | None
    names: tuple[str, ...]


def leaving(token: str) -> Leave:
    """What ``token`` would end; changes nothing. Raises ``tokens.BadToken``.

    An address that was erased meanwhile has nothing left to end: that is no error.
    """
    target = tokens.read_unsubscribe(settings.SECRET_KEY, token)
    address_id = _address_id(target)
    known = Address.objects.select_related("subscriber")
    address = known.filter(pk=address_id).first() if address_id is not None else None
    if address is None:
        return Leave(None, "", "", (), ())
    locale = address.subscriber.locale
    ending, staying = _divide(address, target, everything=False)
    return Leave(
        address.pk,
        address.channel,
        address.value,
        tuple(each.name_in(locale) for each in ending),
        tuple(each.name_in(locale) for each in staying),
        _all_rest_until(ending),
        locale,
    )


def _all_rest_until(rows: list[Subscription]) -> datetime | None:
    """When the first of them comes back, if all are paused."""
    ends = [
        each.paused_until or pauses.UNTIL_ENDED
        for each in rows
        if each.state == Subscription.State.PAUSED
    ]
    return min(ends) if ends and len(ends) == len(rows) else None


@transaction.atomic
def unsubscribe(
    token: str,
    *,
    now: datetime,
    everything: bool = False,
    at: Circumstances = Circumstances(),  # noqa: B008
) -> Left:
    """End what the token names, or ``everything`` on its address. Raises ``tokens.BadToken``."""
    target = tokens.read_unsubscribe(settings.SECRET_KEY, token)
    address_id = _address_id(target)
    address = locked_by_id(address_id) if address_id is not None else None
    if address is None:
        return Left(None, (), ())
    ending, staying = _divide(address, target, everything=everything)
    names = end(ending, Subscription.Reason.READER, now=now)
    if names:
        consents.record(Consent.Act.WITHDRAWN, address, names, now=now, at=at)
    timetable.keep(address, now=now)
    return Left(address.pk, names, tuple(each.name for each in staying))


@transaction.atomic
def pause(
    token: str,
    *,
    until: datetime,
    now: datetime,
    at: Circumstances = Circumstances(),  # noqa: B008
) -> Paused:
    """Let what the token names rest until ``until``; nothing else. Raises ``tokens.BadToken``."""
    target = tokens.read_unsubscribe(settings.SECRET_KEY, token)
    address_id = _address_id(target)
    address = locked_by_id(address_id) if address_id is not None else None
    if address is None:
        return Paused(None, ())
    meant, _ = _divide(address, target, everything=False)
    resting = [each for each in meant if each.state in _MAY_REST]
    rows = Subscription.objects.filter(pk__in=[each.pk for each in resting])
    make_own(rows)
    rows.update(state=Subscription.State.PAUSED, paused_until=pauses.bounded(until, now))
    names = tuple(each.name for each in resting)
    if names:
        consents.record(Consent.Act.CHANGED, address, names, now=now, at=at)
    timetable.keep(address, now=now)
    return Paused(address.pk, names)


def _address_id(target: tokens.Leaving) -> int | None:
    if target.subscription_id is not None:
        rows = Subscription.objects.filter(pk=target.subscription_id)
        return rows.values_list("address_id", flat=True).first()
    if target.address_id is not None:
        return target.address_id
    if target.note_id is not None:
        notes = Note.objects.filter(pk=target.note_id)
        return notes.values_list("address_id", flat=True).first()
    assert target.schedule_id is not None  # a token names one of the three
    chosen = Schedule.objects.filter(pk=target.schedule_id)
    return chosen.values_list("address_id", flat=True).first()


def _divide(
    address: Address, target: tokens.Leaving, *, everything: bool
) -> tuple[list[Subscription], list[Subscription]]:
    """The address's living subscriptions: those to end and those that stay.

    A link names what it came with, not the row: who left, came back and opens an old mail
    leaves again.
    """
    named = _named(target)
    ending: list[Subscription] = []
    staying: list[Subscription] = []
    for each in living(address.pk):
        meant = each.topic_id is not None if named is None else _target(each) in named
        meant = meant or target.address_id is not None
        (ending if everything or meant else staying).append(each)
    return ending, staying


def _named(target: tokens.Leaving) -> frozenset[tuple[int | None, int | None]] | None:
    """What a link names, as newsletters and topics; None for all topics of a schedule."""
    if target.schedule_id is not None:
        return None
    ids = [target.subscription_id] if target.subscription_id is not None else []
    if target.note_id is not None:
        ids = Note.objects.values_list("about", flat=True).get(pk=target.note_id)
    return frozenset(_target(each) for each in Subscription.objects.filter(pk__in=ids))


def _target(each: Subscription) -> tuple[int | None, int | None]:
    return each.newsletter_id, each.topic_id
