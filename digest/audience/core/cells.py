"""Cells of a CSV file that a spreadsheet will open: never a formula (pure)."""

import re

# A spreadsheet runs a cell that begins so; an apostrophe before it makes it words. The wide ones
# are taken for the others where people type them.
_SIGNS = "=+@＝＋－＠-"
_STARTS = (*_SIGNS, "\t", "\r", "\n")
# One that separates by semicolons, as most of Europe's do, begins cells in the middle of ours.
_WITHIN = re.compile(rf"""([;\t\r\n]"*)(?='*[{_SIGNS}])""")
_QUIETED = re.compile(rf"""([;\t\r\n]"*)'(?='*[{_SIGNS}])""")
_UNFIT = re.compile("[\x00\ud800-\udfff]")


def storable(value: str) -> bool:
    """Whether the database can hold ``value``: no NUL, no half of a surrogate pair."""
    return _UNFIT.search(value) is None


def cell(value: str) -> str:
    """``value`` as a cell that no spreadsheet runs, nor any part of it."""
    quiet = _WITHIN.sub(r"\1'", value)
    return f"'{quiet}" if value.startswith(_STARTS) else quiet


def uncell(value: str) -> str:
    """The value of a cell that :func:`cell` wrote, or that somebody typed; trimmed."""
    value = value.strip()
    plain = value[1:] if value[:1] == "'" and value[1:2] in {*_STARTS} else value
    return _QUIETED.sub(r"\1", plain) if "'" in plain else plain
