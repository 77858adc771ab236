"""Step: many addresses are never contacted again: as ``suppress`` one after the other, at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from digest.audience.leaving.suppress import ENDS, WEIGHT
from digest.audience.models import consents
from digest.audience.models.addresses import Address
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.schedules import Schedule
from digest.audience.models.subscriptions import Subscription
from digest.audience.models.suppressions import Suppression

_WITHDRAWS = {Suppression.Reason.COMPLAINT, Suppression.Reason.READER}


@dataclass(frozen=True, slots=True)
class ToSuppress:
    """One wish, of which an address may have several: the first ends what it follows."""

    address_id: int
    reason: Suppression.Reason
    note: str = ""


@transaction.atomic
def suppress_many(wishes: Sequence[ToSuppress], *, now: datetime) -> None:
    """End everything on the addresses and bar them, in a fixed number of statements.

    Leaves what :func:`~.suppress.suppress` leaves, called for each in turn. Addresses that were
    erased are passed over.
    """
    ids = {each.address_id for each in wishes}
    rows = Address.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    addresses = {each.pk: each for each in rows}
    by_address: dict[int, list[ToSuppress]] = defaultdict(list)
    for wish in wishes:
        if wish.address_id in addresses:
            by_address[wish.address_id].append(wish)
    if not by_address:
        return
    _bar(addresses, by_address, now)
    _end(addresses, {pk: asked[0].reason for pk, asked in by_address.items()}, now)
    # Nothing is followed any more.
    Schedule.objects.filter(address_id__in=by_address).update(is_active=False, next_due_at=None)


def _bar(
    addresses: dict[int, Address], by_address: dict[int, list[ToSuppress]], now: datetime
) -> None:
    wanted = {bytes(addresses[pk].fingerprint): asked for pk, asked in by_address.items()}
    channels = {bytes(each.fingerprint): each.channel for each in addresses.values()}
    Suppression.objects.bulk_create(
        (
            Suppression(
                fingerprint=fingerprint,
                channel=channels[fingerprint][:32],
                reason=asked[0].reason,
                note=asked[0].note[:300],
                at=now,
            )
            for fingerprint, asked in wanted.items()
        ),
        ignore_conflicts=True,
    )
    for row in Suppression.objects.filter(fingerprint__in=wanted):
        before = row.reason
        for wish in wanted[bytes(row.fingerprint)]:
            if WEIGHT.index(wish.reason) > WEIGHT.index(Suppression.Reason(row.reason)):
                row.reason, row.note, row.at = wish.reason, wish.note[:300], now
        if row.reason != before:
            row.save()


def _end(
    addresses: dict[int, Address], reasons: dict[int, Suppression.Reason], now: datetime
) -> None:
    living = (
        Subscription.objects.select_for_update(of=("self",))
        .filter(address_id__in=reasons)
        .exclude(state=Subscription.State.ENDED)
        .select_related("newsletter", "topic")
    )
    ended: dict[int, list[Subscription]] = defaultdict(list)
    by_reason: dict[Suppression.Reason, list[int]] = defaultdict(list)
    for each in living:
        ended[each.address_id].append(each)
        by_reason[reasons[each.address_id]].append(each.pk)
    for reason, ids in by_reason.items():
        Subscription.objects.filter(pk__in=ids).update(
            state=Subscription.State.ENDED,
            ended_reason=ENDS[reason],
            ended_at=now,
            paused_until=None,
        )
    Consent.objects.bulk_create(
        consents.proof(
            Consent.Act.WITHDRAWN,
            addresses[pk],
            sorted(each.name for each in ended[pk]),
            now=now,
            at=Circumstances(place=f"suppressed: {reason.value}"),
        )
        for pk, reason in reasons.items()
        if ended.get(pk) and reason in _WITHDRAWS
    )
