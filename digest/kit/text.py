"""Small, total functions on text that came from outside."""

import re
import unicodedata
from urllib.parse import urlsplit

_SPACE = re.compile(r"\s+")
# Tab and newline become spaces before; these never belong in a headline, a header or a log line.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_UNFIT_IN_URLS = re.compile(r"[\s<>\"'`\\{}|^]")
_LABEL = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")


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


def is_https(url: str, limit: int = 500) -> bool:
    """Whether ``url``, which somebody typed, is a whole address that may stand in our mails.

    It begins with https://, names a host with a dot, and holds nobody's password, nothing that
    ends an attribute, and no character that is not seen.
    """
    if not 0 < len(url) <= limit or not url.isprintable() or _UNFIT_IN_URLS.search(url):
        return False
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    labels = host.removesuffix(".").split(".")
    return (
        url.startswith("https://")
        and "@" not in parts.netloc
        and port != 0
        and len(labels) > 1
        and all(len(each) < 64 and _LABEL.fullmatch(each) for each in labels)
    )
