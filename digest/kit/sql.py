"""The database's own clock, which all workers share, rows written in bulk, and what its planner
should know before it reads them in bulk.
"""

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


# Never counted, counted while its rows were not yet to be seen, or many times what it was.
_UNKNOWN = """
SELECT relname FROM pg_class
WHERE oid = ANY(%s::regclass[]) AND pg_relation_size(oid) > 0 AND (
    reltuples <= 0 OR pg_relation_size(oid) > 4 * relpages * current_setting('block_size')::bigint)
"""


def inform_planner(tables: Sequence[str]) -> list[str]:
    """ANALYZE those of ``tables`` (our own names) that the planner knows next to nothing of; which.

    Autovacuum does so, a minute or more after many rows came; after a dump was loaded, or an
    upgrade, nobody has. A statement that joins whole tables in the belief that they are empty may
    compare each row with each: for a thousand readers it takes longer than anybody waits. Not to
    be called within a transaction that has written to them, for others could not.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNKNOWN, [list(tables)])
        unknown = [row[0] for row in cursor.fetchall()]
        for table in unknown:
            # Who has it in hand knows it a moment later.
            cursor.execute(f'ANALYZE (SKIP_LOCKED) "{table}"')
    return unknown


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
