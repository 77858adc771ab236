"""The suppression list as a file: who is never contacted again, and why.

An address that was erased is known by its fingerprint alone; its line has no address, and still
bars it in an installation that shares the secret key.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction

from digest.audience import address_locks
from digest.audience.core.cells import cell
from digest.audience.kinds import AddressKinds, BadAddress, normalised
from digest.audience.leaving.suppress import Barred, bar_fingerprint, suppress
from digest.audience.lists.core.csv_lines import (
    CsvLines,
    LineError,
    LineRefused,
    refuse_unstorable,
)
from digest.audience.models.addresses import Address, fingerprint_of
from digest.audience.models.suppressions import Suppression

COLUMNS = ("channel", "address", "reason", "at", "note", "fingerprint")
_REASONS = {each.value for each in Suppression.Reason}


@dataclass(frozen=True, slots=True)
class ImportedSuppressions:
    """``barred`` are new on the list, ``changed`` have a graver reason now, ``known`` stay.

    ``stopped`` is the line from which on nothing was read, because the file is no CSV there.
    """

    barred: int
    changed: int
    known: int
    errors: tuple[LineError, ...]
    stopped: LineError | None = None


def rows() -> Iterator[tuple[str, ...]]:
    """The list as cells that no spreadsheet runs, the oldest first."""
    values = dict(_values())
    for each in Suppression.objects.order_by("at", "pk").iterator(chunk_size=2_000):
        fingerprint = bytes(each.fingerprint)
        given = (
            each.channel,
            values.get(fingerprint, ""),
            each.reason,
            each.at.isoformat(),
            each.note,
        )
        yield (*(cell(value) for value in given), fingerprint.hex())


def _values() -> Iterator[tuple[bytes, str]]:
    """Fingerprint and address of those who are still readers."""
    barred = Suppression.objects.values("fingerprint")
    known = Address.objects.filter(fingerprint__in=barred).values_list("fingerprint", "value")
    return ((bytes(fingerprint), value) for fingerprint, value in known.iterator(chunk_size=2_000))


def import_list(
    lines: Iterable[str], *, kinds: AddressKinds, now: datetime, place: str
) -> ImportedSuppressions:
    """Bar everybody a CSV names; what they subscribed to ends. Importing twice changes nothing.

    A line needs ``address`` or ``fingerprint``; ``channel`` is the first of ``kinds``, ``reason``
    editor unless given; of two reasons the graver stays. A line that cannot be used is left out
    and told. Raises :class:`NotImportable`.
    """
    table = CsvLines(lines, one_of=("address", "email", "fingerprint"))
    counts, errors = Counter[Barred](), list[LineError]()
    for number, cells in table:
        try:
            counts[address_locks.again_if_lost(partial(_bar, cells, kinds, now, place))] += 1
        except (BadAddress, LineRefused) as error:
            errors.append(LineError(number, str(error)))
    return ImportedSuppressions(
        counts[Barred.NEW],
        counts[Barred.CHANGED],
        counts[Barred.KNOWN],
        tuple(errors),
        table.stopped,
    )


def add(channel: str, value: str, *, kinds: AddressKinds, now: datetime, note: str) -> Barred:
    """Bar one address by a member's word. Raises BadAddress."""
    cells = {"channel": channel, "address": value}
    return address_locks.again_if_lost(partial(_bar, cells, kinds, now, note))


@transaction.atomic
def _bar(cells: dict[str, str], kinds: AddressKinds, now: datetime, place: str) -> Barred:
    refuse_unstorable(cells)
    channel = cells.get("channel", "").lower() or next(iter(kinds))
    reason = (cells.get("reason") or Suppression.Reason.EDITOR.value).lower()
    if reason not in _REASONS:
        raise LineRefused(f"The reason {reason[:40]!r} is none of {', '.join(sorted(_REASONS))}.")
    fingerprint = _fingerprint(channel, cells, kinds)
    note = (cells.get("note") or place)[:300]
    # Addresses before the list, as in suppress().
    addresses = address_locks.lock([fingerprint])
    outcome = bar_fingerprint(fingerprint, channel, Suppression.Reason(reason), now=now, note=note)
    for address in addresses if outcome is not Barred.KNOWN else ():
        suppress(address.pk, Suppression.Reason(reason), now=now, note=note)
    return outcome


def _fingerprint(channel: str, cells: dict[str, str], kinds: AddressKinds) -> bytes:
    value = cells.get("address") or cells.get("email")
    if value:
        return fingerprint_of(channel, normalised(kinds, channel, value))
    try:
        fingerprint = bytes.fromhex(cells.get("fingerprint", ""))
    except ValueError:
        fingerprint = b""
    if len(fingerprint) != 32:
        raise LineRefused("There is neither an address nor a fingerprint of 64 hexadecimal digits.")
    return fingerprint


@transaction.atomic
def lift(channel: str, value: str, *, kinds: AddressKinds) -> bool:
    """Take an address off the list, as when its mailbox works again. False when it was not on it.

    What ended stays ended: the reader signs up anew. A complaint is not lifted. Raises BadAddress.
    """
    fingerprint = fingerprint_of(channel, normalised(kinds, channel, value))
    found = Suppression.objects.filter(fingerprint=fingerprint)
    gone, _ = found.exclude(reason=Suppression.Reason.COMPLAINT).delete()
    if not gone and found.exists():
        raise BadAddress("The reader complained of spam; such an address stays barred.")
    return bool(gone)
