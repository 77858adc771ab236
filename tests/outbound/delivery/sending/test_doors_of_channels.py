"""A channel that never opens or never closes holds nobody up."""

import asyncio
from typing import Any

import pytest
from pytest_django import Settings

from digest.kit.clock import now
from digest.outbound.channels import base
from digest.outbound.channels.base import Unreachable
from digest.outbound.channels.email.relay import Relay, Relays
from digest.outbound.channels.webpush import greeting
from digest.outbound.delivery.sending.send import send_some
from digest.outbound.delivery.sending.single import NotHandedOver, hand_over
from digest.outbound.messages.message import Copy, Endpoint, ReaderLinks, Words
from tests.scenes import scene
from tests.scenes.scripted import Scripted

COPY = Copy("1-1", Words("email", "en", "edition", "1"), Endpoint("ann@example.org"), ReaderLinks())


class Shut(Scripted):
    """Never opens."""

    async def open(self) -> None:
        await asyncio.Event().wait()


class Ajar(Scripted):
    """Never closes."""

    async def close(self) -> None:
        await asyncio.Event().wait()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "OPENS_IN", 0.05)
    monkeypatch.setattr(base, "CLOSES_IN", 0.05)


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(60)
def test_one_copy_is_refused_by_a_channel_that_never_opens() -> None:
    with pytest.raises(NotHandedOver, match="not ready within"):
        hand_over(COPY, Shut())


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(60)
def test_one_copy_counts_although_the_channel_never_closes() -> None:
    channel = Ajar()
    assert hand_over(COPY, channel).code
    assert channel.taken == {"ann@example.org": 1}


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(120)
def test_a_run_says_that_its_channel_does_not_open_and_the_next_one_sends() -> None:
    send = scene.running_edition(3, now=now())
    assert send_some(send.pk, channel=Shut(), seconds=5).sent == 0
    send.refresh_from_db()
    channel = Ajar()
    assert send_some(send.pk, channel=channel, seconds=5).sent == 3
    assert set(channel.taken.values()) == {1}


@pytest.mark.timeout(60)
def test_the_first_notification_waits_for_no_channel(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(greeting, "webpush", lambda settings: Shut())
    with pytest.raises(Unreachable, match="not ready within"):
        greeting.greet(settings, "https://push.example.org/1", {}, COPY.words)


@pytest.mark.timeout(60)
def test_a_relay_whose_transport_never_opens_is_one_that_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Silent:
        async def open(self, *args: Any) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr(
        "digest.outbound.channels.email.relay.transport_of", lambda scheme: Silent()
    )

    async def dial() -> None:
        await Relays((Relay.of("smtp://127.0.0.1:25"),), "here.example").dial(0.01)

    with pytest.raises(Unreachable, match="in time"):
        asyncio.run(dial())
