"""Pytest plugin: after a test that commits, only the tables that hold rows are emptied.

Django truncates every table and makes its own rows anew, which takes longer than most tests do.
"""

from typing import Any

import pytest

# Made by the migrations for all tests.
_KEPT = {"django_migrations", "django_content_type", "auth_permission"}
# Tables of a few pages are emptied row by row, without asking who refers to them.
_SMALL = 256 * 1024
_WRITTEN = """
SELECT relname, pg_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
"""


def empty_tables() -> None:
    """Take out what somebody has written.

    A truncated table gets new files, its indexes too, and so do all that refer to it: some hundred
    files for a row. Where that matters little, or nobody may leave references out of account
    (which is a superuser's right), tables are truncated, in one statement.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN)
        sizes = {name: size for name, size in cursor.fetchall() if name not in _KEPT}
        if not sizes:
            return
        cursor.execute(
            " UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in sizes)
        )
        full = [f'"{name}"' for (name,) in cursor.fetchall()]
        if not full:
            return
        cursor.execute("SELECT current_setting('is_superuser')")
        if cursor.fetchone() == ("on",) and max(sizes.values()) <= _SMALL:
            deletes = (f"DELETE FROM {name}" for name in full)
            # Sent together they are one transaction.
            cursor.execute("; ".join(["SET LOCAL session_replication_role = replica", *deletes]))
        else:
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
