"""Outcomes: late, twice and in any order, the gravest stands; and reports find their delivery."""

import uuid
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.kit.clock import now
from digest.models import Address, Delivery, ProviderEvent, Send, Subscription, Suppression
from digest.outbound.delivery.ledger import outcomes
from digest.outbound.returns.take import take_events
from tests.scenes import scene

pytestmark = pytest.mark.django_db

Outcome, State = Delivery.Outcome, Delivery.State


def sent_one(**fields: object) -> Delivery:
    send = scene.running_edition(1, now=now())
    given = {"state": State.SENT, "sent_at": now()} | fields
    Delivery.objects.filter(send_id=send.pk).update(**given)
    return Delivery.objects.get(send_id=send.pk)


@pytest.mark.parametrize("order", list(permutations(Outcome)))
def test_the_gravest_stands_in_any_order(order: tuple[Delivery.Outcome, ...]) -> None:
    row = sent_one()
    for outcome in order * 2:
        outcomes.record(row.send_id, row.address_id, outcome, at=now(), now=now())
    assert Delivery.objects.get().outcome == Outcome.COMPLAINT


def test_a_delivery_stands_over_a_soft_bounce() -> None:
    row = sent_one()
    for outcome in (Outcome.DELIVERED, Outcome.SOFT_BOUNCE):
        outcomes.record(row.send_id, row.address_id, outcome, at=now(), now=now())
    assert Delivery.objects.get().outcome == Outcome.DELIVERED


@pytest.mark.parametrize("outcome", [Outcome.HARD_BOUNCE, Outcome.COMPLAINT])
def test_a_hard_bounce_and_a_complaint_shut_the_address(outcome: Delivery.Outcome) -> None:
    row = sent_one()
    assert outcomes.record(row.send_id, row.address_id, outcome, at=now(), now=now()).suppressed
    assert Suppression.objects.count() == 1
    assert Subscription.objects.get().state == "ended"


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.PENDING},
        {"state": State.DEFERRED},
        {"state": State.FAILED},
        {"state": State.SKIPPED},
        {"state": State.CANCELLED},
        None,
    ],
)
def test_no_report_counts_for_a_copy_that_cannot_have_left(fields: dict[str, int] | None) -> None:
    row = sent_one(**(fields or {}))
    if fields is None:
        Delivery.objects.all().delete()
    for outcome in Outcome:
        done = outcomes.record(row.send_id, row.address_id, outcome, at=now(), now=now())
        assert (done.changed, done.suppressed) == (False, False)
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.SENDING, "leased_by": uuid.uuid4()},
        {"state": State.UNKNOWN},
        {"state": State.DEFERRED, "lost_answers": 1},
        {"state": State.CANCELLED, "lost_answers": 1},
    ],
)
def test_a_report_may_come_before_our_own_note(fields: dict[str, object]) -> None:
    row = sent_one(sent_at=None, **fields)
    done = outcomes.record(row.send_id, row.address_id, Outcome.HARD_BOUNCE, at=now(), now=now())
    assert (done.changed, done.suppressed) == (True, True)


@given(st.text(max_size=60))
def test_only_a_key_of_ours_is_read(text: str) -> None:
    found = outcomes.read_key(text)
    if found is not None:
        assert [int(part) for part in text.split("-")] == list(found)


def test_a_key_is_read_back() -> None:
    assert outcomes.read_key("17-42") == (17, 42)
    assert outcomes.read_key("17-") is None
    assert outcomes.read_key("٣-٤") is None
    assert outcomes.read_key("9" * 40 + "-1") is None


def report(status: str, row: Delivery, number: int = 1) -> None:
    ProviderEvent.objects.create(
        provider="whatsapp",
        event_id=f"{status}-{number}",
        received_at=now(),
        body={
            "kind": "status",
            "status": {
                "id": "wamid.1",
                "status": status,
                "timestamp": str(int(now().timestamp())),
                "biz_opaque_callback_data": f"{row.send_id}-{row.address_id}",
            },
        },
    )


def test_a_status_report_is_taken_once() -> None:
    row = sent_one()
    report("delivered", row)
    assert take_events(now=now()).used == 1
    assert take_events(now=now()).seen == 0
    assert Delivery.objects.get().outcome == Outcome.DELIVERED


@pytest.mark.parametrize("state", [State.DEFERRED, State.UNKNOWN])
def test_a_status_report_clears_up_a_lost_answer(state: Delivery.State) -> None:
    row = sent_one(state=state, sent_at=None, lost_answers=1)
    report("sent", row)
    take_events(now=now())
    assert Delivery.objects.get().state == State.SENT


@pytest.mark.parametrize("state", [State.DEFERRED, State.UNKNOWN])
def test_what_surely_did_not_arrive_has_no_answer_lost_any_more(state: Delivery.State) -> None:
    row = sent_one(state=state, sent_at=None, lost_answers=1)
    assert outcomes.missed(row.send_id, row.address_id, now=now(), words="blocked")
    left = Delivery.objects.get()
    assert (left.state == State.FAILED) == (state == State.UNKNOWN)
    assert left.lost_answers == 0
    assert not outcomes.handed_over(row.send_id, row.address_id)


def test_a_readers_message_opens_the_window_and_stop_ends_it_all() -> None:
    newsletter = scene.newsletter(channels=["whatsapp"])
    scene.readers(1, newsletter, now=now(), channel="whatsapp")
    address = Address.objects.get()

    def write(words: str, number: int) -> None:
        ProviderEvent.objects.create(
            provider="whatsapp",
            event_id=f"m{number}",
            received_at=now(),
            body={
                "kind": "message",
                "message": {"from": address.value[1:], "text": {"body": words}},
            },
        )
        take_events(now=now())

    write("Hello", 1)
    address.refresh_from_db()
    assert address.window_ends_at is not None
    write(" Stop. ", 2)
    assert Suppression.objects.get().reason == "reader"


@pytest.mark.parametrize("body", [{}, {"kind": "status"}, {"kind": "message", "message": {}}])
def test_what_nobody_understands_is_ticked_off(body: dict[str, object]) -> None:
    ProviderEvent.objects.create(provider="whatsapp", event_id="x", received_at=now(), body=body)
    assert take_events(now=now()).used == 0
    assert take_events(now=now()).seen == 0
    assert not Send.objects.exists()
