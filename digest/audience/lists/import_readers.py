"""Step: bring readers in from a CSV file, with the basis of their consent written down."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import F

from digest.audience import address_locks
from digest.audience.core.cells import storable
from digest.audience.kinds import AddressKinds
from digest.audience.leaving.suppress import Barred, bar_fingerprint
from digest.audience.lists.core import products
from digest.audience.lists.core.csv_lines import CsvLines, LineError, LineRefused, NotImportable
from digest.audience.lists.course import ImportCourse, StoredLines
from digest.audience.lists.lots import Lot, lots
from digest.audience.lists.new_readers import Newcomer, bring
from digest.audience.lists.reader_lines import Also, LineReader, ReaderLine
from digest.audience.lists.wishes import wishes_of
from digest.audience.models import consents
from digest.audience.models.addresses import Address, fingerprint_of, locked
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.import_runs import ImportRun
from digest.audience.models.schedules import Schedule
from digest.audience.models.subscribers import Subscriber
from digest.audience.models.subscriptions import Subscription, living
from digest.audience.models.suppressions import Suppression
from digest.audience.schedules import timetable
from digest.kit.sql import one_of

_EVERYTHING = Also()
_WHOLE = ImportCourse()
# Who ended it so is not brought back by a list, which may be older than the end.
_LEFT = {
    Subscription.Reason.READER.value: "the reader unsubscribed on",
    Subscription.Reason.COMPLAINT.value: "the reader reported spam on",
    Subscription.Reason.BOUNCE.value: "the address bounced on",
    Subscription.Reason.EDITOR.value: "the newsroom ended it on",
}
_BARRED = {
    products.UNSUBSCRIBED: Suppression.Reason.READER,
    products.BOUNCED: Suppression.Reason.BOUNCE,
    products.COMPLAINED: Suppression.Reason.COMPLAINT,
}


@dataclass(frozen=True, slots=True)
class ImportedReaders:
    """``added`` lines brought something new, ``unchanged`` nothing; ``errors`` were left out.

    ``barred`` had left or bounced where the list comes from: they are never written to. A line of
    which a part was left out is among ``added`` and ``errors``. ``stopped`` is the line from which
    on nothing was read, because the file is no CSV there; what came before is stored. ``product``
    is whose export it was, ``unknown`` counts the labels in it that are no topic of ours, and
    ``run_id`` is how to take it back; None after a dry run.
    """

    added: int
    unchanged: int
    errors: tuple[LineError, ...]
    stopped: LineError | None = None
    barred: int = 0
    product: str = ""
    unknown: tuple[tuple[str, int], ...] = ()
    run_id: int | None = None


@dataclass(slots=True)
class _Counts:
    added: int = 0
    unchanged: int = 0
    barred: int = 0
    errors: list[LineError] = field(default_factory=list)

    def add(self, other: "_Counts") -> None:
        self.added += other.added
        self.unchanged += other.unchanged
        self.barred += other.barred
        self.errors += other.errors

    def of(self, lot: Lot) -> StoredLines:
        """These, as what became of ``lot``."""
        counts = self.added, self.unchanged, self.barred
        return StoredLines(lot.lines, lot.last, *counts, tuple(self.errors))


def refuse_basis(basis: str, place: str) -> None:
    """Raise :class:`NotImportable` where nothing says how the readers of a list consented."""
    if len(basis.strip()) < 10:
        raise NotImportable(
            "Say how these readers consented, e.g. --basis 'Signed up on our site, 2024 to 2026'."
        )
    if not storable(basis + place):
        raise NotImportable("The basis holds characters that are no text; write it in UTF-8.")


@dataclass(frozen=True, slots=True)
class _Import:
    """What all lines share."""

    at: Circumstances
    now: datetime
    run: ImportRun
    is_dry: bool


def import_csv(
    lines: Iterable[str],
    *,
    kinds: AddressKinds,
    basis: str,
    place: str,
    now: datetime,
    also: Also = _EVERYTHING,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda count: None,
    course: ImportCourse = _WHOLE,
) -> ImportedReaders:
    """Store the readers of a CSV file as confirmed; a repeated import adds nothing.

    Columns are those of ``exporting.COLUMNS``, with ``status``, ``consented_at`` and ``ended_at``
    where a list knows them, or those of another product's export (see :mod:`core.products`); only
    the address must be there. Slugs are written with spaces between, and a line without a channel
    is of the first of ``kinds``; ``also`` is what all of them follow besides. ``basis`` says
    how these people consented and is kept with each of them. Suppressed addresses are left out,
    whoever asks; so is what a reader once left, and who left there is barred here. Lines are stored
    2,000 at a time, in a dry run none; ``progress`` gets the number done so far, and a ``course``
    has it done in parts. Raises :class:`NotImportable`.
    """
    refuse_basis(basis, place)
    table = CsvLines(lines, one_of=("address", "email", "email address"))
    product = products.recognise(table.columns)
    name = product.name if product else ""
    try:
        reader = LineReader(kinds, also, now, product)
    except LineRefused as refusal:
        raise NotImportable(str(refusal)) from refusal
    run = course.run or ImportRun(place=place[:300], basis=basis.strip(), product=name, at=now)
    if not dry_run and run.pk is None:
        run.save()
    at = Circumstances(place=place, text=basis.strip(), text_version="import")
    shared = _Import(at, now, run, dry_run)
    total, labels, done = _Counts(), Counter[str](), 0
    with closing(lots(table, reader, after=course.after)) as coming:
        while course.more() and (lot := next(coming, None)):
            total.add(address_locks.again_if_lost(partial(_store_lot, lot, shared, course)))
            labels += lot.unknown
            done += lot.lines
            progress(done)
    errors = tuple(sorted(total.errors, key=lambda each: each.line))
    unknown = tuple(sorted(labels.items(), key=lambda each: (-each[1], each[0])))
    return ImportedReaders(
        total.added, total.unchanged, errors, table.stopped, total.barred, name, unknown, run.pk
    )


@transaction.atomic
def _store_lot(lot: Lot, shared: _Import, course: ImportCourse) -> _Counts:
    """Store a lot, and tell of it: both or, where the worker is killed, neither."""
    counts = _stored(lot, shared)
    course.told(counts.of(lot))
    return counts


@transaction.atomic
def _stored(lot: Lot, shared: _Import) -> _Counts:
    counts, read = _Counts(errors=list(lot.errors)), lot.read
    addresses = address_locks.lock(each for each, _, _ in read)
    known = {bytes(each.fingerprint) for each in addresses} | _suppressed(read)
    followed = _followed(addresses)
    new: dict[bytes, tuple[int, ReaderLine]] = {}
    others = []
    for fingerprint, number, line in read:
        if line.status == products.SUBSCRIBED and line.targets <= followed.get(fingerprint, set()):
            counts.unchanged += 1
        elif fingerprint in known or fingerprint in new or line.status != products.SUBSCRIBED:
            others.append((fingerprint, number, line))
        else:
            new[fingerprint] = number, line
    if _bring(new, shared):
        counts.added += len(new)
    else:
        others = sorted([*others, *((key, *each) for key, each in new.items())])
    for fingerprint, number, line in others:
        _one(fingerprint, number, line, shared, counts)
    if shared.is_dry:
        transaction.set_rollback(True)
    else:
        ImportRun.objects.filter(pk=shared.run.pk).update(
            added=F("added") + counts.added,
            barred=F("barred") + counts.barred,
            left_out=F("left_out") + len(counts.errors),
        )
    return counts


def _suppressed(read: list[tuple[bytes, int, ReaderLine]]) -> set[bytes]:
    rows = Suppression.objects.filter(
        one_of("digest_suppression.fingerprint", {each for each, _, _ in read})
    )
    return {bytes(each) for each in rows.values_list("fingerprint", flat=True)}


def _followed(addresses: list[Address]) -> dict[bytes, set[tuple[int | None, int | None]]]:
    """What the readers follow who may be written to: most lines of a list that comes again."""
    found: dict[bytes, set[tuple[int | None, int | None]]] = {}
    verified = {each.pk: bytes(each.fingerprint) for each in addresses if each.verified_at}
    if not verified:
        return found
    rows = Subscription.objects.filter(one_of("digest_subscription.address_id", verified)).exclude(
        state=Subscription.State.ENDED
    )
    barred = Suppression.objects.filter(one_of("digest_suppression.fingerprint", verified.values()))
    out = {bytes(each) for each in barred.values_list("fingerprint", flat=True)}
    for pk, newsletter, topic in rows.values_list("address_id", "newsletter_id", "topic_id"):
        if verified[pk] not in out:
            found.setdefault(verified[pk], set()).add((newsletter, topic))
    return found


def _bring(new: dict[bytes, tuple[int, ReaderLine]], shared: _Import) -> bool:
    """Bring newcomers in together; false when one of them signed up at this very moment."""
    newcomers = [
        Newcomer(fingerprint, line, wishes_of(line, shared.now))
        for fingerprint, (_, line) in new.items()
    ]
    try:
        with transaction.atomic():
            bring(newcomers, at=shared.at, run_id=shared.run.pk, now=shared.now)
    except IntegrityError:
        return False
    return True


def _one(
    fingerprint: bytes, number: int, line: ReaderLine, shared: _Import, counts: _Counts
) -> None:
    """Store one reader whom we know something of, or who left."""
    try:
        with transaction.atomic():
            if line.status != products.SUBSCRIBED:
                barred = _bar(line, fingerprint, shared)
                counts.barred += barred
                counts.unchanged += not barred
                return
            new, left = _store(line, fingerprint, shared)
    except LineRefused as refusal:
        counts.errors.append(LineError(number, str(refusal)))
        return
    counts.added += new
    counts.unchanged += not new and not left
    if left:
        counts.errors.append(LineError(number, f"Left out: {'; '.join(left)}."))


def _bar(line: ReaderLine, fingerprint: bytes, shared: _Import) -> bool:
    """Write down who left elsewhere, unless they joined us since; whether that is new."""
    address = locked(line.channel, line.value)
    if address is not None and living(address.pk):
        raise LineRefused(f"It is {line.status} there and a reader here, who stays one.")
    note = f"{line.status} in {shared.at.place}"
    at = line.ended_at or shared.now
    barred = bar_fingerprint(fingerprint, line.channel, _BARRED[line.status], now=at, note=note)
    if barred is Barred.NEW:
        Suppression.objects.filter(fingerprint=fingerprint).update(brought_by=shared.run.pk)
    return barred is not Barred.KNOWN


def _store(line: ReaderLine, fingerprint: bytes, shared: _Import) -> tuple[bool, tuple[str, ...]]:
    """Store one reader; returns whether anything was new, and what stays ended and why."""
    now = shared.now
    barred = Suppression.objects.filter(fingerprint=fingerprint)
    reason = barred.values_list("reason", flat=True).first()
    if reason:
        raise LineRefused(f"Left out: this address is suppressed ({reason}).")
    address = locked(line.channel, line.value) or _new_address(line, now)
    followed = {(s.newsletter_id, s.topic_id) for s in living(address.pk)}
    ended = _left_by(address)
    wishes = wishes_of(line, now)
    open_to = [each for each in wishes.targets if each.key not in followed]
    wanted = [each for each in open_to if each.key not in ended]
    left = tuple(f"{each.name}, {ended[each.key]}" for each in open_to if each.key in ended)
    if not wanted:
        return False, left
    made = [wishes.subscription(each) for each in wanted]
    for one in made:
        one.address, one.subscriber, one.brought_by_id = address, address.subscriber, shared.run.pk
    Subscription.objects.bulk_create(made)
    names, since = [each.name for each in wanted], line.consented_at or now
    consents.record(Consent.Act.IMPORTED, address, names, now=since, at=shared.at)
    if address.verified_at is None:
        address.verified_at, address.verified_by = now, "import"
        address.save(update_fields=["verified_at", "verified_by"])
    if any(each.topic_id for each in wanted):
        _keep_schedule(line, address)
    timetable.keep(address, now=now)
    return True, left


def _keep_schedule(line: ReaderLine, address: Address) -> None:
    Schedule.objects.get_or_create(
        subscriber=address.subscriber,
        channel=address.channel,
        defaults={
            "address": address,
            "frequency": line.frequency,
            "days": line.days,
            "local_time": line.local_time,
            "time_zone": line.time_zone,
            "is_active": False,
        },
    )


def _left_by(address: Address) -> dict[tuple[int | None, int | None], str]:
    """What was ended on the address for good, with the reason and day of its latest end."""
    rows = Subscription.objects.filter(
        address=address, state=Subscription.State.ENDED, ended_reason__in=_LEFT
    )
    return {
        (each.newsletter_id, each.topic_id): f"{_LEFT[each.ended_reason]} {each.ended_at:%Y-%m-%d}"
        for each in rows.order_by("ended_at", "pk")
    }


def _new_address(line: ReaderLine, now: datetime) -> Address:
    try:
        with transaction.atomic():
            subscriber = Subscriber.objects.create(
                locale=line.locale, time_zone=line.time_zone, created_at=now
            )
            return Address.objects.create(
                subscriber=subscriber,
                channel=line.channel,
                value=line.value,
                fingerprint=fingerprint_of(line.channel, line.value),
                created_at=now,
            )
    except IntegrityError:
        # The reader signed up at this very moment.
        found = locked(line.channel, line.value)
        if found is None:
            raise
        return found
