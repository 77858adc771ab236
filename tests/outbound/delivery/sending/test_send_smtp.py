"""A run over real SMTP: what the relay did and what the ledger says agree."""

from collections import Counter
from collections.abc import Iterator

import pytest

from digest.kit.clock import now
from digest.models import (
    Attempt,
    Delivery,
    ProviderEvent,
    Send,
    SoftBounces,
    Subscription,
    Suppression,
)
from digest.outbound.delivery.sending.send import send_some
from digest.outbound.returns.take import take_events
from tests.fakes.smtp import DROP_REPLY, HANG_UP, Sink, running
from tests.scenes import scene

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State


@pytest.fixture
def sink(settings: object) -> Iterator[Sink]:
    with running(Sink()) as served:
        settings.DIGEST_SMTP_URL = served.url  # type: ignore[attr-defined]
        yield served


def addresses(send: Send) -> list[str]:
    rows = Delivery.objects.filter(send_id=send.pk).order_by("address_id")
    return list(rows.values_list("address__value", flat=True))


def work(send: Send, rounds: int = 6) -> None:
    for _ in range(rounds):
        send_some(send.pk)
        Delivery.objects.filter(send_id=send.pk, state=State.DEFERRED).update(next_try_at=now())


def received(sink: Sink) -> Counter[str]:
    return Counter(mail.recipient for mail in sink.taken)


def test_everybody_gets_a_mail_of_their_own(sink: Sink) -> None:
    send = scene.running_edition(120, now=now())
    assert send_some(send.pk).sent == 120
    assert received(sink) == Counter(addresses(send))
    assert len({mail.id for mail in sink.taken}) == 120
    assert sink.most_in_flight <= 10
    codes = set(Delivery.objects.values_list("code", flat=True))
    assert codes == {250}


def test_refusals_hang_ups_and_lost_replies_lose_nobody(sink: Sink) -> None:
    send = scene.running_edition(100, now=now())
    values = addresses(send)
    sink.on_recipient[values[0]] = ["451 4.7.1 greylisted"]
    sink.on_content[values[1]] = ["452 4.2.2 full"] * 2
    sink.on_recipient[values[2]] = ["550 5.1.1 no such user"]
    sink.on_data[values[3]] = [HANG_UP]
    sink.on_content[values[4]] = [HANG_UP]
    sink.on_content[values[5]] = [DROP_REPLY]
    sink.on_content[values[6]] = [DROP_REPLY] * 9
    work(send)
    got = received(sink)
    assert [got[values[number]] for number in range(7)] == [1, 1, 0, 1, 1, 2, 2]
    assert all(got[value] == 1 for value in values[7:])
    states = Counter(State(row.state) for row in Delivery.objects.filter(send_id=send.pk))
    assert states == {State.SENT: 98, State.FAILED: 1, State.UNKNOWN: 1}
    assert Send.objects.get(pk=send.pk).state == "done"


def test_a_repeat_carries_the_same_message_id(sink: Sink) -> None:
    send = scene.running_edition(1, now=now())
    sink.on_content[addresses(send)[0]] = [DROP_REPLY]
    work(send)
    assert len(sink.taken) == 2
    assert len({mail.id for mail in sink.taken}) == 1
    assert len({mail.sender for mail in sink.taken}) == 1


def test_the_same_ids_in_a_fresh_database_make_another_message_id(sink: Sink) -> None:
    send = scene.running_edition(1, now=now())
    work(send)
    # As if the database had been lost: the same rows under the same ids once more.
    row = Send.objects.values().get()
    del row["message_id_suffix"]
    Send.objects.all().delete()
    Send.objects.create(**row | {"state": Send.State.RUNNING})
    Delivery.objects.update(state=State.PENDING, next_try_at=now(), attempts=0)
    work(send)
    first, second = (mail.id.partition("@")[0].partition(".") for mail in sink.taken)
    assert first[0] == second[0] == f"{send.pk}-{Delivery.objects.get().address_id}"
    assert len(first[2]) == len(second[2]) == 15
    assert first[2] != second[2]


def test_a_relay_that_comes_back_gets_everything(settings: object) -> None:
    send = scene.running_edition(30, now=now())
    settings.DIGEST_SMTP_URL = "smtp://127.0.0.1:9"  # type: ignore[attr-defined]
    assert send_some(send.pk).stalled
    with running(Sink()) as sink:
        settings.DIGEST_SMTP_URL = sink.url  # type: ignore[attr-defined]
        work(send, rounds=2)
        assert received(sink) == Counter(addresses(send))


def test_a_relay_that_wants_none_of_us_pauses_the_send(sink: Sink) -> None:
    send = scene.running_edition(30, now=now())
    sink.greetings = ["554 5.7.1 your network is blocked"] * 50
    assert send_some(send.pk).stalled
    found = Send.objects.get(pk=send.pk)
    assert found.state == "paused"
    assert "your network is blocked" in found.state_reason
    assert sink.taken == []


NO_MAILBOX = [
    "550 5.1.1 no such user",
    "550 5.1.10 null MX",
    "550 User unknown",
    "550 5.1.6 the mailbox has moved",
]
OTHERWISE = [
    "554 5.7.1 <reader>: Recipient address rejected: Access denied",
    "550 5.7.1 user unknown to our policy",
    "552 5.2.2 mailbox full",
    "550 5.1.8 Sender address rejected: Domain not found",
    "550 Requested action not taken: mailbox unavailable",
    "550 no",
    "550 5.2.1 The user is receiving mail at a rate that prevents additional messages",
    "550 5.1.1 <reader>... IP address blacklisted by recipient",
    "554 5.3.4 message too big",
    "550 5.6.0 content rejected",
    "451 4.1.1 user unknown for now",
]


@pytest.mark.parametrize("where", ["on_recipient", "on_content"])
def test_a_mailbox_that_the_relay_does_not_know_is_shut_as_by_a_bounce(
    sink: Sink, where: str
) -> None:
    send = scene.running_edition(20, now=now())
    values = addresses(send)
    replies = NO_MAILBOX if where == "on_recipient" else NO_MAILBOX[:2]
    for value, reply in zip(values, replies + OTHERWISE, strict=False):
        getattr(sink, where)[value] = [reply]
    assert send_some(send.pk).sent == 20 - len(replies + OTHERWISE)
    assert take_events(now=now()).used == len(replies)
    shut = values[: len(replies)]
    rows = Delivery.objects.filter(send_id=send.pk, outcome=Delivery.Outcome.HARD_BOUNCE)
    assert sorted(rows.values_list("address__value", flat=True)) == sorted(shut)
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"bounce"}
    ended = Subscription.objects.filter(ended_reason="bounce")
    assert sorted(ended.values_list("address__value", flat=True)) == sorted(shut)
    assert Suppression.objects.count() == len(shut)
    assert not SoftBounces.objects.exists()


def test_a_copy_that_is_retried_by_hand_shuts_nobody_twice(sink: Sink) -> None:
    send = scene.running_edition(1, now=now())
    (value,) = addresses(send)
    sink.on_recipient[value] = ["550 5.1.1 no such user"] * 2
    send_some(send.pk)
    Delivery.objects.update(state=State.DEFERRED, attempts=0, next_try_at=now())
    Send.objects.update(state="running")
    send_some(send.pk)
    assert ProviderEvent.objects.count() == 1
    assert (take_events(now=now()).used, take_events(now=now()).seen) == (1, 0)
    Delivery.objects.update(state=State.DEFERRED, next_try_at=now())
    Send.objects.update(state="running")
    assert send_some(send.pk).skipped == 1


def test_no_reply_in_the_ledger_quotes_a_readers_address(sink: Sink) -> None:
    send = scene.running_edition(4, now=now())
    gone, full, held, fine = addresses(send)
    sink.on_recipient[gone] = [f"550 5.1.1 <{gone}>: no such user"]
    sink.on_content[full] = [f"452 4.2.2 {full.upper()} is full"]
    sink.on_recipient[held] = [f"451 4.7.1 greylisted, {held}"] * 2
    sink.on_content[fine] = [f"250 2.0.0 queued for {fine}"]
    work(send)
    take_events(now=now())
    said = [row.reply or "" for row in Delivery.objects.filter(send_id=send.pk)]
    said += Attempt.objects.values_list("reply", flat=True)
    said += [str(event.body) for event in ProviderEvent.objects.all()]
    assert any("no such user" in each for each in said)
    assert not [each for each in said if "@" in each]
    # What was struck out is the address alone: the mailbox is shut as before.
    assert Suppression.objects.count() == 1
