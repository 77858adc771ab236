"""Step: readers join by an act on the channel itself, which is the consent and its proof at once.

A browser's permission, a bot's ``/start``: nobody but the owner of the address can do it, so
nothing has to be confirmed again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from digest.audience.joining.confirm import ensure_schedule
from digest.audience.joining.subscribe import SignUp, address_of, targets_of
from digest.audience.kinds import OnOffer
from digest.audience.models import consents
from digest.audience.models.addresses import Address, fingerprint_of, locked
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.subscriptions import ALERTS_NAME, Subscription, end, living
from digest.audience.models.suppressions import Suppression
from digest.audience.schedules import timetable
from digest.newsdesk.newsletters.models import Newsletter
from digest.newsdesk.topics.models import Topic

_MOVED = "The channel gave the reader a new address in place of the old one."


@dataclass(frozen=True, slots=True)
class JoinedByAct:
    """``names`` began now; none when it had them all. ``address_id`` is None for one that is
    barred after a complaint, or when nothing of the wish is on offer.
    """

    address_id: int | None
    names: tuple[str, ...] = ()


@transaction.atomic
def join_by_act(
    wish: SignUp, *, act: str, data: dict[str, Any] | None = None, now: datetime
) -> JoinedByAct:
    """Verify the address by ``act`` and begin what was asked for. Doing it twice does it once.

    Lifts a suppression that the reader asked for, never one after a complaint or a bounce. ``data``
    is what the channel must keep beside the address; it replaces what was kept.
    """
    barred = Suppression.objects.filter(fingerprint=fingerprint_of(wish.channel, wish.address))
    if barred.exclude(reason=Suppression.Reason.READER).exists():
        return JoinedByAct(None)
    targets = targets_of(wish.channel, wish.newsletters, wish.topics, alerts=wish.alerts)
    if not targets:
        return JoinedByAct(None)
    address = address_of(wish, now=now)
    if address.verified_at is None:
        address.verified_at, address.verified_by = now, act
    address.channel_data = data if data is not None else address.channel_data
    address.save(update_fields=["verified_at", "verified_by", "channel_data"])
    barred.delete()
    known = {_key(each): each for each in living(address.pk)}
    began = []
    for target in targets:
        each = Subscription(
            subscriber=address.subscriber, address=address, created_at=now, **target.fields()
        )
        each = known.get(_key(each), each)
        # What a list brought, they have chosen themselves now.
        came = each.brought_by_id is not None and not each.is_own
        each.is_own = each.is_own or came
        if each.state == Subscription.State.ACTIVE:
            if came:
                each.save(update_fields=["is_own"])
            continue
        each.state, each.paused_until = Subscription.State.ACTIVE, None
        each.confirmed_at = each.confirmed_at or now
        each.save()
        began.append(target.name)
    if any(target.topic for target in targets):
        ensure_schedule(address)
    timetable.keep(address, now=now)
    if began:
        consents.record(Consent.Act.CONFIRMED, address, began, now=now, at=wish.at)
    return JoinedByAct(address.pk, tuple(began))


@transaction.atomic
def move(
    channel: str, old: str, new: str, *, data: dict[str, Any] | None, now: datetime
) -> int | None:
    """A channel renamed the reader: what follows the old address follows the new one.

    Where the reader has joined at the new one already, the old one ends. Returns the address that
    goes on, None when the old one is unknown.
    """
    if old == new:
        return None
    address = locked(channel, old)
    if address is None:
        return None
    names = tuple(each.name for each in living(address.pk))
    other = Address.objects.filter(channel=channel, value=new).first()
    if other is not None:
        end(living(address.pk), Subscription.Reason.READER, now=now)
        consents.record(Consent.Act.WITHDRAWN, address, names, now=now, at=_renamed())
        timetable.keep(address, now=now)
        return other.pk
    address.value, address.fingerprint = new, fingerprint_of(channel, new)
    address.channel_data = data if data is not None else address.channel_data
    address.save(update_fields=["value", "fingerprint", "channel_data"])
    consents.record(Consent.Act.CHANGED, address, names, now=now, at=_renamed())
    return address.pk


@transaction.atomic
def drop(
    channel: str, value: str, keys: Collection[str], *, now: datetime, at: Circumstances
) -> tuple[str, ...]:
    """End what ``keys`` name, by their reader's word on the channel; what ended, by name."""
    address = locked(channel, value)
    if address is None:
        return ()
    names = end(
        [each for each in living(address.pk) if _offered(each).key in keys],
        Subscription.Reason.READER,
        now=now,
    )
    if names:
        consents.record(Consent.Act.WITHDRAWN, address, names, now=now, at=at)
    timetable.keep(address, now=now)
    return names


@transaction.atomic
def speak(channel: str, value: str, language: str) -> bool:
    """The reader chose a language on the channel; whether that was another one than before."""
    address = locked(channel, value)
    if address is None or address.subscriber.locale == language[:16]:
        return False
    address.subscriber.locale = language[:16]
    address.subscriber.save(update_fields=["locale"])
    return True


def on_offer(channel: str) -> tuple[OnOffer, ...]:
    """What readers may follow on ``channel``, alerts first."""
    newsletters = Newsletter.objects.filter(is_open=True)
    return (
        OnOffer("alerts", "on", ALERTS_NAME),
        *(
            OnOffer("newsletters", each.slug, each.name)
            for each in newsletters
            if not each.channels or channel in each.channels
        ),
        *(
            OnOffer("topics", each.slug, each.name, _names(each))
            for each in Topic.objects.filter(is_open=True).order_by("position", "name")
        ),
    )


def _names(topic: Topic) -> tuple[tuple[str, str], ...]:
    return tuple(
        (tag, name.strip())
        for tag, name in topic.names.items()
        if isinstance(name, str) and name.strip()
    )


def followed(channel: str, value: str) -> frozenset[str]:
    """The keys of what an address follows or has paused."""
    address = Address.objects.filter(channel=channel, value=value).first()
    if address is None:
        return frozenset()
    waiting = Subscription.State.PENDING
    return frozenset(_offered(each).key for each in living(address.pk) if each.state != waiting)


def zone_of_newsroom() -> str:
    """Where the newsroom lives: the best guess at a reader's hours where the channel tells none."""
    zones = Newsletter.objects.filter(is_open=True).values_list("time_zone", flat=True)
    return zones.first() or "UTC"


def _offered(each: Subscription) -> OnOffer:
    if each.newsletter is not None:
        return OnOffer("newsletters", each.newsletter.slug, each.name)
    if each.topic is not None:
        return OnOffer("topics", each.topic.slug, each.name)
    return OnOffer("alerts", "on", each.name)


def _renamed() -> Circumstances:
    return Circumstances(place="the channel", text=_MOVED)


def _key(each: Subscription) -> tuple[int | None, int | None, bool]:
    return each.newsletter_id, each.topic_id, each.alerts
