"""Step: what a bounce ended is given back, when it turns out that the reader is there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from digest.audience.models.addresses import locked_by_id
from digest.audience.models.subscriptions import Subscription, living
from digest.audience.models.suppressions import Suppression
from digest.audience.schedules import timetable


def standing(address_id: int) -> list[list[Any]]:
    """What lives on an address, as ``[id, state, paused until]`` in JSON's own values."""
    return [
        [each.pk, each.state, each.paused_until.isoformat() if each.paused_until else None]
        for each in living(address_id)
    ]


@transaction.atomic
def reinstate(
    address_id: int, before: Sequence[Sequence[Any]], *, shut_at: datetime, now: datetime
) -> bool:
    """Take back the bar that a bounce put up at ``shut_at``, and what ended with it: ``before``, as
    :func:`standing` gave it. A bar for another reason stays, and then nothing changes; what the
    reader ended or began since is left as it is. Whether anything was given back."""
    address = locked_by_id(address_id)
    if address is None:
        return False
    barred = Suppression.objects.filter(
        fingerprint=bytes(address.fingerprint), reason=Suppression.Reason.BOUNCE, at=shut_at
    )
    if not barred.delete()[0]:
        return False
    for pk, state, paused_until in before:
        ended = Subscription.objects.filter(
            pk=pk, state="ended", ended_reason=Subscription.Reason.BOUNCE, ended_at=shut_at
        )
        until = datetime.fromisoformat(paused_until) if paused_until else None
        try:
            with transaction.atomic():
                ended.update(state=state, ended_reason="", ended_at=None, paused_until=until)
        except IntegrityError:
            continue  # they signed up again meanwhile
    timetable.keep(address, now=now)
    return True
