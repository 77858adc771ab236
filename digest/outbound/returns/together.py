"""Step: many reports that only say "delivered" or "complaint" are applied in a few statements.

What they leave is what :func:`~.take.apply` leaves, one after the other.
"""

from collections.abc import Sequence
from datetime import datetime

from digest.audience.leaving.suppress_many import ToSuppress, suppress_many
from digest.audience.models.suppressions import Suppression
from digest.outbound.channels.report import Kind, Report
from digest.outbound.delivery.ledger import outcomes
from digest.outbound.delivery.ledger.many_outcomes import (
    CopyOutcome,
    RecordedOutcome,
    record_many,
)
from digest.outbound.delivery.models import Delivery
from digest.outbound.returns.models import SoftBounces

_OUTCOMES = {
    Kind.DELIVERED: Delivery.Outcome.DELIVERED,
    Kind.COMPLAINT: Delivery.Outcome.COMPLAINT,
}


def is_plain(reports: Sequence[Report]) -> bool:
    """Whether an event's reports, none among them, may be applied together with others'."""
    return all(
        each.kind in _OUTCOMES and outcomes.read_key(each.key) is not None for each in reports
    )


def apply_together(events: Sequence[Sequence[Report]], *, now: datetime) -> list[bool]:
    """Apply plain reports, those of each event; for each event whether it changed anything.

    Call it in a transaction.
    """
    changed = [False] * len(events)
    told = [(number, each) for number, reports in enumerate(events) for each in reports]
    if not told:
        return changed
    recorded = record_many([_outcome(each, now) for _, each in told])
    former = outcomes.of_former_mailboxes(
        _key(each) for _, each in told if each.kind is Kind.COMPLAINT
    )
    complaints = []
    arrived: list[tuple[int, Report]] = []
    for (number, report), found in zip(told, recorded, strict=True):
        changed[number] |= found.changed
        if found.counts and report.kind is Kind.COMPLAINT and _key(report) in former:
            continue
        if found.counts and report.kind is Kind.COMPLAINT:
            complaints.append(
                ToSuppress(_key(report)[1], Suppression.Reason.COMPLAINT, report.words)
            )
        elif found.counts:
            changed[number] |= _found_again(report, found, now)
            arrived.append((number, report))
    suppress_many(complaints, now=now)
    for number in _wiped(arrived, now):
        changed[number] = True
    return changed


def _key(report: Report) -> tuple[int, int]:
    key = outcomes.read_key(report.key)
    assert key is not None  # a plain one has it
    return key


def _at(report: Report, now: datetime) -> datetime:
    return min(report.at or now, now)


def _outcome(report: Report, now: datetime) -> CopyOutcome:
    return CopyOutcome(_key(report), _OUTCOMES[report.kind], _at(report, now), report.suffix)


def _found_again(report: Report, found: RecordedOutcome, now: datetime) -> bool:
    return found.was_lost and outcomes.arrived(
        *_key(report), at=_at(report, now), provider_id=report.provider_id
    )


def _wiped(arrived: Sequence[tuple[int, Report]], now: datetime) -> list[int]:
    """Deliveries wipe out the soft bounces before them; whose did."""
    rows = SoftBounces.objects.filter(address_id__in={_key(each)[1] for _, each in arrived})
    last = dict(rows.select_for_update().values_list("address_id", "last_at"))
    wiping = []
    for number, report in arrived:
        address_id = _key(report)[1]
        if address_id in last and last[address_id] <= _at(report, now):
            del last[address_id]
            wiping.append((number, address_id))
    if wiping:
        SoftBounces.objects.filter(address_id__in=[each for _, each in wiping]).delete()
    return [number for number, _ in wiping]
