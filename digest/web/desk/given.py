"""What stands in forms and paths, read: nonsense becomes what no row has, never an error."""

import hashlib
from collections.abc import Callable, Collection
from itertools import count
from uuid import UUID

from django.utils.text import slugify

_NOBODY = UUID(int=0)


def number(text: str) -> int:
    """A whole number below a thousand million; -1, which no row and no version has, for others."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        return -1
    return sign * int(digits)


def address_of(name: str, kind: str, taken: Callable[[str], Collection[str]]) -> str:
    """The part of the address that a new thing is found under: of ASCII, and nobody else's.

    ``taken`` gives those in use that begin with a stem. A name in letters that have no Latin form
    still gets one, of its ``kind``, the same each time.
    """
    stem = slugify(name)[:72] or f"{kind}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    used = set(taken(stem))
    places = (stem if place == 1 else f"{stem}-{place}" for place in count(1))
    return next(slug for slug in places if slug not in used)


def uuid(text: str) -> UUID:
    """A public id; that of nobody for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return _NOBODY
