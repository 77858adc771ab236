"""Answers that no network wrote, that come in halves, or that lead elsewhere with our token."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from digest.kit.doctor.finding import ERROR, OK
from digest.outbound.channels import registry
from digest.outbound.channels.answered import whole
from digest.outbound.channels.base import AnswerLost, Rejected, Unreachable
from digest.outbound.channels.discord import channel as discord
from digest.outbound.channels.places.line import PlaceAnswer
from digest.outbound.channels.rendering import render_alert
from digest.outbound.channels.slack import channel as slack
from digest.outbound.channels.stand_in_server import serve
from digest.outbound.messages.message import Act
from tests.fakes.in_thread import in_thread
from tests.fakes.portal import Portal, standing_between
from tests.outbound.channels.places.networks import NAMING, NETWORKS, Scene, at
from tests.outbound.samples import ALERT, NEWSROOM

everywhere = pytest.mark.parametrize("name", NETWORKS)
where_posts_have_names = pytest.mark.parametrize("name", NAMING)
ASKS_FIRST = {"mastodon", "bluesky"}


@everywhere
def test_a_page_that_answers_for_the_network_is_a_lost_answer(name: str) -> None:
    """Before anything was handed over it costs nothing; afterwards the post may stand there."""

    async def play(scene: Scene) -> None:
        scene.server.script.append(-200)
        with pytest.raises(Unreachable if name in ASKS_FIRST else AnswerLost):
            await scene.send()
        first = await scene.send()
        for act in Act:
            scene.server.script.append(-200)
            with pytest.raises(AnswerLost, match="did not write it"):
                await scene.send(act=act, earlier=first.provider_id, key=f"{act.value}-12")
        assert len(scene.server.taken) == 1

    at(name, play)


@everywhere
@pytest.mark.parametrize("status", [401, 403, 404, 407])
def test_a_page_that_refuses_for_the_network_says_nothing_of_place_or_token(
    name: str, status: int
) -> None:
    async def play(scene: Scene) -> None:
        await scene.send()
        scene.server.script.append(-status)
        with pytest.raises(Rejected, match="did not write it") as caught:
            await scene.send(key="8-12")
        assert (caught.value.permanent, caught.value.scope) == (False, "channel")
        assert "TOKEN" not in str(caught.value)

    at(name, play)


@where_posts_have_names
def test_an_object_that_is_none_of_the_network_s_is_no_success(name: str) -> None:
    async def play(scene: Scene) -> None:
        await scene.send()
        async with standing_between(Portal(parts=('{"login": "here"}',))) as portal:
            scene.channel.line.url = portal.url
            for act in (Act.SEND, Act.REPLACE):
                with pytest.raises(AnswerLost):
                    await scene.send(act=act, earlier="1", key=f"{act.value}-12")

    at(name, play)


def test_an_answer_in_halves_is_read_whole() -> None:
    async def play(scene: Scene) -> None:
        halves = ('{"ok": true, "channel": "C0123456789",', ' "ts": "1700000000.', '000001"}')
        async with standing_between(Portal(parts=halves)) as portal:
            scene.channel.line.url = portal.url
            assert (await scene.send()).provider_id == "1700000000.000001"

    at("slack", play)


def test_no_more_of_an_answer_is_read_than_we_are_ready_to_hold() -> None:
    async def run() -> None:
        body = asyncio.StreamReader()
        body.feed_data(b"a" * 1_000)
        assert len(await whole(body, 300)) == 300
        body.feed_eof()
        assert len(await whole(body, 10_000)) == 700

    asyncio.run(run())


@pytest.mark.parametrize("name", ["mastodon", "bluesky"])
def test_a_server_that_does_not_say_whose_the_token_is_fails_no_place(name: str) -> None:
    """It may be ours: nothing was handed over, so it waits."""

    async def play(scene: Scene) -> None:
        said = '{"did": "did:plc:x", "accessJwt": "t", "username": null, "handle": ""}'
        async with standing_between(Portal(parts=(said,))) as portal:
            ours, scene.channel.line.url = scene.channel.line.url, portal.url
            with pytest.raises(Unreachable):
                await scene.send()
            scene.channel.line.url = ours
        await scene.send()

    at(name, play)


@pytest.mark.parametrize("error", ["no_permission", "access_denied", "ekm_access_denied"])
def test_what_slack_s_bot_may_not_do_in_a_conversation_is_said_of_that_alone(error: str) -> None:
    refused = slack.judge(PlaceAnswer(200, {"ok": False, "error": error}))
    assert refused is not None
    assert (refused.permanent, refused.scope) == (True, "message")


def test_no_error_of_slack_is_said_of_two_things() -> None:
    groups = [
        slack._OF_PLACE, slack._NO_EARLIER, slack._OF_TOKEN, slack._TOO_FAST, slack._UNSURE,
    ]  # fmt: skip
    assert sum(map(len, groups)) == len(set().union(*groups))


@pytest.mark.parametrize("code", [50009, 50024, 200000, 30046])
def test_what_discord_refuses_in_one_channel_stops_no_other(code: int) -> None:
    refused = discord.judge(PlaceAnswer(400, {"code": code, "message": "m"}))
    assert refused is not None
    assert (refused.permanent, refused.scope) == (True, "message")


@pytest.mark.parametrize("name", ["slack", "mastodon", "discord"])
def test_an_address_in_somebody_else_s_words_leads_where_it_did(name: str) -> None:
    url = "https://social.example/@minister/a_b~c-d?to=me@here.example#x_y"
    safe = url.replace("~", "-")
    words = render_alert(replace(ALERT, summary=f"She wrote at {safe} today."), name, NEWSROOM)
    assert safe in words.fields["text"].replace("&amp;", "&")


def test_an_address_calls_nobody_either() -> None:
    rude = replace(ALERT, headline="See https://a.example/?@victim and @victim", summary="")
    said = render_alert(rude, "mastodon", NEWSROOM).fields["text"]
    assert "https://a.example/?%40victim and ＠victim" in said
    said = render_alert(replace(ALERT, url="https://a.example/@us/7"), "mastodon", NEWSROOM)
    assert "https://a.example/@us/7" in said.fields["text"]


@where_posts_have_names
def test_the_doctor_s_token_follows_no_redirect(name: str) -> None:
    spec = registry.spec(name)
    with in_thread(Portal(), serve) as elsewhere:
        portal = Portal(leads_to=f"{elsewhere.url}/")
        with in_thread(portal, serve):
            told = {each.name: "x" for each in spec.settings}
            setting = next(each for each in told if each.endswith("_URL"))
            told[setting] = portal.url + {"slack": "/api", "discord": "/api/v10"}.get(name, "")
            settings = SimpleNamespace(DIGEST_PRODUCTION=False, **told)
            found = registry.part(spec.doctor)(settings, None)
        assert [each.state for each in found] == [OK, ERROR], found
        assert "leads elsewhere" in found[1].what
        assert len(portal.heard) == 1 and elsewhere.heard == []


@pytest.mark.parametrize(
    ("name", "url", "state"),
    [
        ("slack", "https://slack.example", ERROR),
        ("slack", "https://slack.example/api/", OK),
        ("discord", "https://discord.example/api", ERROR),
        ("discord", "https://discord.example/api/v10", OK),
        ("mastodon", "https://news.example/api/v1", ERROR),
        ("mastodon", "https://news.example/", OK),
        ("matrix", "https://matrix.example/_matrix/client/v3", ERROR),
        ("bluesky", "https://pds.example/xrpc", ERROR),
    ],
)
def test_the_doctor_looks_at_the_path_of_a_server(name: str, url: str, state: str) -> None:
    spec = registry.spec(name)
    told: dict[str, Any] = {each.name: "x" for each in spec.settings}
    setting = next(each for each in told if each.endswith("_URL"))
    settings = SimpleNamespace(DIGEST_PRODUCTION=True, **(told | {setting: url}))
    found = registry.part(spec.check_settings)(settings)
    assert found[-1].state == state, found
