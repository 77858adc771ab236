"""PostgreSQL: does it answer, is it new enough, are its tables ours, is its clock ours."""

from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from digest.management import history
from digest.management.examination.finding import Finding, error, ok, warning

OLDEST = 14  # what Django 5.2 supports
_DRIFT_NOTED, _DRIFT_HARMFUL = 1.0, 5.0
_SEVERAL_WORKERS = 60


def database(settings: Any, *, now: datetime) -> list[Finding]:
    """Look at the database; one finding when it does not answer. ``now`` is this machine's time."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT clock_timestamp(), current_setting('max_connections')::int,"
                " current_setting('server_version_num')::int"
            )
            theirs, most, version = cursor.fetchone()
    except DatabaseError as failure:
        return [
            error(
                "database",
                f"It does not answer: {str(failure).strip().splitlines()[0]}",
                "Check DATABASE_URL and that PostgreSQL runs; or unset DATABASE_URL and REDIS_URL"
                " to use the embedded servers.",
            )
        ]
    return [_version(version), _migrations(settings), _connections(most), clock(theirs, now)]


def clock(theirs: datetime, ours: datetime) -> Finding:
    """Judge the distance of two clocks. Leases and due times are read by both."""
    off = abs((theirs - ours).total_seconds())
    if off < _DRIFT_NOTED:
        return ok("clock", "The database's clock and this machine's agree.")
    judge = error if off >= _DRIFT_HARMFUL else warning
    return judge(
        "clock",
        f"The database's clock is {off:.1f} s off this machine's.",
        "Run NTP (systemd-timesyncd, chrony) on both: leases and due times depend on it.",
    )


def _version(version: int) -> Finding:
    major = version // 10_000
    if major < OLDEST:
        return error(
            "database", f"PostgreSQL {major} is too old.", f"Use {OLDEST} or newer; 18 is tested."
        )
    return ok("database", f"PostgreSQL {major} answers.")


def _migrations(settings: Any) -> Finding:
    try:
        history.refuse_foreign()
    except history.ForeignHistory as failure:
        found, remedy = str(failure).split(". ", 1)
        return error("tables", f"{found}.", remedy)
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        # Every other `digest` command applies them; in production somebody decides when.
        judge = error if settings.DIGEST_PRODUCTION else warning
        return judge("tables", f"{missing} migrations are not applied.", "Run `digest migrate`.")
    return ok("tables", "Every migration is applied.")


def _connections(most: int) -> Finding:
    if most < _SEVERAL_WORKERS:
        return warning(
            "connections",
            f"max_connections is {most}; a machine of workers uses about 30.",
            f"Raise it to {_SEVERAL_WORKERS} or more, or put PgBouncer in front.",
        )
    return ok("connections", f"max_connections is {most}.")
