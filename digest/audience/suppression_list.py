"""The suppression list as a file: who is never contacted again, and why.

An address that was erased is known by its fingerprint alone; its line has no address, and still
bars it in an installation that shares the secret key.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from digest.audience.addresses import Address, fingerprint_of
from digest.audience.normalise import BadAddress, normalise
from digest.audience.suppress import suppress
from digest.audience.suppressions import Suppression
from digest.audience.tables import cell, uncell

COLUMNS = ("channel", "address", "reason", "at", "note", "fingerprint")
_REASONS = {each.value for each in Suppression.Reason}


class NotAList(ValueError):
    """The file is no suppression list; the text says what its first line must be."""


@dataclass(frozen=True, slots=True)
class LineError:
    """A line that was left out, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """``barred`` are new on the list, ``known`` were on it."""

    barred: int
    known: int
    errors: tuple[LineError, ...]


def rows() -> Iterator[tuple[str, ...]]:
    """The list as cells that no spreadsheet runs, the oldest first."""
    values = dict(_values())
    for each in Suppression.objects.order_by("at", "pk").iterator(chunk_size=2_000):
        mark = bytes(each.fingerprint)
        given = (each.channel, values.get(mark, ""), each.reason, each.at.isoformat(), each.note)
        yield (*(cell(value) for value in given), mark.hex())


def _values() -> Iterator[tuple[bytes, str]]:
    """Fingerprint and address of those who are still readers."""
    barred = Suppression.objects.values("fingerprint")
    known = Address.objects.filter(fingerprint__in=barred).values_list("fingerprint", "value")
    return ((bytes(mark), value) for mark, value in known.iterator(chunk_size=2_000))


def import_list(lines: Iterable[str], *, now: datetime, place: str) -> Imported:
    """Bar everybody a CSV names; what they subscribed to ends. Importing twice changes nothing.

    A line needs ``address`` or ``fingerprint``; ``channel`` is email, ``reason`` editor unless
    given. Raises :class:`NotAList`. A line that cannot be used is left out and told.
    """
    table = csv.DictReader(lines)
    named = {name.strip().lower() for name in table.fieldnames or () if name}
    if not named & {"address", "email", "fingerprint"}:
        raise NotAList("The first line must name a column address (or fingerprint).")
    barred, known, errors = 0, 0, []
    for number, row in enumerate(table, start=2):
        cells = {str(name).strip().lower(): uncell(str(value or "")) for name, value in row.items()}
        try:
            is_new = _bar(cells, now, place)
        except (BadAddress, NotAList) as error:
            errors.append(LineError(number, str(error)))
            continue
        barred, known = barred + is_new, known + (not is_new)
    return Imported(barred, known, tuple(errors))


@transaction.atomic
def _bar(cells: dict[str, str], now: datetime, place: str) -> bool:
    channel = cells.get("channel") or "email"
    reason = (cells.get("reason") or Suppression.Reason.EDITOR.value).lower()
    if reason not in _REASONS:
        raise NotAList(f"The reason {reason[:40]!r} is none of {', '.join(sorted(_REASONS))}.")
    mark = _fingerprint(channel, cells)
    note = (cells.get("note") or place)[:300]
    if Suppression.objects.filter(fingerprint=mark).exists():
        return False
    Suppression.objects.create(
        fingerprint=mark, channel=channel[:12], reason=reason, note=note, at=now
    )
    for address_id in Address.objects.filter(fingerprint=mark).values_list("pk", flat=True):
        suppress(address_id, Suppression.Reason(reason), now=now, note=note)
    return True


def _fingerprint(channel: str, cells: dict[str, str]) -> bytes:
    value = cells.get("address") or cells.get("email")
    if value:
        return fingerprint_of(channel, normalise(channel, value))
    try:
        mark = bytes.fromhex(cells.get("fingerprint", ""))
    except ValueError:
        mark = b""
    if len(mark) != 32:
        raise NotAList("There is neither an address nor a fingerprint of 64 hexadecimal digits.")
    return mark


@transaction.atomic
def lift(channel: str, value: str) -> bool:
    """Take an address off the list, as when its mailbox works again. False when it was not on it.

    What ended stays ended: the reader signs up anew. A complaint is not lifted. Raises BadAddress.
    """
    mark = fingerprint_of(channel, normalise(channel, value))
    found = Suppression.objects.filter(fingerprint=mark)
    gone, _ = found.exclude(reason=Suppression.Reason.COMPLAINT).delete()
    if not gone and found.exists():
        raise BadAddress("The reader complained of spam; such an address stays barred.")
    return bool(gone)
