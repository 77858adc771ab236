"""The ledger's ranges: ahead of use, without blocking claims, dropped whole when old."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from digest.kit.clock import now
from digest.models import Delivery, Send, SendCount
from digest.outbound.delivery.figures.progress import figures
from digest.outbound.delivery.ledger import partitions

pytestmark = pytest.mark.django_db(transaction=True)

FAR = 77 * partitions.SPAN


@pytest.fixture(autouse=True)
def _no_ranges_left():
    yield
    with connection.cursor() as cursor:
        for name, _ in partitions._ranges():
            cursor.execute(f"DROP TABLE {name}")


def send(pk: int, **fields: object) -> Send:
    given = dict(
        pk=pk, kind="edition", source_id=pk, channel="email", lane="digests",
        due_at=now(), grace=timedelta(minutes=30), created_at=now(), state="done",
        finished_at=now(),
    )  # fmt: skip
    return Send.objects.create(**(given | fields))


def test_a_range_and_the_next_are_made_once() -> None:
    assert partitions.ensure(FAR + 5).made == ("digest_delivery_r77", "digest_delivery_r78")
    assert partitions.ensure(FAR + 9).made == ()
    Delivery.objects.create(send_id=FAR + 5, address_id=1, message_id=1, next_try_at=now())
    assert partitions.of(FAR + 5) == "digest_delivery_r77"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM digest_delivery_r77")
        assert cursor.fetchone() == (1,)


def test_a_range_whose_rows_lie_in_the_default_partition_stays_there() -> None:
    Delivery.objects.create(send_id=FAR + 5, address_id=1, message_id=1, next_try_at=now())
    assert partitions.ensure(FAR + 5).made == ("digest_delivery_r78",)
    assert partitions.of(FAR + 5) == "digest_delivery_default"


def test_a_range_keeps_the_ledgers_constraints_and_indexes() -> None:
    partitions.ensure(FAR)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'digest_delivery_r77'")
        assert cursor.fetchone() == (2,)
    with pytest.raises(Exception, match="delivery_sending_is_held"):
        Delivery.objects.create(send_id=FAR, address_id=1, message_id=1, state=2)


def test_making_ranges_does_not_wait_for_claims() -> None:
    partitions.ensure(1)
    Delivery.objects.create(send_id=1, address_id=1, message_id=1, next_try_at=now())
    made = []

    def make() -> None:
        made.append(partitions.ensure(FAR))
        connection.close()

    with transaction.atomic():
        Delivery.objects.filter(send_id=1).update(attempts=1)
        thread = threading.Thread(target=make)
        thread.start()
        thread.join(10)
        assert made


def test_old_ranges_are_dropped_whole_and_young_ones_stay() -> None:
    long_ago = now() - timedelta(days=400)
    span = partitions.SPAN
    partitions.ensure(1, ahead=2)
    send(1, finished_at=long_ago)
    send(span + 1, finished_at=long_ago)
    send(span + 2)
    send(2 * span)
    for pk in (1, span + 1, span + 2):
        Delivery.objects.create(send_id=pk, address_id=1, message_id=1, next_try_at=now())
    kept = partitions.drop_before(now() - timedelta(days=365))
    assert kept.dropped == ("digest_delivery_r0",)
    assert set(Delivery.objects.values_list("send_id", flat=True)) == {span + 1, span + 2}


def test_what_became_of_a_dropped_send_can_still_be_told() -> None:
    long_ago = now() - timedelta(days=400)
    partitions.ensure(1)
    send(1, finished_at=long_ago, total=5)
    send(partitions.SPAN + 1)
    for address in range(5):
        Delivery.objects.create(send_id=1, address_id=address, message_id=1, next_try_at=now())
    Delivery.objects.update(state=Delivery.State.FAILED, next_try_at=None)
    SendCount.objects.filter(send_id=1).update(backend=0)
    Delivery.objects.filter(address_id__lt=4).update(state=Delivery.State.SENT, sent_at=now())
    assert SendCount.objects.filter(send_id=1).count() == 2
    before = figures(1)
    assert partitions.drop_before(now()).dropped == ("digest_delivery_r0",)
    assert SendCount.objects.filter(send_id=1).count() == 1
    after = figures(1)
    assert before is not None and after is not None
    assert (after.sent, after.failed, after.queued) == (4, 1, 0)
    assert (after.sent, after.failed, after.queued) == (before.sent, before.failed, before.queued)


def test_a_send_that_never_ended_keeps_its_range() -> None:
    partitions.ensure(1)
    send(1, finished_at=None, state="paused")
    send(partitions.SPAN + 1)
    assert partitions.drop_before(now()).dropped == ()
