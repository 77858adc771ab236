"""A run ends, whatever becomes of the cancellations on the way."""

import asyncio
import threading
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from digest.kit.clock import now
from digest.models import Send
from digest.outbound.channels.base import Carrier, Intend, JobQueue, Patience, Receipt
from digest.outbound.delivery.core.rate import Rate
from digest.outbound.delivery.pacing.pacer import Grant, Unlimited
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert
from digest.outbound.delivery.sending.carriers import OneByOne
from digest.outbound.delivery.sending.send import Progress, send_some
from digest.outbound.messages.message import Copy
from tests.scenes import scene
from tests.scenes.scripted import Scripted

pytestmark = pytest.mark.django_db(transaction=True)


class Deaf(Unlimited):
    """Loses each cancellation that comes while it asks, as Python 3.11's wait_for may."""

    def rate_of_relay(self, relay: str) -> Rate | None:
        return Rate.written(1000, 1)

    async def acquire(self, wanted: int, *, relay: str = "", **names: object) -> Grant:  # type: ignore[override]
        if relay:
            try:
                await asyncio.sleep(0.3)
            except asyncio.CancelledError:
                pass
            return Grant(1)
        return Grant(wanted)


class Relayed(Scripted):
    """A channel of one relay that has limits of its own."""

    relays = ("127.0.0.1:25",)

    def carrier(self, jobs: JobQueue, *, connections: int, patience: Patience) -> Carrier:
        return OneByOne(self, jobs, connections=connections, patience=patience)


def test_a_run_ends_although_its_limits_lose_the_cancellation() -> None:
    send = scene.running_edition(5, now=now())
    found: list[Progress] = []

    def work() -> None:
        found.append(send_some(send.pk, channel=Relayed(), pacer=Deaf(), seconds=5))
        connection.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(60)
    assert not thread.is_alive(), "the run never ends"
    assert (found[0].sent, found[0].ended) == (5, "drained")


def waiting_alert(channel: str) -> Send:
    """An alert's send on a channel with readers, fanned out and begun by nobody."""
    scene.readers(3, None, now=now(), channel=channel, domain="others.example")
    (send_id,) = plan_alert(scene.alert(now=now()).alert_id, 1, now=now()).send_ids
    fan_out(send_id, now=now())
    return Send.objects.get(pk=send_id)


class Slow(Scripted):
    """Each message takes a while."""

    async def send(self, copy: Copy, intend: Intend) -> Receipt:
        await asyncio.sleep(0.05)
        return await super().send(copy, intend)


def test_an_alert_gives_way_to_a_channel_that_nobody_has_begun_and_a_digest_does_not(
    settings: Settings,
) -> None:
    settings.DIGEST_CHANNELS = ["email"]
    long = scene.running_alert(60, now=now())
    digest = scene.running_edition(60, now=now())
    other = waiting_alert("email")
    first = send_some(long.pk, channel=Slow(), connections=1, seconds=60)
    assert first.ended == "time" and 0 < first.left < 60
    assert send_some(digest.pk, channel=Slow(), connections=1, seconds=60).ended == "drained"
    # It would give way to the first, on a machine that is slow enough.
    Send.objects.filter(pk=long.pk).update(fanned_out_at=now() - timedelta(minutes=1))
    assert send_some(other.pk, channel=Scripted(), connections=1).ended == "drained"
    rest = send_some(long.pk, channel=Slow(), connections=1, seconds=60)
    assert (rest.ended, first.sent + rest.sent) == ("drained", 60)


def test_what_waits_since_long_has_had_its_turn(settings: Settings) -> None:
    settings.DIGEST_CHANNELS = ["email"]
    long = scene.running_alert(30, now=now())
    other = waiting_alert("email")
    Send.objects.filter(pk=other.pk).update(fanned_out_at=now() - timedelta(minutes=1))
    assert send_some(long.pk, channel=Slow(), connections=1, seconds=60).ended == "drained"
