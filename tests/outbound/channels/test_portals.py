"""What answers in the place of Telegram, Google or Meta is no verdict of theirs."""

import asyncio
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from digest.kit.doctor.finding import ERROR, OK
from digest.outbound.channels.base import AnswerLost, Rejected, Unreachable
from digest.outbound.channels.fcm.account import ServiceAccount
from digest.outbound.channels.fcm.channel import Fcm, FcmConfig
from digest.outbound.channels.rendering import NoWords, render_alert, render_confirmation
from digest.outbound.channels.stand_in_server import serve
from digest.outbound.channels.telegram import answers
from digest.outbound.channels.telegram.channel import Telegram, TelegramConfig
from digest.outbound.channels.whatsapp import doctor as whatsapp_doctor
from digest.outbound.channels.whatsapp.words import harmless
from digest.outbound.messages.newsroom import ConfirmContent
from tests.deadlines import patience
from tests.fakes.fcm import account_for, fcm_server
from tests.fakes.fcm import serve as serve_google
from tests.fakes.in_thread import in_thread
from tests.fakes.portal import Portal, standing_between
from tests.outbound.samples import ALERT, NEWSROOM, copy_of


async def by_telegram(portal: Portal, to: str = "1001") -> Any:
    async with standing_between(portal):
        channel = Telegram(TelegramConfig(portal.url, "1:t"))
        await channel.open()
        try:
            copy = copy_of("7-11", to, render_alert(ALERT, "telegram", NEWSROOM))
            return await channel.send(copy, lambda: None)
        finally:
            await channel.close()


def test_a_page_in_the_place_of_telegram_is_a_lost_answer() -> None:
    with pytest.raises(AnswerLost, match="did not write it"):
        asyncio.run(by_telegram(Portal()))


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_page_that_refuses_in_the_place_of_telegram_drops_nobody(status: int) -> None:
    with pytest.raises(Rejected, match="did not write it") as caught:
        asyncio.run(by_telegram(Portal(status=status)))
    assert (caught.value.permanent, caught.value.scope) == (False, "channel")
    assert "TOKEN" not in str(caught.value)


def test_telegram_s_answer_in_halves_is_read_whole() -> None:
    portal = Portal(parts=('{"ok": true, "res', 'ult": {"message_id"', ": 5}}"))
    assert asyncio.run(by_telegram(portal)).provider_id == "5"


@pytest.mark.parametrize(
    "words",
    [
        "Bad Request: TOPIC_CLOSED",
        "Bad Request: have no rights to send a message",
        "Bad Request: CHAT_RESTRICTED",
        "Bad Request: CHANNEL_PRIVATE",
    ],
)
def test_what_telegram_s_bot_may_not_do_in_a_chat_stops_no_other(words: str) -> None:
    refused = answers.refusal(400, {"ok": False, "error_code": 400, "description": words})
    assert (refused.permanent, refused.scope) == (True, "message")


async def by_fcm(portal: Portal) -> Any:
    google = fcm_server()
    runner = await serve_google(google)
    try:
        async with standing_between(portal):
            channel = Fcm(FcmConfig(ServiceAccount(account_for(google)), portal.url))
            await channel.open()
            copy = copy_of("7-11", "dQ4:" + "A" * 136, render_alert(ALERT, "fcm", NEWSROOM))
            try:
                return await channel.send(copy, lambda: None)
            finally:
                await channel.close()
    finally:
        await runner.cleanup()


def test_a_page_in_the_place_of_fcm_is_a_lost_answer() -> None:
    with pytest.raises(AnswerLost, match="did not write it"):
        asyncio.run(by_fcm(Portal()))


def test_a_page_in_the_place_of_google_s_token_server_says_nothing_of_the_account() -> None:
    async def run() -> None:
        google = fcm_server()
        runner = await serve_google(google)
        account = ServiceAccount(account_for(google))
        async with standing_between(Portal()) as portal, aiohttp.ClientSession() as session:
            account._token_url = portal.url
            with pytest.raises(Unreachable, match="did not write it"):
                await account.token(session)
        await runner.cleanup()

    asyncio.run(run())


def test_a_request_for_a_token_that_ignores_its_end_keeps_nobody_waiting() -> None:
    """Its connections are closed first; a task that swallows its cancellation is left behind."""

    async def run() -> None:
        account = ServiceAccount(account_for(fcm_server()))
        entered, release, seen = asyncio.Event(), asyncio.Event(), list[str]()

        async def stubborn(session: aiohttp.ClientSession) -> str:
            entered.set()
            while not release.is_set():
                try:
                    await release.wait()
                except asyncio.CancelledError:
                    seen.append("closed" if session.closed else "open")
            return "t"

        account._renew = stubborn  # type: ignore[method-assign]
        channel = Fcm(FcmConfig(account))
        await channel.open()
        copy = copy_of("7-11", "dQ4:" + "A" * 136, render_alert(ALERT, "fcm", NEWSROOM))
        sender = asyncio.ensure_future(channel.send(copy, lambda: None))
        await entered.wait()
        await asyncio.wait_for(channel.close(), patience(10))
        assert set(seen) == {"closed"}
        release.set()
        sender.cancel()
        await asyncio.wait({sender}, timeout=patience(5))

    asyncio.run(run())


def test_meta_s_token_follows_no_redirect() -> None:
    with in_thread(Portal(), serve) as elsewhere:
        portal = Portal(leads_to=f"{elsewhere.url}/")
        with in_thread(portal, serve):
            told = {
                "DIGEST_WHATSAPP_URL": f"{portal.url}/v23.0", "DIGEST_PRODUCTION": False,
                "DIGEST_WHATSAPP_RATES": "", "DIGEST_WHATSAPP_SITE": "",
                "DIGEST_WHATSAPP_APP_ID": "",
            }  # fmt: skip
            names = ("PHONE_ID", "TOKEN", "APP_SECRET", "VERIFY_TOKEN")
            given = {f"DIGEST_WHATSAPP_{name}": "x" for name in names}
            found = whatsapp_doctor.check(SimpleNamespace(**(told | given)), lambda name: [])
    assert [each.state for each in found] == [OK]
    assert len(portal.heard) == 1 and elsewhere.heard == []


def test_an_address_of_meta_s_without_a_version_is_told() -> None:
    names = ("PHONE_ID", "TOKEN", "APP_SECRET", "VERIFY_TOKEN")
    given: dict[str, Any] = {f"DIGEST_WHATSAPP_{name}": "x" for name in names}
    given |= {"DIGEST_PRODUCTION": False, "DIGEST_WHATSAPP_RATES": "", "DIGEST_WHATSAPP_SITE": ""}
    given |= {"DIGEST_WHATSAPP_APP_ID": ""}
    for url, state in (("https://graph.example", ERROR), ("https://graph.example/v23.0/", OK)):
        told = SimpleNamespace(**given, DIGEST_WHATSAPP_URL=url)
        assert whatsapp_doctor.check_settings(told)[-1].state == state


def test_an_address_within_whatsapp_s_words_leads_where_it_did() -> None:
    assert harmless("*See* https://a.example/b_c~d") == "∗See∗ https://a.example/b%5Fc%7Ed"


def test_a_channel_without_words_of_a_kind_says_which() -> None:
    with pytest.raises(NoWords, match="Slack has no words of this kind: confirmation"):
        render_confirmation(ConfirmContent(language="en", wants=()), "slack", NEWSROOM)
