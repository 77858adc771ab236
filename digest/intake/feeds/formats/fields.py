"""Single values out of feeds, made harmless: one line, an address, a piece of HTML."""

import html
import re
from typing import Any
from urllib.parse import urljoin, urlsplit

MAX_HTML = 200_000
MAX_LINE = 2_000
MAX_URL = 4_000
_EMAIL = re.compile(r"[^\s<>()@]{1,200}@[^\s<>()@]{1,200}")
_EMPTY_BRACKETS = re.compile(r"[(<\[]\s*[)>\]]")
_TAG = re.compile(r"<[^<>]*>")
# Most addresses: joined to any base they are what they are.
_PLAIN_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?:/[A-Za-z0-9._~/%+@,:=!$-]*)?"
    r"(?:\?[A-Za-z0-9._~/%+@,:=!$&-]+)?(?:#[A-Za-z0-9._~/%+=-]+)?"
)


def text(value: Any, limit: int) -> str:
    """One line of plain text, without control characters, at most ``limit`` long."""
    if not isinstance(value, str):
        return ""
    words: str = value[: limit * 2]
    if not words.isprintable():
        words = "".join(c if c.isprintable() else " " for c in words)
    return " ".join(words.split())[:limit]


def plain(value: Any, limit: int) -> str:
    """A short text that may carry tags, without them."""
    return text(html.unescape(_TAG.sub(" ", str(value or "")[:MAX_LINE])), limit)


def person(value: Any, limit: int = 300) -> str:
    """A person's name without the mail address, which is nobody's business here."""
    name = _EMPTY_BRACKETS.sub(" ", _EMAIL.sub("", text(value, limit)))
    name = " ".join(name.split()).strip(" <>,;")
    # "jo@harbour.example (Jo Kim)" is RSS's own form; "Jo Kim (AP)" names an agency.
    for opening, closing in ("()", "[]", "（）"):
        if name.startswith(opening) and name.rstrip(closing).count(opening) == 1:
            name = name[1:].removesuffix(closing) if closing not in name[:-1] else name
        name = _paired(name, opening, closing)
    return " ".join(name.split()).strip(" <>,;")


def _paired(name: str, opening: str, closing: str) -> str:
    """With each bracket closed: what was cut behind "(AP" gets its end back."""
    if name.count(opening) > name.count(closing):
        last = name.rpartition(opening)[2].strip()
        return f"{name}{closing}" if 0 < len(last) <= 40 else name.replace(opening, " ")
    return name.replace(closing, " ") if name.count(closing) > name.count(opening) else name


def markup(value: Any, limit: int = MAX_HTML) -> str:
    """HTML as it came, bounded, without NUL."""
    return value[:limit].replace("\x00", "") if isinstance(value, str) else ""


def escaped(value: Any, limit: int = MAX_HTML) -> str:
    """Plain text as HTML."""
    return html.escape(markup(value, limit))


def web_address(value: Any, base: str) -> str:
    """An absolute http(s) address, or nothing."""
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_URL:
        return ""
    address: str = value.strip()
    if is_plain_address(address):
        return address
    try:
        found = urljoin(base, address)
        parts = urlsplit(found)
        web = parts.scheme in {"http", "https"} and parts.hostname and found.isprintable()
        return found if web else ""
    except ValueError:
        return ""


def is_plain_address(value: str) -> bool:
    """Whether this is an absolute http(s) address in ASCII without anything to be resolved."""
    return _PLAIN_ADDRESS.fullmatch(value) is not None
