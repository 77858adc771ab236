"""The first schema keeps its word: keys, constraints, partitions, rows nobody may change."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from digest.kit.clock import now
from digest.models import AuditEntry, Delivery, Send

pytestmark = pytest.mark.django_db


def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "digest", check=True, dry_run=True, verbosity=0)


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
