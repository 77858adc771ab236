"""What a command says when PostgreSQL or the broker does not answer: one line, with what to do."""

import psycopg
import redis
from django.db import InterfaceError, OperationalError

_DATABASE = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


def words_for(error: BaseException) -> str | None:
    """The line for people, of the error or of what it came from; None for any other error."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, _DATABASE):
            return _line("The database does not do its work", seen, "PostgreSQL", "DATABASE_URL")
        if isinstance(seen, redis.RedisError):
            return _line("The broker does not do its work", seen, "Valkey (or Redis)", "REDIS_URL")
        seen = seen.__cause__
    return None


def _line(what: str, error: BaseException, server: str, setting: str) -> str:
    said = " ".join(str(error).split()) or type(error).__name__
    return (
        f"{what} ({said[:300]}). Start {server} or correct {setting}, then try again;"
        " `digest doctor` looks at both."
    )
