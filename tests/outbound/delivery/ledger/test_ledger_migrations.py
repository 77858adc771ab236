"""The ledger's migrations can be taken back, and lead to the same table again."""

import uuid

import pytest
from django.core.management import call_command
from django.db import connection

from digest.kit.clock import now
from digest.models import Delivery
from tests.scenes import scene

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def rows(query: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def shape() -> list[tuple[object, ...]]:
    """Columns, constraints and indexes of the ledger and of one of its ranges."""
    return rows(
        "SELECT 'column', column_name, data_type FROM information_schema.columns"
        " WHERE table_name IN ('digest_delivery', 'digest_delivery_default')"
        " UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = 'digest_delivery'::regclass"
        " UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes"
        " WHERE tablename = 'digest_delivery'"
        " UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger"
        " WHERE tgrelid = 'digest_delivery'::regclass AND NOT tgisinternal"
        " ORDER BY 1, 2, 3"
    )


def test_leases_per_row_can_come_back() -> None:
    send = scene.running_edition(3, now=now())
    held = list(Delivery.objects.filter(send_id=send.pk).values_list("address_id", flat=True))[:2]
    Delivery.objects.filter(address_id__in=held).update(
        state=Delivery.State.SENDING, leased_by=uuid.uuid4(), next_try_at=None
    )
    Delivery.objects.filter(address_id=held[0]).update(lost_answers=1)
    before = shape()
    try:
        call_command("migrate", "digest", "0008", verbosity=0)
        assert ("column", "leased_until", "timestamp with time zone") in shape()
        found = rows(
            "SELECT state, lost_answers, next_try_at IS NULL FROM digest_delivery ORDER BY 1"
        )
        assert found == [(0, 0, False), (1, 1, False), (4, 2, True)]
    finally:
        call_command("migrate", "digest", verbosity=0)
    assert shape() == before
