"""A CSV file's lines as cells, read until it ends or breaks (pure): what both imports share."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from digest.audience.core.cells import storable, uncell
from digest.kit.errors import InvalidInput

_LONGEST_CELL, _MOST_COLUMNS = 2_000, 500
# Of one row, over however many lines its quotes reach (characters): a line that never ends, or
# holds nothing but commas, would be held whole, and as cells at twenty times its size.
LONGEST_ROW = 2 * _MOST_COLUMNS * _LONGEST_CELL
# The name of a cell that no column has: there were more cells in the line than columns.
MORE_CELLS = "\x00more"


class NotImportable(InvalidInput, ValueError):
    """The file or the call as a whole cannot be used; the text says what to change."""


class LineRefused(InvalidInput, ValueError):
    """One line cannot be used; the text says why and what to write."""


@dataclass(frozen=True, slots=True)
class LineError:
    """One line that was left out, and why."""

    line: int
    reason: str


class CsvLines:
    """Iterates over the lines that hold something, as (line number, cells by column in lower case).

    ``columns`` are the names in its first line. A file that is no CSV any more ends the iteration;
    ``stopped`` then is the line from which on nothing was read. Cells come as they were before a
    spreadsheet's quoting, the first 2,000 characters of each. Raises :class:`NotImportable` where
    the first line names none of ``one_of``.
    """

    def __init__(self, lines: Iterable[str], *, one_of: tuple[str, ...]) -> None:
        self._of_row = 0
        self._reader = csv.reader(self._bounded(lines), strict=True)
        try:
            self.columns = [name.strip().lower() for name in next(self._reader, [])]
        except csv.Error as error:
            raise NotImportable(f"This is not a CSV file: {error}.") from error
        # Each line is held against all of them: a line of commas would be a day's work.
        if len(self.columns) > _MOST_COLUMNS:
            raise NotImportable(f"The first line names more than {_MOST_COLUMNS} columns.")
        if not {*one_of} & {*self.columns}:
            raise NotImportable(
                f"The first line must name the columns, one of them {' or '.join(one_of)}; found: "
                + (", ".join(self.columns)[:200] or "nothing")
            )
        self.stopped: LineError | None = None

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        return self.after(0)

    def after(self, last: int) -> Iterator[tuple[int, dict[str, str]]]:
        """The lines with numbers above ``last``, which are not read where they were before."""
        columns, width = self.columns, len(self.columns)
        while True:
            line = self._reader.line_num + 1
            self._of_row = 0
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                self.stopped = LineError(line, str(error))
                return
            if self._reader.line_num <= last:
                continue
            cells = {
                name: uncell(value)[:_LONGEST_CELL]
                for name, value in zip(columns, row, strict=False)
                if name
            }
            if any(each.strip() for each in row[width:]):
                # A comma too many: every cell after it stands under the wrong name.
                cells[MORE_CELLS] = "yes"
            if any(cells.values()):
                yield self._reader.line_num, cells

    def _bounded(self, lines: Iterable[str]) -> Iterator[str]:
        """``lines``, until one row has more than it may: that is an error of the file's form."""
        for line in pieces(lines):
            self._of_row += len(line)
            if self._of_row > LONGEST_ROW:
                raise csv.Error(f"it has more than {LONGEST_ROW:,} characters")
            yield line


def pieces(lines: Iterable[str]) -> Iterator[str]:
    """``lines``, those of an open file a bit over the longest row at a time and never longer."""
    if isinstance(lines, io.TextIOBase):
        return iter(partial(lines.readline, LONGEST_ROW + 1), "")
    return iter(lines)


def refuse_unstorable(cells: dict[str, str]) -> None:
    """Raise :class:`LineRefused` for ``cells`` too many, or that the database could not hold."""
    if MORE_CELLS in cells:
        raise LineRefused(
            "It has more cells than there are columns; put words with commas in quotes."
        )
    if not storable("".join(cells.values())):
        unfit = next(name for name, value in cells.items() if not storable(value))
        raise LineRefused(f"{unfit[:40]!r} holds a NUL or half a character; take it out.")
