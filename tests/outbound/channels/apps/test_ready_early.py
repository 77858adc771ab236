"""What an alert's first message would wait for is there before it: Apple's line, Google's key."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from digest.outbound.channels.apns import channel as transport
from digest.outbound.channels.apns.channel import Apns, config_of
from digest.outbound.channels.apns.line import connect
from digest.outbound.channels.base import Unreachable
from digest.outbound.channels.fcm.account import ServiceAccount
from digest.outbound.channels.rendering import render_alert
from tests.fakes.apns import TOPIC, ApnsServer, apns_server, serve, settings_for
from tests.fakes.fcm import account_for, fcm_server
from tests.outbound.samples import ALERT, NEWSROOM, copy_of

COPY = copy_of("7-11", "ab" * 32, render_alert(ALERT, "apns", NEWSROOM))


def led_to(apple: ApnsServer, sandbox: ApnsServer | None = None) -> Apns:
    found = settings_for(apple, sandbox) | {"DIGEST_APNS_TOPICS": [TOPIC]}
    return Apns(config_of(SimpleNamespace(**found)))


def test_the_line_is_begun_before_the_first_copy_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    async def noted(host: str, port: int, *given: Any) -> Any:
        asked.append(port)
        return await connect(host, port, *given)

    monkeypatch.setattr(transport, "connect", noted)

    async def run() -> None:
        apple, sandbox = apns_server(), apns_server()
        served = [await serve(each) for each in (apple, sandbox)]
        channel = led_to(apple, sandbox)
        await channel.open()
        await asyncio.sleep(0)
        assert asked == [apple.port]
        assert (await channel.send(COPY, lambda: None)).code == 200
        assert asked == [apple.port] and (apple.lines, sandbox.lines) == (1, 0)
        await channel.close()
        for each in served:
            await each.cleanup()

    asyncio.run(run())


def test_a_line_that_could_not_be_made_ahead_is_made_for_the_copy() -> None:
    async def run() -> None:
        apple = apns_server()
        await (await serve(apple)).cleanup()
        channel = led_to(apple)
        await channel.open()
        with pytest.raises(Unreachable):
            await channel.send(COPY, lambda: None)
        served = await serve(apple, apple.port)
        assert (await channel.send(COPY, lambda: None)).code == 200
        await channel.close()
        await served.cleanup()

    asyncio.run(run())


def test_a_run_that_sends_nothing_hangs_up_the_line_it_began() -> None:
    async def run() -> None:
        apple = apns_server()
        served = await serve(apple)
        channel = led_to(apple)
        await channel.open()
        async with asyncio.timeout(10):
            await channel.close()
        await served.cleanup()
        assert not apple.taken

    asyncio.run(run())


def test_a_service_accounts_key_is_read_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    google = fcm_server()
    google.port = 1
    ServiceAccount(account_for(google))

    def read(*given: Any) -> None:
        raise AssertionError("an RSA key takes long to read")

    monkeypatch.setattr("digest.outbound.channels.fcm.account.load_pem_private_key", read)
    assert ServiceAccount(account_for(google)).assertion().count(".") == 2
