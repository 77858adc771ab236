"""A mark of what readers can see: another one after each change of published pages.

Web processes keep rendered pages in memory and look at the mark instead of the database. It lives
in Valkey. One that is lost costs nothing but age: no page is kept longer than a minute.
"""

import secrets

import redis
from django.db import transaction

from digest.kit import valkey
from digest.kit.observe import log

KEY = "digest:published"


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


def _set() -> None:
    try:
        valkey.client().set(KEY, secrets.token_hex(8))
    except redis.RedisError as error:
        log.warning("pages are shown up to a minute old", reason=str(error))
