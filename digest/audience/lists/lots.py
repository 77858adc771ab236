"""Lines of a list in lots, the next one read while the last is stored.

What storing takes is the database's time: meanwhile there is nothing else to do in this process.
"""

from collections import Counter
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from digest.audience.kinds import BadAddress
from digest.audience.lists.core.csv_lines import CsvLines, LineError, LineRefused
from digest.audience.lists.reader_lines import LineReader, ReaderLine
from digest.audience.models.addresses import fingerprint_of

_LINES = 2_000
_Each = TypeVar("_Each")


@dataclass(slots=True)
class Lot:
    """``lines`` of a list, up to number ``last``: those that were ``read``, with fingerprint and
    number, in the order in which addresses are locked; the others' ``errors``; ``unknown`` labels.
    """

    lines: int
    last: int
    read: list[tuple[bytes, int, ReaderLine]] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)


def lots(table: CsvLines, reader: LineReader, *, after: int = 0) -> Generator[Lot, None, None]:
    """The lines with numbers above ``after``, 2,000 at a time."""
    return _ahead(_lots(table, reader, after))


def _lots(table: CsvLines, reader: LineReader, after: int) -> Iterator[Lot]:
    numbered = table.after(after)
    while chunk := list(islice(numbered, _LINES)):
        lot = Lot(len(chunk), chunk[-1][0])
        for number, cells in chunk:
            try:
                line = reader.read(cells)
            except (LineRefused, BadAddress) as refusal:
                lot.errors.append(LineError(number, str(refusal)))
            else:
                lot.read.append((fingerprint_of(line.channel, line.value), number, line))
        # New addresses are made in the order in which those that exist are locked.
        lot.read.sort(key=lambda each: each[:2])
        lot.unknown, reader.unknown = reader.unknown, Counter()
        yield lot


def _ahead(items: Iterator[_Each]) -> Generator[_Each, None, None]:
    """``items``, the next one made in a thread while the last one is worked on."""
    with ThreadPoolExecutor(1, "lots") as thread:
        coming = thread.submit(_next, items)
        while found := coming.result():
            coming = thread.submit(_next, items)
            yield from found


def _next(items: Iterator[_Each]) -> list[_Each]:
    """The next of ``items``; none at their end."""
    return list(islice(items, 1))
