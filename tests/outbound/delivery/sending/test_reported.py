"""A WhatsApp message whose answer was lost waits for Meta's status; without one it stays alone."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from digest.kit.clock import now
from digest.models import Address, Delivery, ProviderEvent, Run, Send
from digest.outbound.delivery.control.sweep import sweep
from digest.outbound.delivery.core.retry import REPORT_PAUSE
from digest.outbound.delivery.ledger import recover
from digest.outbound.delivery.ledger.journal import IntentState, Legacy, boot
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert
from digest.outbound.delivery.sending.send import send_some
from digest.outbound.returns.take import take_events
from tests.fakes.in_thread import in_thread
from tests.fakes.whatsapp import PHONE_ID, TOKEN, CloudApi, serve
from tests.scenes import scene

pytestmark = [pytest.mark.django_db(transaction=True)]
State = Delivery.State
NUMBER = "+6591234567"


@pytest.fixture
def meta(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudApi]:
    settings.DIGEST_CHANNELS = ["whatsapp"]
    settings.DIGEST_ALLOWED_RECIPIENTS = ["*"]
    with in_thread(CloudApi(), serve) as api:
        monkeypatch.setenv("DIGEST_WHATSAPP_URL", api.url)
        monkeypatch.setenv("DIGEST_WHATSAPP_PHONE_ID", PHONE_ID)
        monkeypatch.setenv("DIGEST_WHATSAPP_TOKEN", TOKEN)
        yield api


def alert() -> Send:
    scene.readers(1, None, now=now(), channel="whatsapp")
    Address.objects.update(value=NUMBER)
    ids = plan_alert(scene.alert(now=now()).alert_id, 1, now=now()).send_ids
    send = Send.objects.get(pk__in=ids)
    fan_out(send.pk, now=now())
    return send


def row() -> Delivery:
    return Delivery.objects.get()


def status(word: str, *, key: str, code: int = 0, name: str = "wamid.late") -> None:
    told: dict[str, Any] = {
        "id": name,
        "status": word,
        "timestamp": str(int(now().timestamp())),
        "recipient_id": NUMBER[1:],
    }
    if key:
        told["biz_opaque_callback_data"] = key
    if code:
        told["errors"] = [{"code": code, "title": "x"}]
    ProviderEvent.objects.create(
        provider="whatsapp",
        event_id=str(uuid.uuid4()),
        body={"kind": "status", "status": told},
        received_at=now(),
    )
    take_events(now=now())


def due_now() -> None:
    Delivery.objects.filter(next_try_at__isnull=False).update(next_try_at=now())


def lose(api: CloudApi) -> Send:
    """One message that Meta took without a word."""
    send = alert()
    api.script.append(CloudApi.NO_ANSWER)
    send_some(send.pk)
    assert (row().state, row().lost_answers, len(api.taken)) == (State.DEFERRED, 1, 1)
    waits = row().next_try_at
    assert waits is not None and waits > now() + REPORT_PAUSE - timedelta(minutes=1)
    return send


def test_a_lost_answer_is_not_repeated_while_no_status_comes(meta: CloudApi) -> None:
    send = lose(meta)
    send_some(send.pk)
    assert len(meta.taken) == 1, "it is not due"
    due_now()
    send_some(send.pk)
    assert len(meta.taken) == 1
    assert (row().state, row().attempts) == (State.UNKNOWN, 1)
    assert "not repeated" in (row().reply or "")
    sweep(now=now())
    assert Send.objects.get().state == Send.State.DONE


@pytest.mark.parametrize("has_key", [True, False], ids=["by its key", "by its reader"])
def test_a_status_that_it_was_taken_settles_it(meta: CloudApi, has_key: bool) -> None:
    send = lose(meta)
    status("sent", key=f"{send.pk}-{row().address_id}" if has_key else "")
    assert (row().state, row().provider_id) == (State.SENT, "wamid.late")
    due_now()
    send_some(send.pk)
    assert len(meta.taken) == 1


def test_a_late_status_settles_what_was_given_up(meta: CloudApi) -> None:
    send = lose(meta)
    due_now()
    send_some(send.pk)
    status("delivered", key=f"{send.pk}-{row().address_id}")
    assert (row().state, row().outcome) == (State.SENT, Delivery.Outcome.DELIVERED)


@pytest.mark.parametrize("has_key", [True, False], ids=["by its key", "by its reader"])
def test_a_status_that_it_failed_lets_it_be_sent_again(meta: CloudApi, has_key: bool) -> None:
    send = lose(meta)
    status("failed", key=f"{send.pk}-{row().address_id}" if has_key else "", code=131000)
    send_some(send.pk)
    assert (row().state, len(meta.taken)) == (State.SENT, 2)


def test_who_opted_out_in_the_meantime_gets_no_second_one(meta: CloudApi) -> None:
    send = lose(meta)
    status("failed", key=f"{send.pk}-{row().address_id}", code=131050)
    send_some(send.pk)
    assert (row().state, len(meta.taken)) == (State.SKIPPED, 1)


def test_a_killed_sender_leaves_what_it_had_begun_to_the_status(meta: CloudApi) -> None:
    send = alert()
    run = uuid.uuid4()
    Run.objects.create(id=run, send_id=send.pk, leased_until=now())
    Delivery.objects.update(state=State.SENDING, leased_by=run, next_try_at=None)
    states = {row().address_id: IntentState.INTENT}
    assert boot()
    settled = recover.settle(Legacy(run, send.pk, states, same_boot=True))
    assert settled is not None and settled.lost == 1
    send_some(send.pk)
    assert meta.taken == []
    due_now()
    send_some(send.pk)
    assert (meta.taken, row().state) == ([], State.UNKNOWN)
    status("failed", key=f"{send.pk}-{row().address_id}", code=131000)
    assert row().state == State.FAILED, "too late for another try, and on record"


def test_an_outcome_without_a_key_finds_the_copy_by_metas_name(meta: CloudApi) -> None:
    send = alert()
    send_some(send.pk)
    status("delivered", key="", name=row().provider_id or "")
    assert row().outcome == Delivery.Outcome.DELIVERED
    status("failed", key="", name="wamid.somebody-elses", code=131000)
    assert row().outcome == Delivery.Outcome.DELIVERED
