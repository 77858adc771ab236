"""FCM as a channel: what is asked of it, who is dropped, what pauses, how its token is kept."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest
from hypothesis import given

from digest.audience.kinds import BadAddress
from digest.kit import background
from digest.outbound.channels.base import AnswerLost, Receipt, Rejected, Unreachable
from digest.outbound.channels.fcm import answers
from digest.outbound.channels.fcm.account import BadAccount, ServiceAccount
from digest.outbound.channels.fcm.address import is_fid, registration
from digest.outbound.channels.fcm.channel import Fcm, FcmConfig, message
from digest.outbound.channels.fcm.stand_in import server as stand_in
from digest.outbound.channels.rendering import lint, render_alert, render_edition
from digest.outbound.messages.message import Words
from tests.fakes.fcm import PROJECT, FcmServer, account_for, fcm_server, serve
from tests.outbound.samples import ALERT, EDITION, LINKS, NASTY, NEWSROOM, copy_of, edition_of

TOKEN, FID = "dQ4:" + "A" * 136, "cNh7_-" + "x" * 16
WORDS = render_alert(ALERT, "fcm", NEWSROOM)


@dataclass
class Scene:
    """Google, and our channel."""

    google: FcmServer
    account: ServiceAccount
    channel: Fcm

    async def send(self, words: Words = WORDS, to: str = TOKEN) -> Receipt:
        return await self.channel.send(copy_of("7-11", to, words), lambda: None)


def at(play: Callable[[Scene], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        google = fcm_server()
        runner = await serve(google)
        account = ServiceAccount(account_for(google))
        channel = Fcm(FcmConfig(account, google.url, "breaking"))
        await channel.open()
        try:
            await play(Scene(google, account, channel))
        finally:
            await channel.close()
            await runner.cleanup()

    asyncio.run(run())


def test_an_alert_is_shown_at_once_and_replaces_what_it_corrects() -> None:
    async def play(scene: Scene) -> None:
        receipt = await scene.send()
        assert receipt.provider_id.startswith(f"projects/{PROJECT}/messages/")
        correction = replace(ALERT, kind="correction", revision=2)
        await scene.send(render_alert(correction, "fcm", NEWSROOM))
        first, second = (each["message"] for each in scene.google.taken)
        assert first["token"] == TOKEN and "fid" not in first
        assert first["notification"]["title"] == "Breaking: Ferry with 212 aboard runs aground"
        assert first["data"]["url"] == ALERT.url and first["data"]["own"] == LINKS.preferences
        assert first["android"]["priority"] == "HIGH" and first["android"]["ttl"] == "21600s"
        tags = {each["android"]["notification"]["tag"] for each in (first, second)}
        assert tags == {
            first["android"]["collapse_key"],
            first["apns"]["headers"]["apns-collapse-id"],
        }
        assert first["android"]["notification"]["channel_id"] == "breaking"
        assert second["data"]["revision"] == "2"

    at(play)


def test_an_edition_waits_its_turn_and_an_installation_is_named_as_one() -> None:
    async def play(scene: Scene) -> None:
        await scene.send(render_edition(EDITION, "fcm", NEWSROOM), to=FID)
        (taken,) = scene.google.taken
        assert taken["message"]["fid"] == FID and "token" not in taken["message"]
        assert taken["message"]["android"]["priority"] == "NORMAL"
        assert taken["message"]["apns"]["headers"]["apns-priority"] == "5"

    at(play)


def test_one_access_token_serves_all_and_is_renewed_before_its_end() -> None:
    async def play(scene: Scene) -> None:
        now = [1_000_000.0]
        scene.account._clock = scene.google.clock = lambda: now[0]
        await asyncio.gather(*(scene.send() for _ in range(20)))
        assert scene.google.exchanges == 1
        now[0] += 3_400
        await asyncio.gather(*(scene.send() for _ in range(20)))
        assert scene.google.exchanges == 2
        now[0] -= 86_400
        scene.google.access_tokens.clear()
        await scene.send()
        assert scene.google.exchanges == 3, "a clock that jumps back"

    at(play)


def test_who_gives_up_waiting_for_the_token_takes_it_from_nobody() -> None:
    async def play(scene: Scene) -> None:
        session = scene.channel._session
        assert session is not None
        first, *others = [asyncio.create_task(scene.account.token(session)) for _ in range(5)]
        await asyncio.sleep(0)  # All have begun to wait.
        assert await background.end([first], patience=0, limit=10)
        assert len(set(await asyncio.gather(*others))) == 1
        assert scene.google.exchanges == 1
        assert first.cancelled()

    at(play)


def test_a_token_server_that_fails_is_asked_once_for_all_who_wait() -> None:
    async def play(scene: Scene) -> None:
        scene.account._clock = lambda: 5.0
        gathered = await asyncio.gather(*(scene.send() for _ in range(5)), return_exceptions=True)
        assert all(isinstance(each, Rejected) for each in gathered)
        assert scene.google.exchanges == 1
        scene.account._clock = time.time
        assert (await scene.send()).code == 200

    at(play)


def test_a_refused_access_token_is_renewed_once_then_pauses() -> None:
    async def play(scene: Scene) -> None:
        await scene.send()
        scene.google.access_tokens.clear()
        assert (await scene.send()).code == 200 and scene.google.exchanges == 2
        scene.google.script.extend([(401, ""), (401, "")])
        with pytest.raises(Rejected) as caught:
            await scene.send()
        assert caught.value.scope == "channel" and scene.google.exchanges == 3

    at(play)


def test_an_account_that_google_does_not_know_pauses() -> None:
    async def play(scene: Scene) -> None:
        # A machine whose clock stands still signs what has long ended.
        scene.account._clock = lambda: 5.0
        with pytest.raises(Rejected, match="DIGEST_FCM_ACCOUNT") as caught:
            await scene.send()
        assert caught.value.scope == "channel" and scene.google.requests == 0

    at(play)


# Google's table of errors, and what becomes of the copy: dropped, waits, or pauses all.
ERRORS: list[tuple[int, str, str]] = [
    (404, "UNREGISTERED", "drop"),
    (403, "SENDER_ID_MISMATCH", "drop"),
    (400, "INVALID_ARGUMENT", "pause"),
    (429, "QUOTA_EXCEEDED", "wait"),
    (503, "UNAVAILABLE", "wait"),
    (500, "INTERNAL", "wait"),
    (401, "THIRD_PARTY_AUTH_ERROR", "pause"),
    (404, "", "pause"),
]


@pytest.mark.parametrize(("status", "code", "wanted"), ERRORS)
def test_each_error_leads_to_its_action(status: int, code: str, wanted: str) -> None:
    async def play(scene: Scene) -> None:
        scene.google.script.append((status, code))
        with pytest.raises(Rejected) as caught:
            await scene.send()
        refused = caught.value
        found = "pause" if refused.scope == "channel" else "drop" if refused.permanent else "wait"
        assert found == wanted
        assert refused.recipient == (wanted == "drop")
        if wanted == "wait":
            assert (refused.retry_after or 0) >= 10

    at(play)


def test_a_token_that_is_malformed_is_dropped_and_a_message_that_is_pauses() -> None:
    async def play(scene: Scene) -> None:
        with pytest.raises(Rejected) as caught:
            await scene.send(to="short")
        assert caught.value.permanent and caught.value.recipient
        bad = replace(WORDS, fields=WORDS.fields | {"ttl": 9_999_999})
        with pytest.raises(Rejected) as caught:
            await scene.send(bad)
        assert caught.value.scope == "channel"

    at(play)


def test_a_removed_app_is_dropped_and_a_foreign_project_pauses_in_the_end() -> None:
    async def play(scene: Scene) -> None:
        scene.google.gone.add(TOKEN)
        scene.google.strangers.add(FID)
        with pytest.raises(Rejected) as caught:
            await scene.send()
        assert caught.value.recipient
        scopes = []
        for _ in range(6):
            with pytest.raises(Rejected) as caught:
                await scene.send(to=FID)
            scopes.append(caught.value.scope)
        assert scopes == ["message"] * 4 + ["channel"] * 2

    at(play)


def test_above_the_quota_everybody_waits_as_long_as_google_says() -> None:
    async def play(scene: Scene) -> None:
        scene.google.quota, scene.google.retry_after = 2, "77"
        await scene.send()
        await scene.send()
        for _ in range(2):
            with pytest.raises(Rejected) as caught:
                await scene.send()
            assert 70 < (caught.value.retry_after or 0) <= 77
        assert scene.google.requests == 3, "the fourth did not ask"

    at(play)


def test_a_page_of_html_from_a_broken_gateway_is_no_verdict() -> None:
    refused = answers.refusal(502, {}, "")
    assert (refused.permanent, refused.scope, refused.retry_after) == (False, "message", 10)
    assert answers.refusal(503, {}, "3").retry_after == 10, "never sooner than ten seconds"


def test_nobody_there_and_a_line_that_breaks_are_told_apart() -> None:
    async def play(scene: Scene) -> None:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(100)
            writer.close()

        await scene.send()
        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        channel = Fcm(FcmConfig(scene.account, url))
        await channel.open()
        with pytest.raises(AnswerLost):
            await channel.send(copy_of("1-1", TOKEN, WORDS), lambda: None)
        server.close()
        await server.wait_closed()
        with pytest.raises(Unreachable):
            await channel.send(copy_of("1-1", TOKEN, WORDS), lambda: None)
        await channel.close()

    at(play)


@pytest.mark.parametrize("given", ["", "{}", "[]", "no json", '{"private_key": "x"}'])
def test_an_account_that_is_none_is_refused_with_what_to_do(given: str) -> None:
    with pytest.raises(BadAccount, match="DIGEST_FCM_ACCOUNT"):
        ServiceAccount(given)


def test_registrations_are_tokens_or_installations() -> None:
    assert registration(f" {TOKEN} ") == TOKEN and registration(FID) == FID
    assert is_fid(FID) and not is_fid(TOKEN)
    for value in ("", "short", "x" * 1001, "a b" * 40, "é" * 80):
        with pytest.raises(BadAddress):
            registration(value)


@given(NASTY)
def test_whatever_a_headline_holds_fcm_takes_it(headline: str) -> None:
    for words in (
        render_alert(replace(ALERT, headline=headline, summary=headline), "fcm", NEWSROOM),
        render_edition(edition_of([headline] * 4, [headline] * 4), "fcm", NEWSROOM),
    ):
        assert stand_in.check(message(copy_of(words=words, to=TOKEN))) == TOKEN
        assert lint(words) is not None


GOOD = message(copy_of(words=WORDS, to=TOKEN))


def but(**changes: Any) -> dict[str, Any]:
    """Our own message with changes; None leaves a field out."""
    return {name: value for name, value in (GOOD | changes).items() if value is not None}


def android(**changes: Any) -> dict[str, Any]:
    return but(android=GOOD["android"] | changes)


def apns(**headers: Any) -> dict[str, Any]:
    return but(apns={"headers": headers})


BAD: dict[str, dict[str, Any]] = {
    "no target": but(token=None),
    "two targets": but(fid=FID),
    "a topic": but(token=None, topic="news"),
    "a token that is none": but(token="short"),
    "a token as a number": but(token=7),
    "an unknown field": but(to=TOKEN),
    "data that is a number": but(data={"revision": 1}),
    "data that is nested": but(data={"x": {"y": "z"}}),
    "data named from": but(data={"from": "x"}),
    "data named gcm": but(data={"gcm.n": "x"}),
    "data named google": but(data={"google.x": "x"}),
    "data as a list": but(data=["x"]),
    "a title as a number": but(notification={"title": 7}),
    "an unknown part": but(notification={"title": "x", "sound": "x"}),
    "an urgent priority": android(priority="URGENT"),
    "a ttl without its unit": android(ttl="3600"),
    "a ttl of five weeks": android(ttl="3024001s"),
    "a collapse key as a number": android(collapse_key=7),
    "an unknown android field": android(colour="red"),
    "android as text": but(android="HIGH"),
    "an APNs priority of 7": apns(**{"apns-priority": "7"}),
    "a collapse id too long": apns(**{"apns-collapse-id": "x" * 65}),
    "an expiration as a date": apns(**{"apns-expiration": "tomorrow"}),
    "a header as a number": apns(**{"apns-priority": 10}),
    "a picture as a number": but(notification={"title": "x", "image": 7}),
    "a picture that is nested": but(notification={"title": "x", "image": {"url": "x"}}),
    "mutable content as a word": but(apns={"payload": {"aps": {"mutable-content": "yes"}}}),
    "an unknown option of Apple's": but(apns={"fcm_options": {"picture": "x"}}),
    "a label with spaces": but(fcm_options={"analytics_label": "a b"}),
    "too large": but(data={"x": "y" * 4_096}),
}


@pytest.mark.parametrize("fault", BAD)
def test_the_stand_in_refuses_what_fcm_refuses(fault: str) -> None:
    with pytest.raises(stand_in.FcmRefused) as caught:
        stand_in.check(BAD[fault])
    assert (caught.value.status, caught.value.code) == (400, "INVALID_ARGUMENT")
    assert stand_in.check(GOOD) == TOKEN


def test_the_stand_in_asks_who_is_speaking() -> None:
    async def play(scene: Scene) -> None:
        url = f"{scene.google.url}/v1/projects/{PROJECT}/messages:send"
        other = url.replace(PROJECT, "another")
        await scene.send()
        (token,) = scene.google.access_tokens
        good = {"Authorization": f"Bearer {token}"}
        cases: list[tuple[str, dict[str, str], Any, int]] = [
            (url, {}, {"message": GOOD}, 401),
            (url, {"Authorization": "Bearer ya29.guess"}, {"message": GOOD}, 401),
            (other, good, {"message": GOOD}, 403),
            (url, good, {"message": GOOD, "to": "x"}, 400),
            (url, good, {}, 400),
            (url, good, {"message": GOOD}, 200),
        ]
        async with aiohttp.ClientSession() as session:
            for where, headers, body, status in cases:
                async with session.post(where, json=body, headers=headers) as answer:
                    assert answer.status == status
                    told = await answer.json()
                    assert status == 200 or told["error"]["code"] == status
            form = {"grant_type": "password", "assertion": "x"}
            async with session.post(scene.google.token_url, data=form) as answer:
                assert answer.status == 400

    at(play)


def test_the_next_run_of_a_process_asks_for_no_token_before_its_first_message() -> None:
    kept: dict[str, tuple[str, float]] = {}

    async def run() -> None:
        google = fcm_server()
        runner = await serve(google)
        try:
            for _ in range(2):
                account = ServiceAccount(account_for(google), kept=kept)
                channel = Fcm(FcmConfig(account, google.url))
                await channel.open()
                await channel.send(copy_of("7-11", TOKEN, WORDS), lambda: None)
                await channel.close()
            assert len(google.access_tokens) == 1 and len(google.taken) == 2
            # One that Google takes no longer is renewed, and kept in its place.
            google.access_tokens.clear()
            channel = Fcm(FcmConfig(ServiceAccount(account_for(google), kept=kept), google.url))
            await channel.open()
            await channel.send(copy_of("7-12", TOKEN, WORDS), lambda: None)
            await channel.close()
            assert [token for token, _ in kept.values()] == list(google.access_tokens)
        finally:
            await runner.cleanup()

    asyncio.run(run())
