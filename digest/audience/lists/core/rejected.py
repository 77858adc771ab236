"""The lines of a list that were left out, as a file to mend and bring in again (pure)."""

import csv
import io
from collections.abc import Iterable, Mapping

from digest.audience.core.cells import cell, uncell

HEADS = ("line", "what is wrong")


def rejected(lines: Iterable[str], reasons: Mapping[int, str]) -> str:
    """A CSV of the lines numbered in ``reasons``, each with its reason in front.

    Cells stand as they were given, but for what a spreadsheet would run. A file that is no CSV
    from somewhere on is read until there.
    """
    reader, out = csv.reader(lines, strict=True), io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    try:
        writer.writerow([*HEADS, *(cell(name) for name in next(reader, []))])
        for row in reader:
            number = reader.line_num
            if number in reasons:
                writer.writerow([number, cell(reasons[number]), *(cell(uncell(c)) for c in row)])
    except csv.Error:
        pass
    return out.getvalue()
