"""Where in a query something is wrong, as a line and a caret under it."""

import unicodedata

_AROUND = 60


def caret(query: str, position: int) -> tuple[str, str]:
    """The part of the line around ``position`` (from 0), and a caret to print under it.

    Wide characters, as of Chinese and Korean, count as two columns.
    """
    start = query.rfind("\n", 0, position) + 1
    end = query.find("\n", position)
    line = query[start : len(query) if end < 0 else end]
    at = position - start
    cut = max(0, at - _AROUND)
    shown = "".join(
        " " if unicodedata.category(character) == "Cc" else character
        for character in line[cut : at + _AROUND]
    )
    return shown, " " * sum(map(_columns, shown[: at - cut])) + "^"


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
