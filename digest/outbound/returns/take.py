"""Step: what came back, by mail or webhook, finds its delivery or its reader."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from digest.audience.joining import by_act
from digest.audience.kinds import BadAddress
from digest.audience.leaving.suppress import suppress
from digest.audience.models.addresses import Address
from digest.audience.models.suppressions import Suppression
from digest.kit.apart.limits import raise_limit
from digest.kit.observe import log
from digest.outbound.channels import registry
from digest.outbound.channels.hook import CannotCheck, HookTools
from digest.outbound.channels.report import Kind, Report
from digest.outbound.channels.spec import ChannelSpec
from digest.outbound.delivery.ledger import channel_facts, outcomes, plainer
from digest.outbound.delivery.models import Delivery, ProviderEvent
from digest.outbound.returns import domain_reports, holds, soft_bounces, together, wishes
from digest.outbound.returns.counting import WROTE_WITHIN, counts
from digest.outbound.returns.models import SoftBounces

# Well below a worker's soft limit, so that no event is broken off halfway.
SECONDS = 30.0
# Events read at a time, and the most that share a transaction.
_TOGETHER = 250

_OUTCOMES = {
    Kind.DELIVERED: Delivery.Outcome.DELIVERED,
    Kind.SOFT_BOUNCE: Delivery.Outcome.SOFT_BOUNCE,
    Kind.HARD_BOUNCE: Delivery.Outcome.HARD_BOUNCE,
    Kind.COMPLAINT: Delivery.Outcome.COMPLAINT,
    Kind.FAILED: Delivery.Outcome.SOFT_BOUNCE,
}
# Said by the reader on the channel itself, so nothing of ours must have gone before.
_READERS_OWN = {Kind.WROTE, Kind.STOPPED}
_OF_NO_COPY = {Kind.JOINED, Kind.DROPPED, Kind.LEARNED, Kind.UNSUBSCRIBED}
_MISSED = {Kind.FAILED, Kind.SOFT_BOUNCE, Kind.LEFT}
_ARRIVED = {Kind.ACCEPTED, Kind.DELIVERED}
_SHUTS = {
    Kind.COMPLAINT: Suppression.Reason.COMPLAINT,
    Kind.LEFT: Suppression.Reason.READER,
    Kind.STOPPED: Suppression.Reason.READER,
}


@dataclass(frozen=True, slots=True)
class TakenEvents:
    """How many events were looked at, how many changed something, and whether more may wait."""

    seen: int
    used: int
    is_full: bool = False


def take_events(*, now: datetime, limit: int = 500, seconds: float = SECONDS) -> TakenEvents:
    """Work through the inbox, the oldest first.

    Events in a row that only say "delivered" or "complaint" share a transaction, every other one,
    and each of a row that failed together, has one of its own. What nobody understands is ticked
    off too, and what cannot be used for a reason of its own, with that reason logged. What the
    database could not do just now (a deadlock, a lost connection) stays for the next look, and so
    does what is not reached within ``seconds``.
    """
    until, seen, used, last = time.monotonic() + seconds, 0, 0, 0
    while seen < limit and time.monotonic() < until:
        waiting = _waiting(after=last, most=min(_TOGETHER, limit - seen))
        if not waiting:
            return TakenEvents(seen, used)
        for row in _rows(waiting, now):
            if time.monotonic() >= until:
                break
            last = row[-1].event.pk
            taken = _take_together(row, now) if len(row) > 1 else None
            for number, changed in [taken] if taken else _each_alone(row, now):
                seen, used = seen + number, used + changed
    # With nothing done, coming back at once would be turning in a circle.
    return TakenEvents(seen, used, is_full=seen > 0)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An event of the inbox, and what it says if that is plain."""

    event: ProviderEvent
    plain: tuple[Report, ...] | None


def _waiting(*, after: int, most: int) -> list[ProviderEvent]:
    rows = ProviderEvent.objects.filter(processed_at=None, pk__gt=after)
    return list(rows.order_by("pk")[:most])


def _rows(events: list[ProviderEvent], now: datetime) -> Iterator[list[_Waiting]]:
    """``events`` in their order: those in a row that are plain together, every other alone.

    Read as they are reached: what an event means may depend on the one before it.
    """
    row: list[_Waiting] = []
    for event in events:
        each = _Waiting(event, _plain(event, now))
        if each.plain is None:
            if row:
                yield row
            yield [each]
            row = []
        else:
            row.append(each)
    if row:
        yield row


def _plain(event: ProviderEvent, now: datetime) -> tuple[Report, ...] | None:
    """The event's reports, if they may be applied with others'; None when it needs its own look."""
    try:
        found = _read(event, now)
    except Exception as error:
        raise_limit(error)
        return None  # its own look says why
    if found is None:
        return ()
    spec, reports = found
    alone = event.provider == spec.own_word or not together.is_plain(reports)
    return None if alone else tuple(reports)


def _take_together(row: list[_Waiting], now: datetime) -> tuple[int, int] | None:
    """Apply a row of plain events: how many were seen, and used. None when it failed."""
    said = {each.event.pk: each.plain or () for each in row}
    try:
        with transaction.atomic():
            _do_not_wait_for_the_disk()
            held = ProviderEvent.objects.select_for_update(skip_locked=True)
            mine = list(
                held.filter(pk__in=said, processed_at=None)
                .order_by("pk")
                .values_list("pk", flat=True)
            )
            changed = together.apply_together([said[pk] for pk in mine], now=now)
            ProviderEvent.objects.filter(pk__in=mine).update(processed_at=now)
    except Exception as error:
        raise_limit(error)
        log.warning("reports are taken one by one", reason=str(error), reports=len(row))
        return None
    return len(mine), sum(changed)


def _each_alone(row: list[_Waiting], now: datetime) -> Iterator[tuple[int, bool]]:
    """Each event in a transaction of its own: 1 for each ticked off, and whether it was used."""
    for each in row:
        event = None
        try:
            with transaction.atomic():
                _do_not_wait_for_the_disk()
                event = _held(each.event.pk)
                if event is None:
                    continue
                changed = _take(event, now)
                ProviderEvent.objects.filter(pk=event.pk).update(processed_at=now)
        except Exception as error:
            raise_limit(error)
            if event is None:
                raise
            if _is_passing(error):
                log.warning(
                    "a report waits for another try", report=each.event.pk, reason=str(error)
                )
                continue
            log.exception("a report could not be used", report=each.event.pk)
            changed = False
            waiting = ProviderEvent.objects.filter(pk=each.event.pk, processed_at=None)
            waiting.update(processed_at=now)
        yield 1, changed


def _do_not_wait_for_the_disk() -> None:
    """Let this transaction's commit return before it is on disk.

    A crash of the server forgets the event's tick with all that it changed, and it is taken again.
    Whatever others did upon it is durable only after it, for the log is written in order.
    https://www.postgresql.org/docs/current/wal-async-commit.html
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")


def _held(pk: int) -> ProviderEvent | None:
    """The event, its row locked; None when another taker holds it, or was here before."""
    rows = ProviderEvent.objects.select_for_update(skip_locked=True)
    return rows.filter(pk=pk, processed_at=None).first()


def _is_passing(error: Exception) -> bool:
    """Whether may well be done later what was not done now, by the database or a sender.

    Class 54 (a limit of the program is exceeded) lies in the event itself.
    https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    if isinstance(error, plainer.StillInHand):
        return True
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return isinstance(error, OperationalError | InterfaceError) and not state.startswith("54")


def _take(event: ProviderEvent, now: datetime) -> bool:
    found = _read(event, now)
    if found is None:
        return False
    spec, reports = found
    if len(reports) > 1:
        # Two takers lock the addresses they have in common in the same order.
        reports.sort(key=lambda each: _address_of(each, spec) or 0)
    own = event.provider == spec.own_word
    used = [apply(each, spec, now=now, refused=own) for each in reports]
    return any(used)


def _read(event: ProviderEvent, now: datetime) -> tuple[ChannelSpec, list[Report]] | None:
    """What an event says; None for one whose provider nobody knows any more."""
    found = registry.hook_of(event.provider)
    if found is None:
        return None
    spec, webhook = found
    tools = HookTools(
        registry.config(spec.name, settings),
        now,
        event.received_at,
        _fetch_nothing,
        on_offer=partial(by_act.on_offer, spec.name),
        follows=partial(by_act.followed, spec.name),
    )
    return spec, list(webhook.reports(event.body, tools))


def _fetch_nothing(url: str) -> bytes:
    raise CannotCheck("What a stored event means is told without the network.")


def apply(report: Report, spec: ChannelSpec, *, now: datetime, refused: bool = False) -> bool:
    """Write a report down where it belongs: the copy's row, the reader's address, or both.

    A report that names its copy counts for that row and its address; one that only names an
    address can still shut it; what cannot be true counts for nothing (see
    :func:`~.counting.counts`). ``refused``: our own relay's word. Soft bounces add up over days
    (``DIGEST_SOFT_BOUNCES``); a delivery wipes them out. Returns whether anything changed.
    """
    if report.kind in _OF_NO_COPY:
        return _of_no_copy(report, spec, now)
    at = min(report.at or now, now)
    address_id = _address_of(report, spec)
    if address_id is None:
        return False
    report = _keyed(report, address_id, spec, now)
    if report.kind not in _READERS_OWN and not counts(
        report, address_id, channel=spec.name, now=now, refused=refused
    ):
        log.info("a report about nothing that left", report=report.kind.value, copy=report.key)
        return False
    key = outcomes.read_key(report.key)
    changed = key is not None and _of_copy(*key, report, spec, at=at, now=now, refused=refused)
    if key is not None and report.kind not in _READERS_OWN and outcomes.of_former_mailbox(*key):
        return changed
    match report.kind:
        case Kind.DELIVERED:
            wiped, _ = SoftBounces.objects.filter(address_id=address_id, last_at__lte=at).delete()
            return changed or bool(wiped)
        case Kind.SOFT_BOUNCE:
            return _add_up(address_id, at, report, spec, now) or changed
        case Kind.HARD_BOUNCE:
            return _gone(address_id, report, spec, report.words, now) or changed
        case Kind.WROTE:
            opened = _opened(address_id, report.until)
            return wishes.help_out(address_id, report, spec, now=now) or opened
        case Kind.ACCEPTED | Kind.FAILED:
            return changed
    reason = _SHUTS[report.kind]
    if not (key and report.kind == Kind.COMPLAINT):
        changed = bool(suppress(address_id, reason, now=now, note=report.words).names) or changed
    return changed


def _keyed(report: Report, address_id: int, spec: ChannelSpec, now: datetime) -> Report:
    """With the key of the copy that the provider's own name belongs to, where it tells no key."""
    if report.key or not report.provider_id:
        return report
    since = now - WROTE_WITHIN
    found = outcomes.key_of(address_id, report.provider_id, channel=spec.name, since=since)
    return replace(report, key=found)


def _of_copy(
    send_id: int,
    address_id: int,
    report: Report,
    spec: ChannelSpec,
    *,
    at: datetime,
    now: datetime,
    refused: bool,
) -> bool:
    """What a report says of the copy's row in the ledger."""
    # Ours was refused outright: whoever refused it had it in hand, and falls back by itself.
    if report.plainer and not refused:
        words = report.words
        if plainer.again_plainer(send_id, address_id, now=now, words=words):
            return True
    changed, outcome = False, _OUTCOMES.get(report.kind)
    if outcome is not None:
        shut = report.kind is not Kind.HARD_BOUNCE
        changed = outcomes.record(
            send_id, address_id, outcome, at=at, now=now, note=report.words, refused=refused,
            shut=shut,
        ).changed  # fmt: skip
    if report.kind in _ARRIVED:
        name = report.provider_id
        changed = outcomes.arrived(send_id, address_id, at=at, provider_id=name) or changed
    if spec.reports_each_copy and report.kind in _MISSED:
        changed = outcomes.missed(send_id, address_id, now=now, words=report.words) or changed
    return changed


def _of_no_copy(report: Report, spec: ChannelSpec, now: datetime) -> bool:
    """What a reader asked for on the channel, or what others said of the channel or our domain."""
    if report.about_domain is not None:
        return domain_reports.keep(report.about_domain, now=now)
    if report.kind is Kind.UNSUBSCRIBED:
        return wishes.leave(report, spec, now=now)
    if report.fact is not None:
        return channel_facts.note(spec.name, *report.fact, at=min(report.at or now, now))
    return report.kind is not Kind.LEARNED and wishes.grant(report, spec, now=now)


def _address_of(report: Report, spec: ChannelSpec) -> int | None:
    key = outcomes.read_key(report.key)
    return key[1] if key else _address_named(report.recipient, spec)


def _address_named(recipient: str, spec: ChannelSpec) -> int | None:
    try:
        value = spec.address.normalise(recipient)
    except BadAddress:
        # What we once stored was right then; what never was is nobody's.
        value = recipient
    wanted = [value, *spec.address.spellings(value)]
    rows = Address.objects.filter(channel=spec.name, value__in=wanted)
    found = dict(rows.values_list("value", "pk"))
    return next((found[each] for each in wanted if each in found), None)


def _opened(address_id: int, until: datetime | None) -> bool:
    """The reader may be answered freely until then; never shorter than before."""
    address = Address.objects.filter(pk=address_id).exclude(window_ends_at__gte=until)
    return bool(until and address.update(window_ends_at=until))


def _gone(address_id: int, report: Report, spec: ChannelSpec, words: str, now: datetime) -> bool:
    """The mailbox is gone, it seems; whether many at its site say so, the hold looks after."""
    if not spec.held_by_site:
        return bool(suppress(address_id, Suppression.Reason.BOUNCE, now=now, note=words).names)
    noted = holds.note(address_id, host=report.host, words=words, why=report.why, now=now)
    return noted.held or noted.shut


def _add_up(
    address_id: int, at: datetime, report: Report, spec: ChannelSpec, now: datetime
) -> bool:
    """Count a soft bounce; when they were too many, it is as if the mailbox was gone."""
    if report.is_about_us:
        return False
    row = SoftBounces.objects.select_for_update().filter(address_id=address_id).first()
    before = soft_bounces.SoftBounceDays(row.days, row.first_at, row.last_at) if row else None
    after = soft_bounces.count(before, at)
    if after == before:
        return False
    SoftBounces.objects.update_or_create(
        address_id=address_id,
        defaults={"days": after.days, "first_at": after.first_at, "last_at": after.last_at},
    )
    if soft_bounces.is_shut(after, settings.DIGEST_SOFT_BOUNCES):
        words = f"{after.days} days of soft bounces; the last: {report.words}"
        _gone(address_id, report, spec, words, now)
        SoftBounces.objects.filter(address_id=address_id).delete()
    return True
