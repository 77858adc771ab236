"""Steps: a reader says by which of their channels an alert comes first, and which stands by.

Channels are joined by whoever holds the links to both of their pages. That joins no data: each
address stays its own reader's, with its own download; alerts alone know of the order.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from digest.audience import address_locks
from digest.audience.core.alert_order import MOST_CHANNELS, raised
from digest.audience.models.addresses import Address
from digest.audience.models.alert_rules import AlertRule
from digest.audience.models.subscriptions import Subscription, make_own
from digest.kit.errors import ActionRefused


class NotJoined(ActionRefused, ValueError):
    """The channels cannot be joined; ``why`` is none, same or most."""

    def __init__(self, why: str, words: str) -> None:
        super().__init__(words)
        self.why = why


@dataclass(frozen=True, slots=True)
class OrderedChannel:
    """One of a reader's channels for alerts, in its place."""

    address_id: int
    channel: str
    value: str


def order_of(address_id: int) -> tuple[OrderedChannel, ...]:
    """The channels of an address's order, the first to be told first; none where there is none."""
    return tuple(
        OrderedChannel(each.subscription.address_id, address.channel, address.value)
        for each in _members(address_id)
        for address in (each.subscription.address,)
    )


@transaction.atomic
def join(address_id: int, other_id: int) -> None:
    """Put ``other_id``, and what is joined to it, behind the channels of ``address_id``.

    The rules of ``address_id`` count for all of them from now on. Raises :class:`NotJoined`.
    """
    if address_id == other_id:
        raise NotJoined("same", "That is the same channel.")
    _lock([address_id, other_id])
    mine, theirs = _rule(address_id), _rule(other_id)
    if mine is None or theirs is None:
        raise NotJoined("none", "Alerts are not switched on there.")
    ours = _members(address_id) or [mine]
    added = [each for each in _members(other_id) or [theirs] if each.pk not in {o.pk for o in ours}]
    if len(ours) + len(added) > MOST_CHANNELS:
        raise NotJoined("most", f"{MOST_CHANNELS} channels are the most.")
    # Not of anybody's number: whoever parts and joins anew must not find the others again.
    _keep(mine.chain or secrets.randbits(62), [*ours, *added])
    share_rules(address_id)
    _own([*ours, *added])


@transaction.atomic
def raise_place(address_id: int, member_id: int) -> None:
    """Move one of the channels a place up; what is none of them changes nothing."""
    _lock([address_id])
    members = {each.subscription.address_id: each for each in _members(address_id)}
    order = raised(list(members), member_id)
    if members:
        _keep(_chain(members.values()), [members[each] for each in order])
        _own(list(members.values()))


@transaction.atomic
def part(address_id: int, member_id: int) -> None:
    """Let one of the channels get alerts by itself again."""
    _lock([address_id])
    members = _members(address_id)
    leaving = [each for each in members if each.subscription.address_id == member_id]
    if not leaving:
        return
    staying = [each for each in members if each.pk != leaving[0].pk]
    AlertRule.objects.filter(pk=leaving[0].pk).update(chain=None, place=0)
    if len(staying) == 1:
        AlertRule.objects.filter(pk=staying[0].pk).update(chain=None, place=0)
    else:
        _keep(_chain(members), staying)


def share_rules(address_id: int) -> None:
    """The rules of one channel for all in its order: a reader sets them once."""
    mine = _rule(address_id)
    if mine is None or mine.chain is None:
        return
    AlertRule.objects.filter(chain=mine.chain).update(
        topic_ids=mine.topic_ids, biggest_only=mine.biggest_only, most_a_day=mine.most_a_day,
        quiet_from=mine.quiet_from, quiet_until=mine.quiet_until,
    )  # fmt: skip


def _lock(address_ids: Sequence[int]) -> None:
    """The addresses and all that are joined to them."""
    joined = [each.address_id for address in address_ids for each in order_of(address)]
    found = Address.objects.filter(pk__in=[*address_ids, *joined])
    address_locks.lock(map(bytes, found.values_list("fingerprint", flat=True)))


def _followed(address_id: int) -> Subscription | None:
    states = [Subscription.State.ACTIVE, Subscription.State.PAUSED]
    return Subscription.objects.filter(
        address=address_id, alerts=True, state__in=states, address__verified_at__isnull=False
    ).first()


def _rule(address_id: int) -> AlertRule | None:
    """The rules of the address's alerts, made where there are none yet."""
    followed = _followed(address_id)
    return AlertRule.objects.get_or_create(subscription=followed)[0] if followed else None


def _members(address_id: int) -> list[AlertRule]:
    own = AlertRule.objects.filter(subscription__address=address_id, chain__isnull=False).exclude(
        subscription__state=Subscription.State.ENDED
    )
    chain = own.values_list("chain", flat=True).first()
    if chain is None:
        return []
    joined = AlertRule.objects.filter(chain=chain).exclude(
        subscription__state=Subscription.State.ENDED
    )
    return list(joined.select_related("subscription__address").order_by("place", "pk"))


def _chain(members: Iterable[AlertRule]) -> int:
    chain = next(iter(members)).chain
    assert chain is not None  # what is in an order has one
    return chain


def _keep(chain: int, members: Sequence[AlertRule]) -> None:
    for place, each in enumerate(members):
        AlertRule.objects.filter(pk=each.pk).update(chain=chain, place=place)


def _own(members: Sequence[AlertRule]) -> None:
    make_own(Subscription.objects.filter(pk__in=[each.pk for each in members]))
