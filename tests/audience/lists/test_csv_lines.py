"""A file that never ends a line, or a row, costs no more than what a row may hold."""

import io
from pathlib import Path

import pytest

from digest.audience.lists.core.csv_lines import LONGEST_ROW, CsvLines, NotImportable

HEAD, FIRST = "address,name\n", "ada@reader.example,Ada\n"
SIZE = 8 * LONGEST_ROW
# What a buffer reads ahead comes on top.
ENOUGH = 2 * LONGEST_ROW


def taken_of(lines: io.TextIOWrapper) -> int:
    """How many bytes were read of an open file."""
    assert isinstance(lines.buffer, io.BufferedReader)
    return lines.buffer.raw.tell()


@pytest.mark.parametrize("row", [",", "a", '"', 'a,"\n",'])
def test_a_row_without_an_end_is_where_reading_stops(row: str, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    # The last one reaches over many lines: a quote that is opened on each goes on on the next.
    file.write_text(HEAD + FIRST + row * (SIZE // len(row)))
    with file.open(encoding="utf-8-sig", newline="") as lines:
        table = CsvLines(lines, one_of=("address",))
        assert [cells["address"] for _, cells in table] == ["ada@reader.example"]
        assert table.stopped is not None and table.stopped.line == 3
        assert taken_of(lines) < ENOUGH


def test_columns_without_an_end_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("address,name" + "," * SIZE + "\n" + FIRST)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        with pytest.raises(NotImportable, match="characters"):
            CsvLines(lines, one_of=("address",))
        assert taken_of(lines) < ENOUGH


def test_the_longest_row_that_may_be_is_read(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    cells = ",".join(["x" * 100_000] * 19)
    rows = f"{cells}\n" * 3
    assert len(cells) < LONGEST_ROW < len(rows)
    file.write_text("address" + ",more" * 18 + "\n" + rows)
    with file.open(newline="") as lines:
        table = CsvLines(lines, one_of=("address",))
        assert len(list(table)) == 3 and table.stopped is None
