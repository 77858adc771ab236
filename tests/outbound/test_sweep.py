"""Sweeping: what a killed worker held comes back, what is finished is closed."""

import uuid
from datetime import timedelta

import pytest

from digest.kit.clock import now
from digest.models import Attempt, Delivery, Send
from digest.outbound.delivery import brake, plan
from digest.outbound.delivery.send import send_some
from digest.outbound.delivery.sweep import sweep
from tests.chaos import scene
from tests.chaos.scripted import Scripted

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State


def hold(send: Send, *, intended: bool = False, lost_answers: int = 0, seconds: int = -1) -> None:
    """Leave the send's rows as a worker that was killed would."""
    Delivery.objects.filter(send_id=send.pk).update(
        state=State.SENDING,
        leased_by=uuid.uuid4(),
        leased_until=now() + timedelta(seconds=seconds),
        intent_at=now() if intended else None,
        lost_answers=lost_answers,
    )


def row(send: Send) -> Delivery:
    return Delivery.objects.get(send_id=send.pk)


def test_what_was_not_begun_is_due_again_at_once() -> None:
    send = scene.running_edition(1, now=now())
    hold(send)
    swept = sweep(now=now())
    assert (swept.released, swept.lost) == (1, 0)
    assert swept.to_send == {"digests": (send.pk,)}
    assert (row(send).state, row(send).attempts, row(send).lost_answers) == (State.PENDING, 0, 0)
    assert send_some(send.pk, channel=Scripted()).sent == 1


def test_what_may_have_arrived_is_repeated_once() -> None:
    send = scene.running_edition(1, now=now())
    hold(send, intended=True)
    swept = sweep(now=now())
    assert (swept.released, swept.lost, swept.unknown) == (0, 1, 0)
    found = row(send)
    assert (found.state, found.lost_answers, found.intent_at) == (State.DEFERRED, 1, None)
    assert Attempt.objects.get().result == "unknown"
    assert send_some(send.pk, channel=Scripted()).sent == 1


def test_the_second_time_it_is_unknown() -> None:
    send = scene.running_edition(1, now=now())
    hold(send, intended=True, lost_answers=1)
    swept = sweep(now=now())
    assert (swept.lost, swept.unknown) == (1, 1)
    assert (row(send).state, row(send).lost_answers) == (State.UNKNOWN, 2)
    sweep(now=now())
    assert Send.objects.get(pk=send.pk).state == "done"


def test_a_repeat_that_was_not_begun_keeps_its_count() -> None:
    send = scene.running_edition(1, now=now())
    hold(send, lost_answers=1)
    sweep(now=now())
    assert (row(send).state, row(send).lost_answers) == (State.PENDING, 1)


def test_live_leases_are_left_alone_even_by_a_clock_that_jumped() -> None:
    send = scene.running_edition(1, now=now())
    hold(send, intended=True, seconds=30)
    swept = sweep(now=now() + timedelta(hours=5))
    assert (swept.released, swept.lost) == (0, 0)
    assert swept.to_send == {}
    assert row(send).state == State.SENDING


def test_a_send_that_nobody_works_on_is_woken() -> None:
    send = scene.running_edition(2, now=now())
    alert = scene.running_alert(2, now=now())
    assert sweep(now=now()).to_send == {"digests": (send.pk,), "alerts": (alert.pk,)}
    brake.pause(send.pk, now=now())
    assert sweep(now=now()).to_send == {"alerts": (alert.pk,)}


def test_what_waits_for_its_next_try_is_left_to_wait() -> None:
    send = scene.running_edition(1, now=now())
    Delivery.objects.update(state=State.DEFERRED, next_try_at=now() + timedelta(minutes=5))
    assert sweep(now=now()).to_send == {}
    assert Send.objects.get(pk=send.pk).state == "running"


def test_a_planned_send_that_nobody_fanned_out_is_woken() -> None:
    frozen = scene.edition(scene.newsletter(), now=now())
    (send_id,) = plan.plan_edition(frozen.edition_id, 1, now=now()).send_ids
    assert sweep(now=now()).to_fan_out == {"digests": (send_id,)}


def test_an_edition_without_readers_is_done() -> None:
    send = scene.running_edition(0, now=now())
    assert sweep(now=now()).finished == 1
    assert Send.objects.get(pk=send.pk).state == "done"


def test_what_a_worker_gave_back_after_a_cancellation_is_closed() -> None:
    send = scene.running_edition(3, now=now())
    hold(send)
    brake.cancel(send.pk, now=now())
    assert Send.objects.get(pk=send.pk).finished_at is None
    sweep(now=now())
    sweep(now=now())
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.CANCELLED}
    assert Send.objects.get(pk=send.pk).finished_at is not None
