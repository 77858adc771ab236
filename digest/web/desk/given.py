"""What stands in forms and paths, read: nonsense becomes what no row has, never an error."""

from uuid import UUID

_NOBODY = UUID(int=0)


def number(text: str) -> int:
    """A whole number below a thousand million; -1, which no row and no version has, for others."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        return -1
    return sign * int(digits)


def uuid(text: str) -> UUID:
    """A public id; that of nobody for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return _NOBODY
