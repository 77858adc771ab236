"""Step: a place of the newsroom's own, such as a channel it runs, gets what it publishes.

Nobody is asked to confirm: the newsroom speaks in its own house. Everything else is as for readers:
ledger and suppression. Its links lead to the front page: whoever reads there must not end it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from digest.audience.joining.subscribe import targets_of
from digest.audience.models import consents
from digest.audience.models.addresses import Address, fingerprint_of, locked
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.subscribers import Subscriber
from digest.audience.models.subscriptions import Subscription, living

VERIFIED_BY = "place"


@dataclass(frozen=True, slots=True)
class AddedPlace:
    """``names`` begin now; none when it had them all."""

    address_id: int
    names: tuple[str, ...]


@transaction.atomic
def add_place(
    channel: str, value: str, *, newsletters: tuple[str, ...], alerts: bool, now: datetime
) -> AddedPlace:
    """Let the place at ``value`` (normalised) get newsletters, by slug, and alerts.

    Doing it twice does it once.
    """
    address = locked(channel, value) or Address.objects.create(
        subscriber=Subscriber.objects.create(created_at=now),
        channel=channel,
        value=value,
        fingerprint=fingerprint_of(channel, value),
        created_at=now,
    )
    if address.verified_at is None:
        address.verified_at, address.verified_by = now, VERIFIED_BY
        address.save(update_fields=["verified_at", "verified_by"])
    followed = {(each.newsletter_id, each.alerts) for each in living(address.pk)}
    targets = [
        each
        for each in targets_of(channel, newsletters, (), alerts=alerts)
        if (each.newsletter.pk if each.newsletter else None, each.newsletter is None)
        not in followed
    ]
    Subscription.objects.bulk_create(
        Subscription(
            subscriber=address.subscriber,
            address=address,
            state=Subscription.State.ACTIVE,
            created_at=now,
            confirmed_at=now,
            **each.fields(),
        )
        for each in targets
    )
    names = tuple(each.name for each in targets)
    at = Circumstances(place="a place of the newsroom's own")
    consents.record(Consent.Act.CONFIRMED, address, names, now=now, at=at)
    return AddedPlace(address.pk, names)
