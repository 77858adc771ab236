"""What is older than an operator keeps goes, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest

from digest.kit.clock import now
from digest.models import Attempt, Delivery, ProviderEvent, Send
from digest.outbound.delivery.ledger import partitions
from digest.outbound.delivery.ledger.retention import Forgotten, forget
from tests.scenes import scene

pytestmark = pytest.mark.django_db

YEARS_AGO = timedelta(days=800)


def old_things() -> Send:
    send = scene.running_edition(3, now=now())
    then = now() - YEARS_AGO
    Send.objects.filter(pk=send.pk).update(state=Send.State.DONE, finished_at=then)
    for at in (then, now()):
        Attempt.objects.create(send_id=send.pk, address_id=1, number=1, at=at, result="failed")
        for processed in (at, None):
            ProviderEvent.objects.create(
                provider="x", event_id=f"{at} {processed}", body={}, received_at=at,
                processed_at=processed,
            )  # fmt: skip
    return send


def test_old_attempts_and_reports_go_and_new_ones_stay() -> None:
    old_things()
    assert forget(now=now()) == Forgotten((), attempts=1, events=1)
    assert forget(now=now()) == Forgotten()
    assert Attempt.objects.count() == 1
    assert ProviderEvent.objects.count() == 3


def test_a_range_goes_when_all_its_sends_are_old_and_a_newer_one_is_in_use() -> None:
    send = old_things()
    assert forget(now=now()).ranges == ()
    newer = (send.pk // partitions.SPAN + 1) * partitions.SPAN + 1
    Send.objects.create(
        pk=newer, kind="alert", source_id=1, channel="email", lane="alerts", due_at=now(),
        grace=timedelta(hours=1), created_at=now(),
    )  # fmt: skip
    # The pending send of another range is new; those of this range must all have ended.
    assert len(forget(now=now()).ranges) == 1
    assert not Delivery.objects.filter(send_id=send.pk).exists()
    assert Send.objects.filter(pk=send.pk).exists()


def test_zero_days_keep_everything(settings: Any) -> None:
    settings.DIGEST_KEEP_LEDGER = timedelta()
    old_things()
    assert forget(now=now()) == Forgotten()
