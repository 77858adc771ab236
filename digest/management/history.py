"""Whether a database's tables come from this history of migrations: a foreign one is refused."""

from collections.abc import Collection

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from digest.kit.errors import SetupError

# Twice before 0.1.0 all migrations were put together as one: each time this had come second.
_BEFORE_THE_FIRST_RELEASE = frozenset({"0002_ledger", "0002_held_up"})
# And this last: a database that has it has the very tables that 0.1.0 makes.
_THE_SAME_TABLES = "0045_alert_picture"


class ForeignHistory(SetupError):
    """The database was made by a version with other migrations; the message says the remedy."""


def refuse_foreign() -> None:
    """Look at the default database; raise :exc:`ForeignHistory` when its history is not ours."""
    loader = MigrationLoader(connection)
    applied = {name for label, name in loader.applied_migrations if label == "digest"}
    known = {name for label, name in loader.disk_migrations if label == "digest"}
    judge(applied, known, home=str(settings.DIGEST_HOME))


def judge(applied: Collection[str], known: Collection[str], *, home: str) -> None:
    """Pure: compare the names of the migrations a database has with those this version has."""
    unknown = sorted(set(applied) - set(known))
    if _THE_SAME_TABLES in unknown:
        return
    if not _BEFORE_THE_FIRST_RELEASE.isdisjoint(unknown):
        raise ForeignHistory(
            "This database was made before 0.1.0, the first release, whose tables begin anew. "
            "Export what you want to keep with the version that made it (`digest feeds export`, "
            "`digest subscribers export`, `digest suppressions export`). Then move the data "
            f"folder {home} away or, if DATABASE_URL names a server of your own, make an empty "
            "database there and name that; start again, and import."
        )
    if unknown:
        raise ForeignHistory(
            f"This database was made by a later version: it has the migration {unknown[-1]}, "
            "which this one does not know. Install that version again, or restore a backup that "
            "was taken before it."
        )
