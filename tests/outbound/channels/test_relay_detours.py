"""A mail that one relay cannot carry goes by another that can, over real SMTP."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.db.models import F
from pytest_django import Settings

from digest.kit import valkey
from digest.kit.clock import now
from digest.models import Delivery, Send
from digest.outbound.channels.base import Patience
from digest.outbound.channels.email.channel import Email, EmailConfig
from digest.outbound.channels.email.relay import Relay
from digest.outbound.delivery.sending.send import send_some
from tests.deadlines import patience
from tests.fakes.smtp import Sink, running
from tests.outbound.posting import SENDER, Journal, one
from tests.scenes import scene

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State
NARROW = ("PIPELINING", "8BITMIME", "SIZE 2000")
PLAIN = ("PIPELINING", "8BITMIME")
IN_STEPS = ("8BITMIME", "SIZE 2000")


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    valkey.client().flushdb()
    yield
    valkey.client().flushdb()


def states(send: Send) -> Counter[tuple[int, int | None]]:
    return Counter(Delivery.objects.filter(send_id=send.pk).values_list("state", "code"))


@pytest.mark.parametrize("connections", [1, 2, 6])
@pytest.mark.parametrize("narrow", [NARROW, IN_STEPS, (*NARROW, "CHUNKING")])
def test_what_is_too_large_for_one_relay_goes_by_the_other(
    settings: Settings, narrow: tuple[str, ...], connections: int
) -> None:
    send = scene.running_edition(120, now=now())
    with running(Sink(offers=narrow)) as small, running(Sink(delay=0.002)) as large:
        settings.DIGEST_SMTP_URL = f"{small.url}?weight=9999 {large.url}"
        assert send_some(send.pk, connections=connections, seconds=30).sent == 120
        assert len({mail.recipient for mail in large.taken}) == len(large.taken) == 120
        assert small.taken == []
        # Not asked again for every mail.
        assert 1 <= small.connections <= 2 * connections
        assert large.connections <= connections
    assert not Delivery.objects.filter(send_id=send.pk).exclude(attempts=1).exists()


def test_it_goes_through_every_relay_before_it_fails_for_good(settings: Settings) -> None:
    send = scene.running_edition(20, now=now())
    with ExitStack() as stack:
        three = [stack.enter_context(running(Sink(offers=NARROW))) for _ in range(3)]
        settings.DIGEST_SMTP_URL = " ".join(each.url for each in three)
        settings.DIGEST_MOST_REFUSALS = 1.0
        assert send_some(send.pk, connections=2, seconds=30).failed == 20
        assert all(each.connections for each in three)
        assert not any(each.taken for each in three)
    assert states(send) == {(State.FAILED, 552): 20}


def test_it_waits_for_the_relay_that_would_take_it_and_is_down(settings: Settings) -> None:
    send = scene.running_edition(3, now=now())
    with running(Sink(offers=NARROW)) as small, running(Sink()) as large:
        down = large.url
    with running(Sink(offers=NARROW)) as small:
        settings.DIGEST_SMTP_URL = f"{small.url} {down}"
        assert send_some(send.pk, connections=2, seconds=30).failed == 0
    assert Delivery.objects.filter(send_id=send.pk, state=State.FAILED).count() == 0
    assert Delivery.objects.filter(send_id=send.pk, state=State.DEFERRED).exists()
    with running(Sink(offers=NARROW)) as small, running(Sink()) as large:
        settings.DIGEST_SMTP_URL = f"{small.url} {large.url}"
        Delivery.objects.filter(send_id=send.pk).update(
            next_try_at=F("next_try_at") - timedelta(hours=1)
        )
        assert send_some(send.pk, connections=2, seconds=30).sent == 3
        assert len(large.taken) == 3


def test_only_what_a_relay_cannot_carry_leaves_it() -> None:
    """Addresses outside ASCII need SMTPUTF8; the others stay with the relay of greater weight."""

    async def post(plain: Sink, able: Sink) -> None:
        relays = (Relay("127.0.0.1", plain.port, weight=9), Relay("127.0.0.1", able.port))
        channel = Email(
            EmailConfig(
                relays, SENDER, "secret", connections=3, patience=Patience(patience(5), patience(5))
            )
        )
        try:
            for turn in range(10):
                sends = [
                    channel.send(one(f"r{n}@example.org", f"{turn + 1}-{n}"), Journal(plain))
                    for n in range(10)
                ]
                sends.append(
                    channel.send(one("müller@example.org", f"{turn + 1}-99"), Journal(able))
                )
                await asyncio.wait_for(asyncio.gather(*sends), patience(20))
        finally:
            await channel.close()

    with running(Sink(offers=PLAIN)) as plain, running(Sink()) as able:
        asyncio.run(post(plain, able))
        assert Counter(m.recipient for m in able.taken)["müller@example.org"] == 10
        assert not any("ü" in mail.recipient for mail in plain.taken)
        ids = [mail.id for mail in (*plain.taken, *able.taken)]
        assert len(ids) == len(set(ids)) == 110
