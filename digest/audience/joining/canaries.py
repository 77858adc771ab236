"""Step: an address of the newsroom's own that gets every alert, to prove that alerts arrive.

It has no rules and no quiet hours. Nobody is asked to confirm; what a channel must know of it, such
as a browser's keys, it has from signing up there as readers do.
"""

from datetime import datetime

from django.db import transaction

from digest.audience.models import consents
from digest.audience.models.addresses import Address, fingerprint_of, locked
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.subscribers import Subscriber
from digest.audience.models.subscriptions import ALERTS_NAME, Subscription, end, living

CANARY = "canary"


@transaction.atomic
def add_canary(channel: str, value: str, *, now: datetime) -> int:
    """Make the address at ``value`` (normalised) a canary; returns its id. Twice does it once."""
    address = locked(channel, value) or Address.objects.create(
        subscriber=Subscriber.objects.create(created_at=now),
        channel=channel,
        value=value,
        fingerprint=fingerprint_of(channel, value),
        created_at=now,
    )
    address.verified_at, address.verified_by = address.verified_at or now, CANARY
    address.save(update_fields=["verified_at", "verified_by"])
    if not any(each.alerts for each in living(address.pk)):
        Subscription.objects.create(
            subscriber=address.subscriber,
            address=address,
            alerts=True,
            state=Subscription.State.ACTIVE,
            created_at=now,
            confirmed_at=now,
        )
        at = Circumstances(place="a canary of the newsroom's own")
        consents.record(Consent.Act.CONFIRMED, address, (ALERTS_NAME,), now=now, at=at)
    return address.pk


@transaction.atomic
def remove_canary(channel: str, value: str, *, now: datetime) -> bool:
    """End it; whether there was one."""
    address = locked(channel, value)
    if address is None or address.verified_by != CANARY:
        return False
    names = end(living(address.pk), Subscription.Reason.READER, now=now)
    at = Circumstances(place="a canary of the newsroom's own")
    consents.record(Consent.Act.WITHDRAWN, address, names, now=now, at=at)
    address.verified_by = "retired"
    address.save(update_fields=["verified_by"])
    return True
