"""The rows of a send, made without passing a reader through Python."""

from typing import Any

from django.db import connection

from digest.audience.recipients import Query

_DELIVER = """
INSERT INTO digest_delivery
    (send_id, address_id, message_id, subscription_id, slot_id, state, next_try_at)
SELECT %s, r.address_id, {message}, r.subscription_id, r.slot_id, 0,
    greatest(statement_timestamp() + random() * %s::interval, {not_before})
FROM ({recipients}) r {join}
ON CONFLICT (send_id, address_id) DO NOTHING
"""


def insert(
    message: str, query: Query, params: list[Any], *, join: str = "", not_before: str = "NULL"
) -> int:
    sql = _DELIVER.format(message=message, recipients=query.sql, join=join, not_before=not_before)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)
