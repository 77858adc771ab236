"""Step: write to an address, as soon as its mailbox and its domain have room for it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from digest.audience.core.asking import (
    DAY,
    HOUR,
    MAILBOX_A_DAY,
    MAILBOX_AN_HOUR,
    room_at,
    site_bound,
)
from digest.audience.kinds import Destination
from digest.audience.models.addresses import Address
from digest.audience.models.letters import Letter
from digest.kit import signing, wake


def hold(mailbox: Destination) -> None:
    """Let nobody else count what goes to ``mailbox`` until the transaction ends.

    Comes before any lock on an address.
    """
    with connection.cursor() as cursor:
        number = int.from_bytes(_hash("mailbox", mailbox.name)[:8], "big", signed=True)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def write(
    address: Address,
    kind: Letter.Kind,
    mailbox: Destination,
    *,
    now: datetime,
    requests: Sequence[int] = (),
    not_before: datetime | None = None,
) -> Letter | None:
    """Store a letter for the first moment at which there is room; None when there is none today.

    ``mailbox`` is held, see :func:`hold`. The worker is woken on commit when it is due at once.
    """
    mailbox_hash = _hash("mailbox", mailbox.name)
    site_hash = _hash("site", mailbox.site) if mailbox.site else b""
    due_at = room_at(
        max(now, not_before or now),
        _newest(MAILBOX_AN_HOUR, now, mailbox=mailbox_hash, kind=kind),
        _newest(site_bound(mailbox.site), now, site=site_hash) if site_hash else None,
        day=_newest(MAILBOX_A_DAY, now, DAY, mailbox=mailbox_hash, kind=kind),
    )
    if due_at is None:
        return None
    letter = Letter.objects.create(
        address=address,
        kind=kind,
        requests=list(requests),
        mailbox=mailbox_hash,
        site=site_hash,
        created_at=now,
        due_at=due_at,
    )
    if due_at <= now:
        wake.on_commit("service", letter.pk)
    return letter


def _newest(number: int, now: datetime, within: timedelta = HOUR, **of: object) -> datetime | None:
    """The moment of the ``number``-th newest letter of the last hour or still to come."""
    rows = Letter.objects.filter(due_at__gt=now - within, **of).order_by("-due_at")
    return next(iter(rows.values_list("due_at", flat=True)[number - 1 : number]), None)


def _hash(purpose: str, name: str) -> bytes:
    return signing.mac(settings.SECRET_KEY, f"letters to a {purpose}", name)
