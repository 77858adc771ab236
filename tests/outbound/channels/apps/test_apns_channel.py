"""APNs as a channel: one line for all, what each reason leads to, and what a broken line means."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from digest.audience.kinds import BadAddress
from digest.kit.clock import now
from digest.outbound.channels.apns import channel as transport
from digest.outbound.channels.apns.address import device, device_token
from digest.outbound.channels.apns.channel import Apns, config_of
from digest.outbound.channels.apns.provider_token import SPAN, BadApnsKey, ProviderToken
from digest.outbound.channels.apns.stand_in.server import counted
from digest.outbound.channels.base import AnswerLost, Receipt, Rejected, Unreachable
from digest.outbound.channels.rendering import render_alert, render_edition
from digest.outbound.messages.message import Endpoint, Words
from tests.fakes.apns import (
    DROP,
    GOAWAY,
    MUTE,
    TOPIC,
    ApnsServer,
    apns_server,
    serve,
    settings_for,
)
from tests.outbound.samples import ALERT, EDITION, LINKS, NEWSROOM, copy_of

TOKEN, OTHER = "ab" * 32, "cd" * 32
WORDS = render_alert(ALERT, "apns", NEWSROOM)


@dataclass
class Scene:
    """Apple, and our channel."""

    apple: ApnsServer
    sandbox: ApnsServer
    channel: Apns
    intents: list[str] = field(default_factory=list)

    async def send(
        self,
        words: Words = WORDS,
        to: str = TOKEN,
        key: str = "7-11",
        data: dict[str, Any] | None = None,
    ) -> Receipt:
        copy = replace(copy_of(key, to, words), to=Endpoint(to, data=data))
        return await self.channel.send(copy, lambda: self.intents.append(key))

    async def refused(self, **how: Any) -> Rejected:
        with pytest.raises(Rejected) as caught:
            await self.send(**how)
        return caught.value


def at(
    play: Callable[[Scene], Coroutine[Any, Any, None]], *, sandbox: bool = False, **how: Any
) -> None:
    async def run() -> None:
        apple, other = apns_server(**how), apns_server()
        served = [await serve(each) for each in (apple, other)]
        found = settings_for(apple, other if sandbox else None) | {"DIGEST_APNS_TOPICS": [TOPIC]}
        channel = Apns(config_of(SimpleNamespace(**found)))
        await channel.open()
        try:
            await play(Scene(apple, other, channel))
        finally:
            await channel.close()
            for each in served:
                await each.cleanup()

    asyncio.run(run())


def test_an_alert_is_shown_at_once_and_its_correction_takes_its_place() -> None:
    async def play(scene: Scene) -> None:
        receipt = await scene.send()
        correction = replace(ALERT, kind="correction", revision=2)
        await scene.send(render_alert(correction, "apns", NEWSROOM), key="8-11")
        first, second = scene.apple.taken
        assert receipt.provider_id == first["id"] != second["id"]
        told = first["headers"]
        assert (told["apns-topic"], told["apns-push-type"]) == (TOPIC, "alert")
        assert told["apns-priority"] == "10"
        assert 21_000 < int(told["apns-expiration"]) - time.time() <= 21_600
        assert first["payload"]["aps"]["alert"]["title"].startswith("Breaking: Ferry")
        assert first["payload"]["url"] == ALERT.url
        assert first["payload"]["own"] == LINKS.preferences
        assert list(scene.apple.shown.values()) == [second], "one on the screen"

    at(play)


def test_an_edition_waits_its_turn() -> None:
    async def play(scene: Scene) -> None:
        await scene.send(render_edition(EDITION, "apns", NEWSROOM))
        (taken,) = scene.apple.taken
        assert taken["headers"]["apns-priority"] == "5"
        assert "sound" not in taken["payload"]["aps"]

    at(play)


def test_a_phone_that_is_off_gets_the_newest_alone() -> None:
    async def play(scene: Scene) -> None:
        scene.apple.away.add(TOKEN)
        for number in range(3):
            words = render_alert(replace(ALERT, public_id=f"a{number}"), "apns", NEWSROOM)
            await scene.send(words, key=f"{number}-11")
        assert scene.apple.shown == {}
        scene.apple.wake(TOKEN)
        assert list(scene.apple.shown.values()) == scene.apple.taken[-1:]

    at(play)


def test_a_repeat_has_the_same_id() -> None:
    async def play(scene: Scene) -> None:
        assert (await scene.send()).provider_id == (await scene.send()).provider_id
        assert (await scene.send(key="7-12")).provider_id != scene.apple.taken[0]["id"]

    at(play)


def test_all_go_by_one_line_many_at_once_after_the_first() -> None:
    async def play(scene: Scene) -> None:
        tokens = [f"{number:064x}" for number in range(300)]
        await asyncio.gather(*(scene.send(to=each, key=f"1-{each}") for each in tokens))
        # A second stream before the first answer would have ended the line.
        assert scene.apple.lines == 1 and len(scene.apple.tokens) == 1
        assert set(counted(scene.apple)) == set(tokens) and len(scene.apple.taken) == 300
        assert 1 < scene.apple.most_at_once <= 50

    at(play, streams=50, delay=0.01)


def test_the_token_is_the_same_for_all_processes_and_renewed_in_time() -> None:
    clock = [1_000_000.0 * 60]
    pem, key_id, team = apple_key()
    first, second = (ProviderToken(pem, key_id, team, clock=lambda: clock[0]) for _ in range(2))
    assert first.value() == second.value()
    before = first.value()
    clock[0] += 19 * 60
    clock[0] -= clock[0] % SPAN  # the beginning of a span
    assert first.value() == second.value()
    clock[0] += SPAN - 1
    kept = first.value()
    clock[0] += 1
    assert first.value() == second.value() != kept
    assert before.startswith(b"bearer ")


def apple_key() -> tuple[str, str, str]:
    found = settings_for(apns_server())
    return found["DIGEST_APNS_KEY"], found["DIGEST_APNS_KEY_ID"], found["DIGEST_APNS_TEAM"]


def test_a_token_that_is_too_old_is_renewed_once() -> None:
    async def play(scene: Scene) -> None:
        await scene.send()
        scene.apple.script.append((403, "ExpiredProviderToken"))
        assert (await scene.send(key="8-11")).code == 200
        assert scene.intents == ["7-11", "8-11"], "one intent each"
        scene.apple.script.extend([(403, "ExpiredProviderToken")] * 2)
        assert (await scene.refused()).scope == "channel"

    at(play)


def test_a_clock_that_stands_still_pauses_with_what_to_check() -> None:
    async def play(scene: Scene) -> None:
        scene.apple.clock = lambda: time.time() + 7_200
        refused = await scene.refused()
        assert refused.scope == "channel" and "clock" in refused.reply

    at(play)


@pytest.mark.parametrize(
    "answer", [(403, "UnrelatedKeyIdInToken"), (400, "IdleTimeout")], ids=lambda each: each[1]
)
def test_some_reasons_ask_for_a_new_line(answer: tuple[int, str]) -> None:
    async def play(scene: Scene) -> None:
        await scene.send()
        scene.apple.script.append(answer)
        assert (await scene.send(key="8-11")).code == 200
        assert scene.apple.lines == 2

    at(play)


# Apple's table of reasons, and what becomes of the copy.
REASONS: list[tuple[int, str, str]] = [
    (400, "BadDeviceToken", "drop"),
    (400, "DeviceTokenNotForTopic", "drop"),
    (410, "Unregistered", "drop"),
    (410, "ExpiredToken", "drop"),
    (400, "BadCollapseId", "pause"),
    (400, "BadExpirationDate", "pause"),
    (400, "BadMessageId", "pause"),
    (400, "BadPriority", "pause"),
    (400, "BadTopic", "pause"),
    (400, "DuplicateHeaders", "pause"),
    (400, "InvalidPushType", "pause"),
    (400, "MissingDeviceToken", "pause"),
    (400, "MissingTopic", "pause"),
    (400, "PayloadEmpty", "pause"),
    (400, "TopicDisallowed", "pause"),
    (404, "BadPath", "pause"),
    (405, "MethodNotAllowed", "pause"),
    (413, "PayloadTooLarge", "pause"),
    (403, "ExpiredProviderToken", "pause"),
    (403, "UnrelatedKeyIdInToken", "pause"),
    (403, "InvalidProviderToken", "pause"),
    (403, "MissingProviderToken", "pause"),
    (403, "Forbidden", "pause"),
    (403, "BadCertificate", "pause"),
    (403, "BadCertificateEnvironment", "pause"),
    (403, "BadEnvironmentKeyIdInToken", "pause"),
    (403, "BadEnvironmentKeyInToken", "pause"),
    (400, "IdleTimeout", "wait"),
    (429, "TooManyProviderTokenUpdates", "wait"),
    (429, "TooManyRequests", "wait"),
    (500, "InternalServerError", "wait"),
    (503, "ServiceUnavailable", "wait"),
    (503, "Shutdown", "wait"),
    (502, "", "wait"),
]


@pytest.mark.parametrize(("status", "reason", "wanted"), REASONS)
def test_each_reason_leads_to_its_action(status: int, reason: str, wanted: str) -> None:
    async def play(scene: Scene) -> None:
        scene.apple.script.extend([(status, reason)] * 2)
        refused = await scene.refused()
        found = "pause" if refused.scope == "channel" else "drop" if refused.permanent else "wait"
        assert (found, refused.recipient) == (wanted, wanted == "drop")
        if status >= 500:
            assert refused.retry_after == 900
        if status == 429:
            assert refused.retry_after == 60

    at(play)


def test_a_token_that_ended_before_the_app_told_it_again_is_kept() -> None:
    async def play(scene: Scene) -> None:
        told = int(time.time())
        scene.apple.gone[TOKEN] = (told - 60) * 1000
        refused = await scene.refused(data={"told": told, "topic": TOPIC})
        assert (refused.permanent, refused.recipient) == (True, False)
        scene.apple.gone[TOKEN] = (told + 60) * 1000
        refused = await scene.refused(data={"told": told, "topic": TOPIC})
        assert refused.recipient

    at(play)


def test_a_token_of_the_other_environment_is_tried_there_once() -> None:
    async def play(scene: Scene) -> None:
        scene.apple.elsewhere.add(TOKEN)
        assert (await scene.send()).code == 200
        assert len(scene.sandbox.taken) == 1 and scene.intents == ["7-11"]
        scene.sandbox.elsewhere.add(TOKEN)
        assert (await scene.refused()).recipient
        await scene.send(to=OTHER, data={"environment": "sandbox", "topic": TOPIC})
        assert scene.sandbox.taken[-1]["to"] == OTHER

    at(play, sandbox=True)


def test_many_tokens_of_elsewhere_in_a_row_pause() -> None:
    async def play(scene: Scene) -> None:
        scene.apple.foreign.add(TOKEN)
        scopes = [(await scene.refused()).scope for _ in range(6)]
        assert scopes == ["message"] * 4 + ["channel"] * 2
        await scene.send(to=OTHER)
        assert (await scene.refused()).scope == "message"

    at(play)


def test_an_app_that_is_no_longer_ours_is_dropped_without_asking() -> None:
    async def play(scene: Scene) -> None:
        refused = await scene.refused(data={"topic": "example.other"})
        assert refused.recipient and scene.apple.requests == 0

    at(play)


def test_what_a_goaway_leaves_out_goes_by_the_next_line() -> None:
    async def play(scene: Scene) -> None:
        await scene.send()
        scene.apple.script.extend([None] * 20 + [GOAWAY])
        tokens = [f"{number:064x}" for number in range(60)]
        await asyncio.gather(*(scene.send(to=each, key=f"1-{each}") for each in tokens))
        assert scene.apple.lines == 2
        assert counted(scene.apple) == dict.fromkeys([TOKEN, *tokens], 1), "nobody lost or twice"

    at(play, delay=0.02)


def test_a_line_that_breaks_may_hide_what_had_left() -> None:
    async def play(scene: Scene) -> None:
        await scene.send()
        scene.apple.script.append(DROP)
        with pytest.raises(AnswerLost):
            await scene.send(key="8-11")
        assert (await scene.send(key="9-11")).code == 200
        assert scene.apple.lines == 2

    at(play)


def test_no_answer_is_an_answer_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(scene: Scene) -> None:
        scene.apple.script.append(MUTE)
        with pytest.raises(AnswerLost) as caught:
            await scene.send()
        assert caught.value.overdue

    monkeypatch.setattr(transport, "PATIENCE", 0.5)
    at(play)


def test_nobody_there_and_no_http2_cost_nothing() -> None:
    async def play(scene: Scene) -> None:
        found = dict(settings_for(scene.apple)) | {"DIGEST_APNS_TOPICS": [TOPIC]}
        found["DIGEST_APNS_URL"] = "https://127.0.0.1:9"
        channel = Apns(config_of(SimpleNamespace(**found)))
        intents: list[int] = []
        for _ in range(2):
            with pytest.raises(Unreachable):
                await channel.send(copy_of("1-1", TOKEN, WORDS), lambda: intents.append(1))
        await channel.close()
        assert intents == []

    at(play)


def test_a_certificate_that_nobody_signed_is_not_believed() -> None:
    async def play(scene: Scene) -> None:
        found = dict(settings_for(scene.apple)) | {"DIGEST_APNS_TOPICS": [TOPIC]}
        channel = Apns(config_of(SimpleNamespace(**(found | {"DIGEST_APNS_CA": ""}))))
        with pytest.raises(Unreachable, match="certificate"):
            await channel.send(copy_of("1-1", TOKEN, WORDS), lambda: None)
        await channel.close()

    at(play)


def test_what_is_not_set_up_says_which_settings() -> None:
    async def run() -> None:
        found = dict.fromkeys(settings_for(apns_server()), "") | {"DIGEST_APNS_TOPICS": []}
        channel = Apns(config_of(SimpleNamespace(**found)))
        with pytest.raises(Rejected, match="DIGEST_APNS_KEY") as caught:
            await channel.send(copy_of("1-1", TOKEN, WORDS), lambda: None)
        assert caught.value.scope == "channel"

    asyncio.run(run())
    with pytest.raises(BadApnsKey, match="DIGEST_APNS_KEY_FILE"):
        ProviderToken("no key", "a", "b")
    with pytest.raises(BadApnsKey, match="DIGEST_APNS_TEAM"):
        ProviderToken(apple_key()[0], "a", "")


def test_addresses_are_hexadecimal_tokens_of_an_app_of_ours() -> None:
    assert device_token(f" {TOKEN.upper()} ") == TOKEN
    for value in ("", "ab", "x" * 64, "a" * 65, "ab" * 200):
        with pytest.raises(BadAddress):
            device_token(value)
    config = SimpleNamespace(DIGEST_APNS_TOPICS=[TOPIC, "example.second"])
    assert device({}, config, now())["topic"] == TOPIC
    assert device({"app": "example.second", "environment": "sandbox"}, config, now())["told"] > 0
    for told in ({"app": "example.third"}, {"environment": "testing"}, {"app": 7}):
        with pytest.raises(BadAddress):
            device(told, config, now())
