"""The database's own clock, which all workers share, and rows written in bulk."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL


def now() -> datetime:
    """The present moment as the database sees it, aware, in UTC.

    What decides over sends asks here: a worker whose own clock jumps must neither hold a send as
    late nor give a delivery up as too old.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write ``rows`` into ``table`` by COPY, a few times as fast as INSERT.

    The names are our own, never given from outside. Raises Django's database errors, an
    ``IntegrityError`` for a row that is there.
    """
    names = ", ".join(f'"{name}"' for name in columns)
    statement = f'COPY "{table}" ({names}) FROM STDIN'
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row(row)


def new_ids(table: str, count: int) -> list[int]:
    """``count`` ids that no other row of ``table`` has or will have."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def one_of(column: str, values: Iterable[Any]) -> RawSQL:
    """A condition: ``column`` (``table.name``, our own) has one of ``values``, sent as one array.

    Django writes a place for each value of an ``__in``, which for thousands takes longer than the
    question.
    """
    quoted = ".".join(f'"{name}"' for name in column.split("."))
    condition = f"{quoted} = ANY(%s)"
    return RawSQL(condition, [list(values)], output_field=BooleanField())  # noqa: S611 - our names
