"""A run's lease: one row per run, by which everybody knows that it lives.

What a run holds is its own for as long as the row is fresh. The run judges that by its own
monotonic clock, counted from before it asked; the others by the database's, which is later.
"""

import uuid
from datetime import timedelta
from time import monotonic
from typing import Any

from psycopg import AsyncConnection

_ENTER = """
INSERT INTO digest_run (id, send_id, leased_until)
VALUES (%(run)s, %(send)s, statement_timestamp() + %(lease)s)
"""
_RENEW = """
UPDATE digest_run SET leased_until = statement_timestamp() + %(lease)s
WHERE id = %(run)s AND leased_until > statement_timestamp()
"""
_LEAVE = "DELETE FROM digest_run WHERE id = %(run)s"


class Lease:
    """The lease of one run."""

    def __init__(self, run: uuid.UUID, send_id: int, length: timedelta) -> None:
        self._params = {"run": run, "send": send_id, "lease": length}
        self._length = length.total_seconds()
        self._until = 0.0

    @property
    def stands(self) -> bool:
        """Whether what the run holds is still its own."""
        return monotonic() < self._until

    @property
    def due(self) -> bool:
        """Whether it should be renewed by now."""
        return self._until - monotonic() < self._length * 2 / 3

    async def enter(self, connection: AsyncConnection[Any]) -> None:
        """Begin."""
        asked = monotonic()
        await connection.execute(_ENTER, self._params)
        self._until = asked + self._length

    async def renew(self, connection: AsyncConnection[Any]) -> bool:
        """Go on; False when it had run out, which cannot be mended."""
        asked = monotonic()
        cursor = await connection.execute(_RENEW, self._params)
        if not cursor.rowcount:
            self._until = 0.0
            return False
        self._until = asked + self._length
        return True

    async def leave(self, connection: AsyncConnection[Any]) -> None:
        """End: nothing is held any more."""
        self._until = 0.0
        await connection.execute(_LEAVE, self._params)
