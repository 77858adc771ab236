"""PostgreSQL: does it answer, is it new enough, are its tables ours, is its clock ours."""

from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from digest.kit import connection_budget
from digest.kit.doctor.finding import Finding, error, ok, warning
from digest.management import history

OLDEST = 14  # what Django 5.2 supports
_DRIFT_NOTED, _DRIFT_HARMFUL = 1.0, 5.0


def database(settings: Any, *, now: datetime) -> list[Finding]:
    """Look at the database; one finding when it does not answer. ``now`` is this machine's time."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT clock_timestamp(), current_setting('max_connections')::int"
                " - current_setting('superuser_reserved_connections')::int,"
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
    return [_version(version), _migrations(settings), connections(most), clock(theirs, now)]


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


def connections(most: int) -> Finding:
    """Judge ``most``, what the server lets us open together, by the table of connections."""
    needed, another = connection_budget.needed(), connection_budget.of_another_machine()
    words = f"The server gives {most}; one machine of ours may use {needed}."
    if most < needed:
        return warning(
            "connections",
            f"{words} In a busy hour alerts may find none.",
            f"Set max_connections to {needed + 20} or more, and {another} more for each further"
            " machine of workers; or put PgBouncer in front.",
        )
    return ok("connections", f"{words} Each further machine of workers adds {another}.")
