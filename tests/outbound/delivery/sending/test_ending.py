"""A run ends, whatever becomes of the cancellations on the way."""

import asyncio
import threading

import pytest
from django.db import connection

from digest.kit.clock import now
from digest.outbound.channels.base import Carrier, JobQueue, Patience
from digest.outbound.delivery.core.rate import Rate
from digest.outbound.delivery.pacing.pacer import Grant, Unlimited
from digest.outbound.delivery.sending.carriers import OneByOne
from digest.outbound.delivery.sending.send import Progress, send_some
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
