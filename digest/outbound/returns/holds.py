"""Steps: a hard bounce shuts its address, unless many at one site say that the fault is ours.

A jump opens a hold (see :mod:`.core.bounce_jump`): what its bounces had ended within the hours
before is given back, and nobody at the site is shut out for one until an editor decides.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDay

from digest.audience.leaving.reinstate import reinstate, standing
from digest.audience.leaving.suppress import suppress
from digest.audience.models.addresses import Address
from digest.audience.models.suppressions import Suppression
from digest.kit import wake
from digest.kit.observe import log
from digest.outbound.returns.core import bounce_jump
from digest.outbound.returns.models import BounceHold, HardBounce
from digest.staff import audit
from digest.staff.members import Member

Decision = BounceHold.Decision
# An editor who found them gone is not asked again about the same site so soon.
_TRUSTED = timedelta(hours=24)
_KEPT = timedelta(days=60)
_ADDRESSES = re.compile(r"[^\s<>@]{1,64}@[^\s<>,;]{1,255}")
# Everybody at the domains whose mail the site was seen to keep.
_READERS = """
SELECT count(*) FROM digest_address WHERE (channel, split_part(value, '@', 2)) IN (
    SELECT a.channel, split_part(a.value, '@', 2)
    FROM digest_hard_bounce b JOIN digest_address a ON a.id = b.address_id WHERE b.site = %s
)
"""


@dataclass(frozen=True, slots=True)
class Noted:
    """``held``: an editor will decide; ``shut``: the address is barred. Neither: known before."""

    held: bool = False
    shut: bool = False


@transaction.atomic
def note(address_id: int, *, host: str, words: str, why: str, now: datetime) -> Noted:
    """Take a hard bounce of an address down and act on it; ``host`` is who said so, if known."""
    value = Address.objects.filter(pk=address_id).values_list("value", flat=True).first()
    if value is None:
        return Noted()
    site = bounce_jump.site_of(value.rpartition("@")[2], host)
    _lock(site)
    lately = HardBounce.objects.filter(site=site, noted_at__gt=now - bounce_jump.WINDOW)
    hold = BounceHold.objects.filter(site=site, decision="").first()
    known = lately.filter(address_id=address_id, hold=hold).first()
    if known is not None:
        # The reader may have signed up again since; else there is nothing left to shut.
        shut = hold is None and bool(standing(address_id)) and _shut(known, now)
        return Noted(held=hold is not None, shut=shut)
    row = HardBounce.objects.create(
        address_id=address_id, site=site, noted_at=now, hold=hold, why=why[:200],
        words=_ADDRESSES.sub("…", words)[:500],
    )  # fmt: skip
    if hold is not None:
        return Noted(held=True)
    _shut(row, now)
    if _is_jump(site, lately, now):
        _open(site, now)
        return Noted(held=True)
    return Noted(shut=True)


@transaction.atomic
def decide(hold_id: int, decision: BounceHold.Decision, *, now: datetime, member: Member) -> bool:
    """An editor's word on a hold; False when it is decided already. ``SHUT`` shuts out everybody
    it held (see :func:`carry_out`), ``FORGET`` nobody."""
    hold = BounceHold.objects.select_for_update().filter(pk=hold_id, decision="").first()
    if hold is None:
        return False
    hold.decision, hold.decided_at = decision, now
    hold.save(update_fields=["decision", "decided_at"])
    readers = hold.hardbounce_set.values("address_id").distinct().count()
    audit.record(
        f"bounces: {decision.value}", hold, now=now, member=member, site=hold.site, readers=readers
    )
    wake.on_commit("events")
    return True


@transaction.atomic
def carry_out(*, now: datetime, limit: int = 200) -> int:
    """Shut out those whom an editor found gone, ``limit`` at most; how many were. Also lets go of
    bounces too old to say what is usual."""
    HardBounce.objects.filter(noted_at__lt=now - _KEPT).exclude(hold__decision="").delete()
    gone = HardBounce.objects.select_for_update(of=("self",), skip_locked=True).filter(
        hold__decision=Decision.SHUT, shut_at=None
    )
    rows = list(gone.order_by("address_id", "pk")[:limit])
    for row in rows:
        _shut(row, now)
    return len(rows)


def _shut(row: HardBounce, now: datetime) -> bool:
    row.before, row.shut_at = standing(row.address_id), now
    row.save(update_fields=["before", "shut_at"])
    names = suppress(row.address_id, Suppression.Reason.BOUNCE, now=now, note=row.words).names
    return bool(names)


def _is_jump(site: str, lately: QuerySet[HardBounce, HardBounce], now: datetime) -> bool:
    recent = lately.filter(hold=None).values("address_id").distinct().count()
    # The count of readers reads every address: looking at each tenth bounce is often enough.
    if recent < bounce_jump.LEAST or recent % bounce_jump.LEAST:
        return False
    trusted = BounceHold.objects.filter(
        site=site, decision=Decision.SHUT, decided_at__gt=now - _TRUSTED
    )
    if trusted.exists():
        return False
    return bounce_jump.is_jump(recent, usual=_usual(site, now), readers=_readers(site))


def _open(site: str, now: datetime) -> BounceHold:
    hold = BounceHold.objects.create(site=site, opened_at=now, readers=_readers(site))
    since = now - bounce_jump.WINDOW
    rows = list(HardBounce.objects.filter(site=site, hold=None, noted_at__gt=since).order_by("pk"))
    for row in sorted(rows, key=lambda each: each.address_id):
        if row.shut_at is not None:
            reinstate(row.address_id, row.before, shut_at=row.shut_at, now=now)
        row.hold, row.shut_at, row.before = hold, None, []
        row.save(update_fields=["hold", "shut_at", "before"])
    audit.record("hold bounces", hold, now=now, who="by rule", site=site, readers=len(rows))
    log.error("hard bounces jumped: held for an editor", site=site, readers=len(rows))
    return hold


def _usual(site: str, now: datetime) -> int:
    """The most readers that bounced on one day of the weeks before."""
    before = HardBounce.objects.filter(
        site=site,
        noted_at__range=(now - bounce_jump.BEFORE, now - bounce_jump.WINDOW),
    ).exclude(hold__decision=Decision.FORGET)
    days: Any = before.annotate(day=TruncDay("noted_at")).values("day")
    counts = days.annotate(readers=Count("address_id", distinct=True))
    return max((each["readers"] for each in counts), default=0)


def _readers(site: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_READERS, [site])
        return int(cursor.fetchone()[0])


def _lock(site: str) -> None:
    """One at a time for a site, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"bounces at {site}"])
