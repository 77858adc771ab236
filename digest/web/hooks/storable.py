"""A webhook's body as PostgreSQL can hold it (pure)."""

import math
from typing import Any

from digest.kit.errors import InvalidInput

# Providers nest a handful of levels.
DEEPEST = 64


class TooDeep(InvalidInput, ValueError):
    """A body nested deeper than :data:`DEEPEST` levels, which no provider sends."""


def storable(body: Any, *, levels: int = DEEPEST) -> Any:
    """``body``, a JSON value, without what jsonb refuses: it goes through values and keys alike.

    NUL is dropped, a lone surrogate becomes U+FFFD, a number that is not finite becomes None. Of
    two keys that are the same afterwards the last counts. Raises :class:`TooDeep`.
    """
    match body:
        case str():
            return storable_text(body)
        case float():
            return body if math.isfinite(body) else None
        case dict() | list() if not levels:
            raise TooDeep(f"nested deeper than {DEEPEST} levels")
        case dict():
            return {
                storable_text(key): storable(value, levels=levels - 1)
                for key, value in body.items()
            }
        case list():
            return [storable(value, levels=levels - 1) for value in body]
    return body


def storable_text(text: str) -> str:
    """``text`` as PostgreSQL's text can hold it: no NUL, no lone surrogates."""
    text = text.replace("\0", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        # UTF-16 joins two halves that belong together, and replaces one that stands alone.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
