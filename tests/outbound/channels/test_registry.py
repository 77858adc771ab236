"""What every channel must do, whichever it is, against a real other side on loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from digest.outbound.channels import registry
from digest.outbound.channels.base import Channel, ChannelError
from digest.outbound.channels.registry import BUILT_IN, channel
from digest.outbound.channels.rendering import render_alert, render_confirmation, render_edition
from digest.outbound.channels.webpush import vapid
from digest.outbound.messages.message import Copy, Words
from tests.fakes.apns import TOPIC, apns_server, settings_for
from tests.fakes.apns import serve as serve_apple
from tests.fakes.fcm import account_for, fcm_server
from tests.fakes.fcm import serve as serve_fcm
from tests.fakes.push_service import Browser, PushService
from tests.fakes.push_service import serve as serve_pushes
from tests.fakes.smtp import Sink, start
from tests.fakes.telegram import TOKEN as TELEGRAM_TOKEN
from tests.fakes.telegram import BotApi
from tests.fakes.telegram import serve as serve_bots
from tests.fakes.whatsapp import PHONE_ID, TOKEN, CloudApi, serve
from tests.outbound.channels.places.networks import NETWORKS
from tests.outbound.channels.places.networks import made as place_channel
from tests.outbound.samples import ALERT, CONFIRM_THIS, EDITION, NEWSROOM, copy_of

ADDRESS = {
    "email": "reader@example.org",
    "whatsapp": "+6591234567",
    "telegram": "1001",
    "apns": "ab" * 32,
    "fcm": "a" * 140,
}
DATA: dict[str, dict[str, str]] = {}
KEY = vapid.made()
OURS: dict[str, Any] = {
    "DIGEST_NEWSROOM": "The Meridian",
    "DIGEST_FROM_EMAIL": "news@meridian.example",
    "DIGEST_LIST_DOMAIN": "meridian.example",
    "DIGEST_REPLY_TO": "",
    "DIGEST_RETURNS_BIND": "",
    "DIGEST_RETURNS_MAILDIR": "",
    "DIGEST_RETURNS_IMAP_URL": "",
    "DIGEST_SMTP_CONNECTIONS": 3,
    "DIGEST_DKIM_DOMAIN": "",
    "DIGEST_DKIM_SELECTOR": "",
    "DIGEST_DKIM_KEY": "",
    "DIGEST_DKIM_SECOND_SELECTOR": "",
    "DIGEST_DKIM_SECOND_KEY": "",
    "SECRET_KEY": "secret",
    "DIGEST_WHATSAPP_PHONE_ID": PHONE_ID,
    "DIGEST_WHATSAPP_TOKEN": TOKEN,
    "DIGEST_LANGUAGE": "",
    "DIGEST_HOME": Path("/nonexistent"),
    "DIGEST_USER_AGENT": "Digest",
    "DIGEST_ALLOW_PRIVATE_FETCH": True,
    "DIGEST_WEBPUSH_KEYS": [KEY],
    "DIGEST_WEBPUSH_CONTACT": "",
    "DIGEST_WEBPUSH_SITES": [],
    "DIGEST_WEBPUSH_SERVICES": ["127.0.0.1"],
    "DIGEST_WEBPUSH_CONNECTIONS": 10,
    "DIGEST_FCM_CHANNEL_ID": "",
    "DIGEST_FCM_CONNECTIONS": 10,
    "DIGEST_TELEGRAM_TOKEN": TELEGRAM_TOKEN,
    "DIGEST_TELEGRAM_CONNECTIONS": 10,
    "DIGEST_APNS_STREAMS": 10,
}


@asynccontextmanager
async def other_side(name: str) -> AsyncIterator[tuple[Channel, list[Any]]]:
    """A channel made from settings, and the list of what its other side has taken."""
    if name in NETWORKS:
        ADDRESS[name] = NETWORKS[name].place
        server = NETWORKS[name].server()
        runner = await serve(server)
        made = place_channel(name, server)
        await made.open()
        try:
            yield made, server.taken
        finally:
            await made.close()
            await runner.cleanup()
        return
    async with readers_side(name) as found:
        yield found


@asynccontextmanager
async def readers_side(name: str) -> AsyncIterator[tuple[Channel, list[Any]]]:
    """The same of a channel that serves readers."""
    sink, api, pushes = Sink(), CloudApi(), PushService()
    server, runner, push_runner = await start(sink), await serve(api), await serve_pushes(pushes)
    bots = BotApi()
    bot_runner = await serve_bots(bots)
    google = fcm_server()
    google_runner = await serve_fcm(google)
    apple = apns_server()
    served_apple = await serve_apple(apple)
    taken = {
        "apns": apple.taken,
        "fcm": google.taken,
        "email": sink.taken, "whatsapp": api.taken, "webpush": pushes.taken, "telegram": bots.taken
    }  # fmt: skip
    ours = vapid.VapidKey(KEY).public
    ADDRESS["webpush"] = pushes.endpoint(pushes.subscribe(ours))
    DATA["webpush"] = Browser().data(ours)
    settings = SimpleNamespace(
        **OURS,
        DIGEST_SMTP_URL=sink.url,
        DIGEST_WHATSAPP_URL=api.url,
        DIGEST_FCM_URL=google.url,
        DIGEST_FCM_ACCOUNT=account_for(google),
        DIGEST_TELEGRAM_URL=bots.url,
        **(settings_for(apple) | {"DIGEST_APNS_TOPICS": [TOPIC]}),
    )
    made = channel(name, settings)
    await made.open()
    try:
        yield made, taken[name]
    finally:
        await made.close()
        server.close()
        await runner.cleanup()
        await push_runner.cleanup()
        await bot_runner.cleanup()
        await google_runner.cleanup()
        await served_apple.cleanup()


def addressed(key: str, name: str, words: Words) -> Copy:
    """A copy for the channel's reader, once the other side is there."""
    return copy_of(key, ADDRESS[name], words, data=DATA.get(name))


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_channel_has_words_and_carries_each_kind_of_message(name: str) -> None:
    async def run() -> None:
        kinds = [render_edition(EDITION, name, NEWSROOM), render_alert(ALERT, name, NEWSROOM)]
        if registry.spec(name).words.confirmation is not None:
            kinds.append(render_confirmation(CONFIRM_THIS, name, NEWSROOM))
        async with other_side(name) as (made, taken):
            assert made.name == name
            intents: list[int] = []

            def intend() -> None:
                intents.append(len(taken))

            for number, words in enumerate(kinds):
                receipt = await made.send(addressed(f"1-{number}", name, words), intend)
                assert receipt.code in (200, 201, 202, 250)
            assert intents == list(range(len(kinds)))
            assert len(taken) == len(kinds)

    asyncio.run(run())


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_channel_serves_many_tasks_at_once(name: str) -> None:
    async def run() -> None:
        words = render_edition(EDITION, name, NEWSROOM)

        def intend() -> None:
            return

        async with other_side(name) as (made, taken):
            copies = [addressed(f"1-{number}", name, words) for number in range(40)]
            await asyncio.gather(*(made.send(copy, intend) for copy in copies))
            assert len(taken) == 40

    asyncio.run(run())


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_channel_gives_up_when_the_journal_does(name: str) -> None:
    async def run() -> None:
        def intend() -> None:
            raise LookupError("the lease is gone")

        async with other_side(name) as (made, taken):
            copy = addressed("1-1", name, render_edition(EDITION, name, NEWSROOM))
            with pytest.raises(LookupError):
                await made.send(copy, intend)
            assert taken == []

    asyncio.run(run())


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_what_is_no_address_is_a_channel_error(name: str) -> None:
    async def run() -> None:
        def intend() -> None:
            return

        async with other_side(name) as (made, taken):
            copy = copy_of("1-1", "not an address", render_edition(EDITION, name, NEWSROOM))
            with pytest.raises(ChannelError):
                await made.send(copy, intend)
            assert taken == []

    asyncio.run(run())


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_part_that_a_spec_names_can_be_loaded(name: str) -> None:
    spec = registry.spec(name)
    for path in (spec.transport, spec.doctor, spec.check_settings, spec.stand_in):
        assert not path or registry.part(path)
    providers = [each.provider for each in registry.webhooks(name)]
    assert len(set(providers)) == len(providers)
    assert not spec.own_word or spec.own_word in providers


def test_a_word_of_ours_that_no_webhook_reads_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    spoilt = replace(registry.spec("email"), own_word="nobody")
    registry.webhooks.cache_clear()
    monkeypatch.setattr(registry, "spec", lambda name: spoilt)
    with pytest.raises(registry.BrokenChannel, match="no webhook is called 'nobody'"):
        registry.webhooks("email")


def test_an_unknown_channel_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="email, whatsapp, apns, fcm, telegram, webpush"):
        channel("fax", None)
