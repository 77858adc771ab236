"""Sweeping: what a killed worker held comes back, what is finished is closed."""

import fcntl
import os
import time
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from digest.kit import wake
from digest.kit.clock import now
from digest.models import Attempt, Delivery, Run, Send
from digest.outbound.delivery.control import controls
from digest.outbound.delivery.control.sweep import sweep
from digest.outbound.delivery.ledger.journal import IntentState, Journal, Legacy, read
from digest.outbound.delivery.ledger.recover import Settled, journals, settle
from digest.outbound.delivery.planning import plan
from digest.outbound.delivery.sending.send import send_some
from tests.scenes import scene
from tests.scenes.scripted import Scripted

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_HOME", str(tmp_path))


def hold(send: Send, *, lost_answers: int = 0, seconds: int = 30) -> uuid.UUID:
    """Let a run hold the send's rows, its lease for ``seconds`` more."""
    run = uuid.uuid4()
    Run.objects.create(id=run, send_id=send.pk, leased_until=now() + timedelta(seconds=seconds))
    Delivery.objects.filter(send_id=send.pk).update(
        state=State.SENDING, leased_by=run, next_try_at=None, lost_answers=lost_answers
    )
    return run


def die(send: Send, run: uuid.UUID, *, begun: int = 0, accepted: int = 0) -> None:
    """Leave the journal that ``run`` would leave: so many begun, the first of them accepted."""
    journal = Journal.open(journals(), run, send.pk)
    ids = Delivery.objects.filter(send_id=send.pk).order_by("address_id")
    for number, address_id in enumerate(ids.values_list("address_id", flat=True)[:begun]):
        journal.intend(address_id)
        if number < accepted:
            journal.answered(address_id, accepted=True)
    journal.close(settled=False)


def row(send: Send) -> Delivery:
    return Delivery.objects.get(send_id=send.pk)


def test_what_was_not_begun_is_due_again_at_once() -> None:
    send = scene.running_edition(1, now=now())
    die(send, hold(send))
    swept = sweep(now=now())
    assert swept.settled == Settled(released=1)
    assert swept.to_send == {"digests": (send.pk,)}
    assert (row(send).state, row(send).attempts, row(send).lost_answers) == (State.PENDING, 0, 0)
    assert send_some(send.pk, channel=Scripted()).sent == 1
    assert list(journals().iterdir()) == []


def test_a_dead_run_is_settled_from_its_journal_to_the_mail() -> None:
    send = scene.running_edition(10, now=now())
    die(send, hold(send), begun=7, accepted=6)
    assert sweep(now=now()).settled == Settled(sent=6, released=3, lost=1)
    assert sweep(now=now()).settled == Settled()
    channel = Scripted()
    assert send_some(send.pk, channel=channel).sent == 4
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.SENT}


def test_the_next_run_on_the_machine_settles_it_without_a_sweep() -> None:
    send = scene.running_edition(10, now=now())
    die(send, hold(send), begun=2, accepted=2)
    assert send_some(send.pk, channel=Scripted()).sent == 8


def test_what_may_have_arrived_is_repeated_once() -> None:
    send = scene.running_edition(1, now=now())
    die(send, hold(send), begun=1)
    assert sweep(now=now()).settled == Settled(lost=1)
    found = row(send)
    assert (found.state, found.lost_answers, found.leased_by) == (State.DEFERRED, 1, None)
    assert Attempt.objects.get().result == "unknown"
    assert send_some(send.pk, channel=Scripted()).sent == 1


def test_the_second_time_it_is_unknown() -> None:
    send = scene.running_edition(1, now=now())
    die(send, hold(send, lost_answers=1), begun=1)
    assert sweep(now=now()).settled == Settled(lost=1, unknown=1)
    assert (row(send).state, row(send).lost_answers) == (State.UNKNOWN, 2)
    assert Send.objects.get(pk=send.pk).state == "done"


def test_a_repeat_that_was_not_begun_keeps_its_count() -> None:
    send = scene.running_edition(1, now=now())
    die(send, hold(send, lost_answers=1))
    sweep(now=now())
    assert (row(send).state, row(send).lost_answers) == (State.PENDING, 1)


def test_a_living_run_is_left_alone_even_by_a_clock_that_jumped() -> None:
    send = scene.running_edition(1, now=now())
    run = hold(send)
    journal = Journal.open(journals(), run, send.pk)
    assert sweep(now=now() + timedelta(hours=5)).settled == Settled()
    assert sweep(now=now()).to_send == {}
    assert row(send).state == State.SENDING
    journal.close(settled=True)


def test_a_machine_that_does_not_come_back_costs_one_repeat_at_most() -> None:
    send = scene.running_edition(3, now=now())
    hold(send, seconds=-60)
    assert sweep(now=now()).settled == Settled()
    Run.objects.update(leased_until=now() - timedelta(seconds=121))
    assert sweep(now=now()).settled == Settled(lost=3)
    hold(send, lost_answers=1, seconds=-121)
    assert sweep(now=now()).settled == Settled(lost=3, unknown=3)


def test_after_a_power_cut_what_the_journal_may_have_lost_counts_as_begun() -> None:
    send = scene.running_edition(3, now=now())
    run = hold(send)
    ids = list(Delivery.objects.values_list("address_id", flat=True).order_by("address_id"))
    left = Legacy(
        run, send.pk, {ids[0]: IntentState.ACCEPTED, ids[1]: IntentState.REFUSED}, same_boot=False
    )
    assert settle(left) == Settled(sent=1, released=1, lost=1)


def test_a_journal_whose_run_was_killed_before_it_began_is_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def die_here(*_: object) -> None:
        raise InterruptedError

    monkeypatch.setattr(Path, "rename", die_here)
    for _ in range(2):
        with pytest.raises(InterruptedError):
            Journal.open(journals(), uuid.uuid4(), 1)
    old, fresh = sorted(journals().iterdir())
    os.utime(old, (time.time() - 3600,) * 2)
    beginning = os.open(old.with_name("living.new"), os.O_WRONLY | os.O_CREAT)
    fcntl.flock(beginning, fcntl.LOCK_EX)
    os.utime(beginning, (time.time() - 3600,) * 2)
    sweep(now=now())
    assert {path.name for path in journals().iterdir()} == {fresh.name, "living.new"}
    os.close(beginning)
    sweep(now=now())
    assert {path.name for path in journals().iterdir()} == {fresh.name}


def test_a_journal_torn_in_the_middle_of_a_record_is_read_up_to_it(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path, uuid.uuid4(), 7)
    journal.intend(11)
    journal.answered(11, accepted=True)
    journal.intend(12)
    journal.seal()
    whole = journal.path.read_bytes()
    found = read(whole)
    assert found is not None
    assert found.states == {11: IntentState.ACCEPTED, 12: IntentState.INTENT}
    assert found.same_boot
    for cut in range(1, 9):
        torn = read(whole[:-cut])
        assert torn is not None
        assert torn.states == {11: IntentState.ACCEPTED}
    assert read(whole[:20]) is None
    journal.close(settled=True)


def test_a_send_that_nobody_works_on_is_woken() -> None:
    send = scene.running_edition(2, now=now())
    alert = scene.running_alert(2, now=now())
    assert sweep(now=now()).to_send == {"digests": (send.pk,), "alerts": (alert.pk,)}
    controls.pause(send.pk, now=now())
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


def test_an_edition_without_readers_is_done_at_once_and_calls_no_sender(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[str] = []
    monkeypatch.setattr(wake, "on_commit", lambda stage, *ids: called.append(stage))
    send = scene.running_edition(0, now=now())
    assert Send.objects.get(pk=send.pk).state == "done"
    assert not [stage for stage in called if stage.startswith("send:")]
    other = scene.running_edition(1, now=now(), slug="other")
    assert called[-1] == "send:digests"
    Delivery.objects.filter(send=other).update(state=State.SKIPPED, next_try_at=None)
    assert sweep(now=now()).finished == 1


def test_what_a_worker_gave_back_after_a_cancellation_is_closed() -> None:
    send = scene.running_edition(3, now=now())
    run = hold(send)
    controls.cancel(send.pk, now=now())
    assert Send.objects.get(pk=send.pk).finished_at is None
    die(send, run)
    sweep(now=now())
    sweep(now=now())
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.CANCELLED}
    assert Send.objects.get(pk=send.pk).finished_at is not None
