"""Cells of a CSV file that a spreadsheet will open: never a formula (pure)."""

import re

# A spreadsheet runs a cell that begins so; an apostrophe before it makes it words.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_UNFIT = re.compile("[\x00\ud800-\udfff]")


def storable(value: str) -> bool:
    """Whether the database can hold ``value``: no NUL, no half of a surrogate pair."""
    return _UNFIT.search(value) is None


def cell(value: str) -> str:
    """``value`` as a cell that no spreadsheet runs."""
    return f"'{value}" if value.startswith(_STARTS) else value


def uncell(value: str) -> str:
    """The value of a cell that :func:`cell` wrote, or that somebody typed; trimmed."""
    value = value.strip()
    return value[1:] if value[:1] == "'" and value[1:2] in {*_STARTS} else value
