"""The schema keeps its word: keys, constraints, partitions, rows nobody may change, its history."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from digest.__main__ import bring_tables_up_to_date
from digest.kit import env
from digest.kit.clock import now
from digest.models import AuditEntry, Delivery, Send

pytestmark = pytest.mark.django_db


def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "digest", check=True, dry_run=True, verbosity=0)


def test_no_row_may_be_changed_where_the_code_says_so() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE p.proname = 'digest_append_only'"
        )
        found = {name for (name,) in cursor.fetchall()}
    assert found == {
        "digest_audit_entry", "digest_consent", "digest_edition_revision", "digest_alert_revision",
        "digest_message",
    }  # fmt: skip


def test_a_column_named_channel_holds_a_name_of_32_characters() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, character_maximum_length FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'channel'"
        )
        found = dict(cursor.fetchall())
    assert len(found) >= 8
    assert set(found.values()) == {32}


@pytest.mark.parametrize("migration", ["0002_ledger", "0002_held_up"])
def test_a_database_of_before_the_first_release_is_refused_with_the_remedy(
    migration: str, capsys: pytest.CaptureFixture[str]
) -> None:
    MigrationRecorder(connection).record_applied("digest", migration)
    with pytest.raises(env.Misconfigured, match=r"before 0\.1\.0.*subscribers export.*move the"):
        bring_tables_up_to_date()
    with pytest.raises(CommandError, match=r"made before 0\.1\.0"):
        call_command("migrate", "--skip-checks", verbosity=0)
    with pytest.raises(SystemExit):
        call_command("doctor", "--json")
    assert "made before 0.1.0" in capsys.readouterr().out


def test_a_database_that_had_the_last_migration_before_the_first_release_goes_on() -> None:
    for name in ("0002_held_up", "0045_alert_picture"):
        MigrationRecorder(connection).record_applied("digest", name)
    call_command("migrate", "--check", verbosity=0)
    bring_tables_up_to_date()


def test_a_database_of_a_later_version_is_refused_by_name() -> None:
    MigrationRecorder(connection).record_applied("digest", "0999_later")
    with pytest.raises(env.Misconfigured, match=r"a later version.*0999_later"):
        bring_tables_up_to_date()


def test_the_ledger_is_partitioned_and_keyed_by_send_and_address() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind FROM pg_class WHERE relname = 'digest_delivery'")
        assert cursor.fetchone() == ("p",)
    Delivery.objects.create(send_id=1, address_id=2, message_id=3, next_try_at=now())
    with pytest.raises(DatabaseError), transaction.atomic():
        Delivery.objects.create(send_id=1, address_id=2, message_id=4, next_try_at=now())


def test_the_ledger_table_has_the_columns_of_the_model() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, is_nullable = 'YES' FROM information_schema.columns"
            " WHERE table_name = 'digest_delivery'"
        )
        columns = dict(cursor.fetchall())
    fields = {field.column: field.null for field in Delivery._meta.concrete_fields if field.column}
    assert columns == fields


def test_a_send_is_unique_per_source_revision_and_channel() -> None:
    send = dict(
        kind="alert", source_id=1, revision=1, channel="email", lane="alerts", due_at=now(),
        grace="00:30:00", created_at=now(),
    )  # fmt: skip
    Send.objects.create(**send)
    with pytest.raises(DatabaseError), transaction.atomic():
        Send.objects.create(**send)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_audit_trail_refuses_changes(change: str) -> None:
    AuditEntry.objects.create(at=now(), who="a", verb="b", subject_kind="c")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows = AuditEntry.objects.filter(who="a")
        rows.update(who="z") if change == "update" else rows.delete()
