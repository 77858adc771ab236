"""The suppression list as a file: who is never contacted again, and why.

An address that was erased is known by its fingerprint alone; its line has no address, and still
bars it in an installation that shares the secret key.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction

from digest.audience import address_locks
from digest.audience.core.cells import cell, storable, uncell
from digest.audience.core.normalise import BadAddress, normalise
from digest.audience.leaving.suppress import Barred, bar_fingerprint, suppress
from digest.audience.models.addresses import Address, fingerprint_of
from digest.audience.models.suppressions import Suppression

COLUMNS = ("channel", "address", "reason", "at", "note", "fingerprint")
_REASONS = {each.value for each in Suppression.Reason}


class NotAList(ValueError):
    """The file is no suppression list; the text says what its first line must be."""


@dataclass(frozen=True, slots=True)
class SuppressionLineError:
    """A line that was left out, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportedSuppressions:
    """``barred`` are new on the list, ``changed`` have a graver reason now, ``known`` stay.

    ``stopped`` is the line from which on nothing was read, because the file is no CSV there.
    """

    barred: int
    changed: int
    known: int
    errors: tuple[SuppressionLineError, ...]
    stopped: SuppressionLineError | None = None


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


def import_list(lines: Iterable[str], *, now: datetime, place: str) -> ImportedSuppressions:
    """Bar everybody a CSV names; what they subscribed to ends. Importing twice changes nothing.

    A line needs ``address`` or ``fingerprint``; ``channel`` is email, ``reason`` editor unless
    given; of two reasons the graver stays. Raises :class:`NotAList`. A line that cannot be used
    is left out and told.
    """
    table = csv.DictReader(lines, strict=True)
    try:
        named = {name.strip().lower() for name in table.fieldnames or () if name}
    except csv.Error as error:
        raise NotAList(f"This is not a CSV file: {error}.") from error
    if not named & {"address", "email", "fingerprint"}:
        raise NotAList("The first line must name a column address (or fingerprint).")
    counts, errors, stopped = Counter[Barred](), list[SuppressionLineError](), None
    while True:
        first = table.line_num + 1
        try:
            row = next(table)
        except StopIteration:
            break
        except csv.Error as error:
            stopped = SuppressionLineError(first, str(error))
            break
        cells = {str(name).strip().lower(): uncell(str(value or "")) for name, value in row.items()}
        try:
            counts[address_locks.again_if_lost(partial(_bar, cells, now, place))] += 1
        except (BadAddress, NotAList) as error:
            errors.append(SuppressionLineError(table.line_num, str(error)))
    return ImportedSuppressions(
        counts[Barred.NEW], counts[Barred.CHANGED], counts[Barred.KNOWN], tuple(errors), stopped
    )


def add(channel: str, value: str, *, now: datetime, note: str) -> Barred:
    """Bar one address by a member's word. Raises BadAddress."""
    cells = {"channel": channel, "address": value}
    return address_locks.again_if_lost(partial(_bar, cells, now, note))


@transaction.atomic
def _bar(cells: dict[str, str], now: datetime, place: str) -> Barred:
    unfit = next((name for name, value in cells.items() if not storable(value)), None)
    if unfit is not None:
        raise NotAList(f"{unfit[:40]!r} holds a NUL or half a character; take it out.")
    channel = cells.get("channel") or "email"
    reason = (cells.get("reason") or Suppression.Reason.EDITOR.value).lower()
    if reason not in _REASONS:
        raise NotAList(f"The reason {reason[:40]!r} is none of {', '.join(sorted(_REASONS))}.")
    fingerprint = _fingerprint(channel, cells)
    note = (cells.get("note") or place)[:300]
    # Addresses before the list, as in suppress().
    addresses = address_locks.lock([fingerprint])
    outcome = bar_fingerprint(fingerprint, channel, Suppression.Reason(reason), now=now, note=note)
    for address in addresses if outcome is not Barred.KNOWN else ():
        suppress(address.pk, Suppression.Reason(reason), now=now, note=note)
    return outcome


def _fingerprint(channel: str, cells: dict[str, str]) -> bytes:
    value = cells.get("address") or cells.get("email")
    if value:
        return fingerprint_of(channel, normalise(channel, value))
    try:
        fingerprint = bytes.fromhex(cells.get("fingerprint", ""))
    except ValueError:
        fingerprint = b""
    if len(fingerprint) != 32:
        raise NotAList("There is neither an address nor a fingerprint of 64 hexadecimal digits.")
    return fingerprint


@transaction.atomic
def lift(channel: str, value: str) -> bool:
    """Take an address off the list, as when its mailbox works again. False when it was not on it.

    What ended stays ended: the reader signs up anew. A complaint is not lifted. Raises BadAddress.
    """
    fingerprint = fingerprint_of(channel, normalise(channel, value))
    found = Suppression.objects.filter(fingerprint=fingerprint)
    gone, _ = found.exclude(reason=Suppression.Reason.COMPLAINT).delete()
    if not gone and found.exists():
        raise BadAddress("The reader complained of spam; such an address stays barred.")
    return bool(gone)
