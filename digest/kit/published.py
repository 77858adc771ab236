"""A mark of what readers can see: another one after each change of published pages.

Web processes keep rendered pages in memory and look at the mark instead of the database. It lives
in Valkey. One that is lost costs nothing but age: no page is kept longer than a minute.
"""

import secrets
import time

import redis
from django.db import transaction

from digest.kit import valkey
from digest.kit.observe import log

KEY = "digest:published"
# Who asks at every request needs it no fresher than kept pages do (seconds).
_LATELY = 0.5
_seen: tuple[float, str | None] | None = None


def changed() -> None:
    """After commit, give what is published a new mark."""
    transaction.on_commit(_set, robust=True)


def mark() -> str | None:
    """The present mark; None when Valkey does not say."""
    try:
        found = valkey.client().get(KEY)
    except redis.RedisError:
        return None
    return found.decode() if isinstance(found, bytes) else "0"


def mark_lately() -> str | None:
    """The mark, at most half a second old: no round trip for each of many who ask."""
    global _seen
    seen = _seen
    if seen is None or time.monotonic() - seen[0] > _LATELY:
        _seen = seen = time.monotonic(), mark()
    return seen[1]


def _set() -> None:
    global _seen
    _seen = None
    try:
        valkey.client().set(KEY, secrets.token_hex(8))
    except redis.RedisError as error:
        log.warning("pages are shown up to a minute old", reason=str(error))
