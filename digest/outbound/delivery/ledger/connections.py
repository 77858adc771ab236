"""Async connections to the ledger's database, with the address Django uses."""

from typing import Any

from django.db import connection as django_connection
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

_DJANGO_ONLY = {"cursor_factory", "context", "prepare_threshold", "pool", "server_side_binding"}


async def connect(name: str) -> AsyncConnection[TupleRow]:
    """A connection in autocommit mode, shown as ``digest <name>`` in pg_stat_activity."""
    params: dict[str, Any] = {
        key: value
        for key, value in django_connection.get_connection_params().items()
        if key not in _DJANGO_ONLY
    }
    params.update(application_name=f"digest {name}", connect_timeout=5)
    return await AsyncConnection.connect(**params, autocommit=True)
