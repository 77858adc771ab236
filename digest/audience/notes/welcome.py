"""Step: what somebody just confirmed is welcomed once, by one message however much it is."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings

from digest.audience.models.addresses import Address
from digest.audience.models.notes import Note
from digest.audience.models.subscriptions import Subscription
from digest.kit import wake


def welcome(address: Address, began: Sequence[Subscription], *, now: datetime) -> Note | None:
    """Note that ``began`` is to be welcomed; None where the newsroom wants no welcomes.

    Call inside the transaction that begins them and holds the address. What had its welcome before
    gets no second one.
    """
    if not settings.DIGEST_WELCOME:
        return None
    had = set(_had(address))
    about = sorted(each.pk for each in began if each.pk not in had)
    if not about:
        return None
    note = Note.objects.create(
        kind=Note.Kind.WELCOME,
        address=address,
        subscription_id=about[0],
        about=about,
        created_at=now,
        due_at=now,
    )
    wake.on_commit("service", note.pk)
    return note


def drop(notes: Iterable[int], reason: str) -> int:
    """Write down why notes that wait are not sent; how many there were."""
    waiting = Note.objects.filter(pk__in=list(notes), state=Note.State.WAITING)
    return waiting.update(state=Note.State.DROPPED, reason=reason[:200])


def _had(address: Address) -> Iterable[int]:
    rows = Note.objects.filter(address=address, kind=Note.Kind.WELCOME)
    return (pk for about in rows.values_list("about", flat=True) for pk in about)
