"""Small, total functions on text that came from outside."""

import re
import unicodedata

_SPACE = re.compile(r"\s+")
# Tab and newline become spaces before; these never belong in a headline, a header or a log line.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


def one_line(value: str) -> str:
    """``value`` on one line: runs of white space become one space, control characters go.

    Bidirectional overrides go too: they let a headline rewrite the words beside it.
    """
    if value.isprintable():
        # Nearly every line: no control, no format character, no space but the plain one.
        return " ".join(value.split())
    value = _BIDI.sub("", value)
    value = "".join(
        " " if char.isspace() else char
        for char in value
        if char.isspace() or not unicodedata.category(char).startswith("C")
    )
    return _SPACE.sub(" ", value).strip()


def cut(value: str, limit: int, mark: str = "…") -> str:
    """``value`` in at most ``limit`` characters, cut between words, ``mark`` where it was cut.

    A single word longer than the limit, and scripts without spaces, are cut where they must be.
    """
    if len(value) <= limit:
        return value
    if limit <= len(mark):
        return mark[:limit]
    head = value[: limit - len(mark)]
    if not value[len(head)].isspace():
        space = max(head.rfind(" "), head.rfind("\n"))
        if space > len(head) // 2:
            head = head[:space]
    return head.rstrip(" \n\t,;:–—-") + mark
