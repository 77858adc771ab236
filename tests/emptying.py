"""Pytest plugin: after a test that commits, only the tables that hold rows are emptied.

Django truncates every table and makes its own rows anew, which takes longer than most tests do.
"""

from typing import Any

import pytest

# Made by the migrations for all tests.
_KEPT = {"django_migrations", "django_content_type", "auth_permission"}
_TABLES = """
SELECT relname FROM pg_class
WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
"""


def empty_tables() -> None:
    """Truncate, in one statement, what somebody has written into."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        quoted = [f'"{name}"' for (name,) in cursor.fetchall() if name not in _KEPT]
        looks = (f"(SELECT '{name}' FROM {name} LIMIT 1)" for name in quoted)
        cursor.execute(" UNION ALL ".join(looks))
        full = [name for (name,) in cursor.fetchall()]
        if full:
            cursor.execute(f"TRUNCATE {', '.join(full)} CASCADE")


def pytest_configure(config: pytest.Config) -> None:
    from django.test import TransactionTestCase

    whole = TransactionTestCase._fixture_teardown

    def teardown(self: Any) -> None:
        if self.reset_sequences:
            whole(self)
        else:
            empty_tables()

    TransactionTestCase._fixture_teardown = teardown
