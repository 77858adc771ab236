"""Step for the upkeep tick: pauses end, and what nobody confirmed goes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models, transaction

from digest.audience.leaving.erase import release_proofs
from digest.audience.models.addresses import locked_by_id
from digest.audience.models.letters import JoinRequest, Letter
from digest.audience.models.subscriptions import Subscription, end, living
from digest.audience.schedules import timetable

# A confirmation counts for seven days; a week later nobody will come back for it.
UNCONFIRMED_KEPT = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class LapsedNow:
    """How many subscriptions came back from a pause, and how many ended unconfirmed."""

    resumed: int
    expired: int


def lapse(*, now: datetime, limit: int = 500) -> LapsedNow:
    """Resume pauses whose time is over and end old pending subscriptions, address by address."""
    resumed = expired = 0
    paused = Subscription.objects.filter(state="paused", paused_until__lte=now)
    old = Subscription.objects.filter(state="pending", created_at__lt=now - UNCONFIRMED_KEPT)
    for address_id in _addresses(paused, limit):
        with transaction.atomic():
            address = locked_by_id(address_id)
            if address is not None:
                resumed += paused.filter(address=address).update(state="active", paused_until=None)
                timetable.keep(address, now=now)
    for address_id in _addresses(old, limit):
        with transaction.atomic():
            address = locked_by_id(address_id)
            # A newer letter keeps everything on the address alive.
            letters = Letter.objects.filter(
                address_id=address_id, due_at__gt=now - UNCONFIRMED_KEPT
            )
            if address is None or letters.filter(kind=Letter.Kind.CONFIRM).exists():
                continue
            expired += len(end(living(address_id, "pending"), Subscription.Reason.EXPIRED, now=now))
            if address.verified_at is None and not living(address_id):
                # Typed into a form once and never confirmed: not ours to keep.
                release_proofs(address.subscriber_id)
                address.subscriber.delete()
    forgotten = now - UNCONFIRMED_KEPT
    Letter.objects.filter(due_at__lt=forgotten).delete()
    JoinRequest.objects.filter(asked_at__lt=forgotten, confirmed_at=None).delete()
    return LapsedNow(resumed, expired)


def _addresses(rows: models.QuerySet[Subscription], limit: int) -> list[int]:
    return list(rows.order_by().values_list("address_id", flat=True).distinct()[:limit])
