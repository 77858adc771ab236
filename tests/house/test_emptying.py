"""A test that commits leaves nothing to the next one, and what migrations made stays."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection

from digest.kit.clock import now
from digest.models import Delivery, Send
from tests.emptying import empty_tables
from tests.scenes import scene

pytestmark = pytest.mark.django_db(transaction=True)


def rows() -> dict[str, int]:
    """How many rows each table holds, but for what migrations made."""
    kept = {"django_migrations", "django_content_type", "auth_permission"}
    found = {}
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            found[name] = cursor.fetchone()[0]
    return {name: count for name, count in found.items() if count and name not in kept}


def test_every_table_that_was_written_is_empty_afterwards_partitions_too() -> None:
    permissions = Permission.objects.count()
    scene.running_edition(3, now=now())
    assert rows()["digest_delivery"] == 3
    empty_tables()
    assert rows() == {}
    assert not Delivery.objects.exists() and not Send.objects.exists()
    assert Permission.objects.count() == permissions > 0
    empty_tables()


@pytest.mark.parametrize("turn", [1, 2])
def test_one_test_after_the_other_begins_with_nothing(turn: int) -> None:
    assert rows() == {}
    scene.running_edition(1, now=now())
