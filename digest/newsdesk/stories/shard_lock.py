"""Who changes a shard's labels does it alone: the live step, and editors who mend stories."""

from django.db import connection

SHARD = 0

_LOCK = 0x5709


def take_turn(shard: int = SHARD) -> None:
    """Wait for the shard's advisory lock, and hold it until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, shard])
