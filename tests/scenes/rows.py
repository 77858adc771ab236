"""Rows that many tests begin with: worked out once, then written by one statement a table.

Django works out every value of every row, which for a day of the sample takes longer than a test.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

_INSERT = 'INSERT INTO "{}" ({}) SELECT {} FROM json_populate_recordset(NULL::"{}", %(told)s)'


@dataclass(frozen=True, slots=True)
class KeptRows:
    """Rows of a table as they were at a moment, with keys from 1 on."""

    table: str
    count: int
    insert: str
    told: str
    at: datetime


def numbered(rows: Iterable[models.Model]) -> None:
    """Give rows the keys that :func:`keep` wants, so that others can refer to them."""
    for key, row in enumerate(rows, 1):
        row.pk = key


def keep(
    rows: Sequence[models.Model],
    at: datetime,
    refers: Mapping[str, type[models.Model]] | None = None,
) -> KeptRows:
    """``rows`` of one model, which were :func:`numbered`, as they are at ``at``.

    ``refers``: columns that are no foreign keys and hold a key of that model nonetheless.
    """
    numbered(rows)
    meta = rows[0]._meta
    tables = {name: model._meta.db_table for name, model in (refers or {}).items()}
    columns, shown = [], list[str]()
    for each in meta.concrete_fields:
        if each.generated or isinstance(getattr(rows[0], each.attname), DatabaseDefault):
            continue
        columns.append(each)
        if each.primary_key:
            tables[each.column] = meta.db_table
        elif each.remote_field and any(getattr(row, each.attname) for row in rows):
            tables[each.column] = each.remote_field.model._meta.db_table
        moved = f" + %({tables[each.column]})s" if each.column in tables else ""
        if isinstance(each, models.DateTimeField):
            moved = " + %(shift)s"
        shown.append(f'"{each.column}"{moved}')
    told = [{each.column: _value(row, each, at) for each in columns} for row in rows]
    names = ", ".join(f'"{each.column}"' for each in columns)
    insert = _INSERT.format(meta.db_table, names, ", ".join(shown), meta.db_table)
    return KeptRows(meta.db_table, len(rows), insert, json.dumps(told, default=_as_text), at)


def write(every: Sequence[KeptRows], at: datetime) -> dict[str, int]:
    """Write the rows of several tables, those that are referred to first, as if it were ``at``.

    The number by which each table's keys are larger than those that were kept, by table.
    """
    moved: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for kept in every:
            cursor.execute(
                "SELECT setval(%(name)s, nextval(%(name)s) + %(count)s) - %(count)s",
                {"name": f"{kept.table}_id_seq", "count": kept.count},
            )
            (moved[kept.table],) = cursor.fetchone()
            cursor.execute(kept.insert, moved | {"told": kept.told, "shift": at - kept.at})
    return moved


def _value(row: models.Model, field: Any, at: datetime) -> Any:
    """What Django would write, which knows the moment of some columns by itself."""
    return at if getattr(field, "auto_now_add", False) else getattr(row, field.attname)


def _as_text(value: Any) -> str:
    """As PostgreSQL reads what JSON has no word for."""
    if isinstance(value, bytes):
        return rf"\x{value.hex()}"
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"no text for {value!r}")
