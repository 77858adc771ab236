"""Step: a list that was brought in is taken back, but for what its readers made their own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from digest.audience import address_locks
from digest.audience.leaving.erase import forget_people, wished_for
from digest.audience.lists.core.csv_lines import NotImportable
from digest.audience.models import consents
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.import_runs import ImportRun
from digest.audience.models.subscriptions import ALERTS_NAME, Subscription
from digest.audience.models.suppressions import Suppression
from digest.audience.schedules import timetable
from digest.kit.sql import one_of

_AT_ONCE = 2_000
_AS_THEY_CAME = (Subscription.State.ACTIVE, Subscription.State.PAUSED)
_AT = Circumstances(place="an import that was taken back")


@dataclass(frozen=True, slots=True)
class TakenBack:
    """``subscriptions`` are gone, and ``readers`` of whom nothing else was left; ``released`` may
    be written to again. ``kept``: those that their readers had changed since. ``is_whole``: nothing
    is left to take back.
    """

    subscriptions: int
    readers: int
    released: int
    kept: int
    is_whole: bool = True


def undo(run_id: int, *, now: datetime, more: Callable[[], bool] = lambda: True) -> TakenBack:
    """Take back what an import brought, while there is ``more`` to do; twice does it once.

    Who left since stays gone, and who paused or otherwise chose since keeps their choice. Raises
    :class:`NotImportable` for an import that there is not.
    """
    run = ImportRun.objects.filter(pk=run_id).first()
    if run is None:
        raise NotImportable(f"There is no import {run_id}; digest subscribers imports lists them.")
    gone = readers = last = 0
    while True:
        found, last = _some(run_id, last)
        if not found:
            break
        if not more():
            return TakenBack(gone, readers, 0, 0, is_whole=False)
        taken, forgotten = _take_back(found, run_id, now)
        gone, readers = gone + taken, readers + forgotten
    barred = Suppression.objects.filter(brought_by=run_id)
    released = barred.exclude(reason=Suppression.Reason.COMPLAINT).delete()[0]
    kept = Subscription.objects.filter(brought_by=run_id).count()
    ImportRun.objects.filter(pk=run_id, undone_at=None).update(undone_at=now)
    return TakenBack(gone, readers, released, kept)


def _untouched(run_id: int) -> QuerySet[Subscription]:
    """As they came, some of them paused: what ended, or was chosen since, is the readers' own."""
    return Subscription.objects.filter(
        brought_by=run_id, state__in=_AS_THEY_CAME, is_own=False, alert_rule=None
    )


def _some(run_id: int, last: int) -> tuple[set[bytes], int]:
    """Readers of the next lot, and how far it goes: the first after ``last``, told apart here.

    For different ones the database would read the whole list anew, and without an order pass by
    all that is gone already.
    """
    rows = _untouched(run_id).filter(pk__gt=last).order_by("pk")
    lot = list(rows.values_list("address__fingerprint", "pk")[:_AT_ONCE])
    return {bytes(each) for each, _ in lot}, lot[-1][1] if lot else last


@transaction.atomic
def _take_back(fingerprints: set[bytes], run_id: int, now: datetime) -> tuple[int, int]:
    addresses = {
        each.pk: each for each in address_locks.lock(fingerprints | wished_for(fingerprints))
    }
    mine = _untouched(run_id).filter(one_of("digest_subscription.address_id", addresses))
    names: dict[int, list[str]] = {}
    taken: list[int] = []
    lost_topics = set()
    for pk, address_id, newsletter, topic in mine.values_list(
        "pk", "address_id", "newsletter__name", "topic__name"
    ):
        taken.append(pk)
        names.setdefault(address_id, []).append(newsletter or topic or ALERTS_NAME)
        if topic is not None:
            lost_topics.add(address_id)
    # Nobody changes them meanwhile: whoever does holds the address.
    gone = Subscription.objects.filter(one_of("digest_subscription.id", taken)).delete()[0]
    Consent.objects.bulk_create(
        consents.proof(Consent.Act.WITHDRAWN, addresses[pk], told, now=now, at=_AT)
        for pk, told in names.items()
    )
    people = {addresses[pk].subscriber_id for pk in names}
    others = Subscription.objects.filter(subscriber__in=people)
    stay = set(others.values_list("subscriber_id", flat=True).distinct())
    for pk in lost_topics:
        if addresses[pk].subscriber_id in stay:
            timetable.keep(addresses[pk], now=now)
    forget_people(people - stay, now=now)
    return gone, len(people - stay)
