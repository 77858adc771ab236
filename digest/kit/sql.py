"""The database's own clock, which all workers share."""

from datetime import datetime

from django.db import connection


def now() -> datetime:
    """The present moment as the database sees it, aware, in UTC.

    What decides over sends asks here: a worker whose own clock jumps must neither hold a send as
    late nor give a delivery up as too old.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
