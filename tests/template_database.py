"""Pytest plugin: migrations run once for a state of their files; test databases are copies.

To migrate takes seconds in which nothing is written, for Django works out every model of every
migration. Each worker of xdist, and each run of one file, would do it again.
"""

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

_PREFIX = "digest_template_"
_MIGRATIONS = Path(__file__).resolve().parents[1] / "digest" / "migrations"


def name() -> str:
    """The template's name, which is another one when a migration or a library has changed."""
    told = hashlib.sha256()
    for each in ("django", "django-allauth"):
        told.update(version(each).encode())
    for path in sorted(_MIGRATIONS.rglob("*.*")):
        if path.suffix in {".py", ".sql"}:
            told.update(path.name.encode() + path.read_bytes())
    return _PREFIX + told.hexdigest()[:16]


def _others(cursor: Any, wanted: str) -> tuple[bool, list[str]]:
    """Whether there is such a database, and the templates of other states."""
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_PREFIX])
    found = {each for (each,) in cursor.fetchall()}
    return wanted in found, sorted(found - {wanted})


def pytest_configure() -> None:
    from django.conf import settings
    from django.db import Error
    from django.db.backends.postgresql.creation import DatabaseCreation

    migrated = DatabaseCreation.create_test_db

    def copied(self: Any, verbosity: int, autoclobber: bool, keepdb: bool) -> str:
        """What Django does, but for migrating what is migrated."""
        made = str(self._get_test_db_name())
        self._create_test_db(verbosity, autoclobber, keepdb)
        self.connection.close()
        settings.DATABASES[self.connection.alias]["NAME"] = made
        self.connection.settings_dict["NAME"] = made
        self.connection.ensure_connection()
        return made

    def create_test_db(
        self: Any,
        verbosity: int = 1,
        autoclobber: bool = False,
        serialize: bool = True,
        keepdb: bool = False,
    ) -> str:
        wanted = name()
        with self._nodb_cursor() as cursor:
            # One makes it, the others wait; the lock ends with the connection.
            cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [_PREFIX])
            there, others = _others(cursor, wanted)
            if there:
                self.connection.settings_dict["TEST"]["TEMPLATE"] = wanted
                return copied(self, verbosity, autoclobber, keepdb)
            made = str(migrated(self, verbosity, autoclobber, serialize, keepdb))
            self.connection.close()
            self.connection.close_pool()
            cursor.execute(f'CREATE DATABASE "{wanted}" TEMPLATE "{made}"')
            for each in others:
                try:
                    cursor.execute(f'DROP DATABASE IF EXISTS "{each}"')
                except Error:  # somebody copies it
                    pass
            return made

    DatabaseCreation.create_test_db = create_test_db
