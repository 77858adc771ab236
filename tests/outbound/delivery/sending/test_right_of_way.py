"""A digest stands still while an alert has the right of way, and loses nobody by it."""

import asyncio
import threading
from collections.abc import Iterator
from time import monotonic
from typing import Any, cast

import pytest
import redis
from django.db import connection
from pytest_django import Settings

from digest.kit import valkey, wake
from digest.kit.clock import now
from digest.models import Delivery, Send
from digest.outbound.delivery.ledger import answers
from digest.outbound.delivery.pacing import right_of_way
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert
from digest.outbound.delivery.sending.send import Progress, send_some
from digest.outbound.messages.message import Copy
from tests.deadlines import until
from tests.scenes import scene
from tests.scenes.scripted import Scripted

pytestmark = pytest.mark.django_db(transaction=True)

READERS = 300


@pytest.fixture(autouse=True)
def broker() -> Iterator["redis.Redis"]:
    valkey.client().flushdb()
    yield valkey.client()
    valkey.client().flushdb()


class Run:
    """A run of a digest in a thread, to readers who take their time."""

    def __init__(self, send: Send) -> None:
        self.channel = Scripted(delay=0.02)
        self.moments: list[float] = []
        self.channel.before = self._note
        self.progress: list[Progress] = []
        self._send = send
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def _note(self, copy: Copy) -> None:
        self.moments.append(monotonic())

    def _work(self) -> None:
        self.progress.append(
            send_some(self._send.pk, channel=self.channel, connections=2, seconds=60)
        )
        connection.close()

    def stands_still(self) -> bool:
        """Nothing was begun for three tenths of a second, which is room for thirty."""
        return bool(self.moments) and monotonic() - self.moments[-1] > 0.3


def test_a_digest_stands_still_for_an_alert_and_then_serves_everybody_once(
    broker: "redis.Redis",
) -> None:
    send = scene.running_edition(READERS, now=now())
    run = Run(send)
    until(lambda: len(run.moments) >= 20, "the first mails")
    broker.set(right_of_way.KEY, 1)
    until(run.stands_still, "the digest to stand still")
    began = len(run.moments)
    assert began < READERS and not run.progress
    broker.delete(right_of_way.KEY)
    until(lambda: run.progress, "the run to end")
    assert run.progress[0].sent == READERS
    assert set(run.channel.taken.values()) == {1} and len(run.channel.taken) == READERS
    run.thread.join()


def test_an_alert_that_is_long_in_coming_holds_a_digest_up_for_a_moment_alone(
    broker: "redis.Redis",
) -> None:
    send = scene.running_edition(READERS, now=now())
    right_of_way.take(broker)
    assert 0 < broker.pttl(right_of_way.KEY) <= right_of_way.LASTS * 1000
    assert send_some(send.pk, channel=Scripted()).sent == READERS


def test_an_alert_does_not_stand_still_for_itself(broker: "redis.Redis") -> None:
    scene.readers(20, None, now=now())
    revision = scene.alert(now=now())
    (pk,) = plan_alert(revision.alert_id, 1, now=now()).send_ids[:1]
    fan_out(pk, now=now())
    broker.set(right_of_way.KEY, 1)
    assert send_some(pk, channel=Scripted(), seconds=20).sent == 20


class Kept:
    """How often a run of an alert took it, when it used so much of a core."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, share: float) -> None:
        self.times = self.looks = 0
        self.share = share
        self.ending = asyncio.Event()
        monkeypatch.setattr(right_of_way, "_KEEP_EVERY", 0.01)
        monkeypatch.setattr(right_of_way, "process_time", self.used)

    def used(self) -> float:
        """How much CPU the run has used; it ends with the sixth look at that."""
        self.looks += 1
        if self.looks > 5:
            self.ending.set()
        return self.share * monotonic()

    async def set(self, key: str, value: int, *, px: int) -> None:
        assert (key, px) == (right_of_way.KEY, right_of_way.LASTS * 1000)
        self.times += 1

    async def aclose(self) -> None:
        pass


async def kept(found: Kept, age: float) -> int:
    await right_of_way.keep(age, found.ending, lambda: cast(Any, found))
    return found.times


@pytest.mark.parametrize(("share", "age", "keeps"), [(0.9, 0.0, True), (0.05, 0.0, False),
    (0.9, right_of_way.LONGEST, False)])  # fmt: skip
def test_an_alerts_run_keeps_it_while_it_has_a_use_for_the_machine_a_minute_at_most(
    share: float, age: float, keeps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (asyncio.run(kept(Kept(monkeypatch, share), age)) > 2) is keeps


def test_a_run_of_an_alert_that_is_busy_holds_it_longer_than_a_wake_up(
    broker: "redis.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(right_of_way, "_BUSY", 0.0)
    scene.readers(100, None, now=now())
    revision = scene.alert(now=now())
    (pk,) = plan_alert(revision.alert_id, 1, now=now()).send_ids[:1]
    fan_out(pk, now=now())
    assert not broker.exists(right_of_way.KEY)
    send_some(pk, channel=Scripted(delay=0.05), connections=5, seconds=20)
    assert broker.exists(right_of_way.KEY)


@pytest.mark.parametrize(
    ("stage", "takes"),
    [("alerts", True), ("fan_out:alerts", True), ("send:alerts", True), ("send:digests", False)],
)
def test_who_wakes_the_workers_for_an_alert_takes_the_right_of_way(
    stage: str, takes: bool, broker: "redis.Redis", settings: Settings
) -> None:
    settings.DIGEST_WAKER = "workers.wake.wake"
    wake.call(stage, 1)
    assert bool(broker.exists(right_of_way.KEY)) is takes


def test_a_mail_is_noted_at_the_moment_of_its_acceptance_and_not_of_its_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answers, "BATCH_EVERY", 60.0)
    send = scene.running_edition(2, now=now())
    assert send_some(send.pk, channel=Scripted(delay=0.5), connections=1).sent == 2
    first, second = Delivery.objects.filter(send_id=send.pk).values_list("sent_at", flat=True)
    assert first is not None and second is not None
    assert abs((second - first).total_seconds()) >= 0.4
