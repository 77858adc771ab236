"""The whole chain of a personal digest, task by task, to the mail: once, however often it runs."""

from datetime import time

import pytest
import time_machine

from digest.audience.core.tokens import confirm_token
from digest.audience.joining.confirm import confirm
from digest.audience.joining.subscribe import SignUp, subscribe
from digest.kit.clock import now
from digest.models import Delivery, Letter, Message, Schedule, Send, Slot
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.sending.send import send_some
from tests.clocks import travel_together
from tests.newsdesk.desk import SLOT, hours, story, topic
from tests.scenes.scripted import Scripted
from workers import outbound

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    travel_together(monkeypatch)


def reader(value: str, *topics: str, secret: str) -> None:
    wish = SignUp("email", value, topics=topics, local_time=time(7), time_zone="Asia/Singapore")
    subscribe(wish, now=now())
    letter = Letter.objects.get(address__value=value)
    confirm(confirm_token(secret, letter.pk), now=now())


def test_readers_of_one_signature_share_an_edition_and_each_gets_one_mail(settings) -> None:
    for name in ("Korea", "Trade", "Sport"):
        topic(name)
    with time_machine.travel(SLOT - hours(20), tick=True):
        reader("a@readers.example", "korea", "trade", secret=settings.SECRET_KEY)
        reader("b@readers.example", "korea", "trade", secret=settings.SECRET_KEY)
        reader("c@readers.example", "trade", secret=settings.SECRET_KEY)
        reader("d@readers.example", "sport", secret=settings.SECRET_KEY)
        outbound.slots()
    assert not Slot.objects.exists()
    story("Border talks resume", ["A", "B", "C"], topics=["Korea"])
    story("Ports a day behind", ["A", "B", "C", "D"], topics=["Trade"])
    channel = Scripted()
    with time_machine.travel(SLOT + hours(0.01), tick=True):
        for _ in range(3):
            outbound.slots()
        (send,) = Send.objects.filter(kind="slots")
        fan_out(send.pk, now=now())
        fan_out(send.pk, now=now())
        send_some(send.pk, channel=channel)
        send_some(send.pk, channel=channel)
    assert dict(channel.taken) == {f"{name}@readers.example": 1 for name in "abc"}
    assert Message.objects.filter(kind="edition").count() == 2
    assert sorted(Slot.objects.values_list("state", flat=True)) == ["batched"] * 3 + ["empty"]
    assert all("/unsubscribe/" in copy.links.unsubscribe for copy in channel.copies)


def test_who_ends_a_digest_after_it_was_queued_gets_nothing(settings) -> None:
    topic("Korea")
    with time_machine.travel(SLOT - hours(20), tick=True):
        reader("a@readers.example", "korea", secret=settings.SECRET_KEY)
        outbound.slots()
    story("Border talks resume", ["A", "B", "C"], topics=["Korea"])
    channel = Scripted()
    with time_machine.travel(SLOT + hours(0.01), tick=True):
        outbound.slots()
        (send,) = Send.objects.filter(kind="slots")
        assert fan_out(send.pk, now=now()).total == 1
        Schedule.objects.update(is_active=False)
        send_some(send.pk, channel=channel)
    assert not channel.taken
    assert Delivery.objects.get(send_id=send.pk).reply == "The personal digest was ended."
