"""One post per edition or alert and place: said, corrected, taken away, on every network."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from digest.audience.kinds import BadAddress
from digest.kit.doctor.finding import ERROR, OK, WARNING
from digest.outbound.channels import registry
from digest.outbound.channels.base import AnswerLost, Rejected, Unreachable
from digest.outbound.channels.places.graphemes import graphemes
from digest.outbound.channels.places.stand_in import PlaceServer
from digest.outbound.channels.rendering import lint, render_alert, render_edition
from digest.outbound.messages.message import Act
from tests.fakes.in_thread import in_thread
from tests.outbound.channels.places.networks import NAMING, NETWORKS, Scene, at, made, settings_for
from tests.outbound.samples import ALERT, EDITION, NASTY, NEWSROOM, edition_of

everywhere = pytest.mark.parametrize("name", NETWORKS)
where_posts_have_names = pytest.mark.parametrize("name", NAMING)
CORRECTION = replace(ALERT, kind="correction", headline="Ferry with 112 aboard runs aground")
WITHDRAWAL = replace(ALERT, kind="withdrawal")


@everywhere
def test_an_alert_reads_well_and_leads_to_its_story(name: str) -> None:
    async def play(scene: Scene) -> None:
        receipt = await scene.send()
        assert bool(receipt.provider_id) != scene.network.keeps
        assert len(scene.server.standing) == 1
        (taken,) = scene.server.taken
        assert taken["preview"].startswith("Breaking: Ferry with 212 aboard runs aground\n\nRescue")
        assert "Read the story" in taken["preview"]
        assert ALERT.url in str(taken["request"])
        assert "preferences" not in str(taken["request"])

    at(name, play)


@everywhere
def test_an_edition_is_a_title_whole_items_and_a_way_to_the_rest(name: str) -> None:
    async def play(scene: Scene) -> None:
        await scene.send(render_edition(EDITION, name, NEWSROOM))
        said = scene.server.taken[0]["preview"]
        assert said.startswith("Korean peninsula, Sun 6 Oct")
        assert "1. Beijing and Pyongyang" in said and "2. Update: Seoul" in said
        assert "Read on the web" in said

    at(name, play)


@where_posts_have_names
def test_a_correction_takes_the_posts_place_or_answers_it_and_a_withdrawal_removes_all(
    name: str,
) -> None:
    async def play(scene: Scene) -> None:
        first = await scene.send()
        second = await scene.send(
            render_alert(CORRECTION, name, NEWSROOM), act=Act.REPLACE, earlier=first.provider_id
        )
        assert [each["act"] for each in scene.server.taken] == ["sent", scene.network.change]
        assert "Correction: Ferry with 112" in scene.server.taken[1]["preview"]
        threads = scene.network.change == "sent"
        assert len(scene.server.standing) == 1 + threads
        third = await scene.send(
            render_alert(CORRECTION, name, NEWSROOM),
            act=Act.REPLACE,
            earlier=second.provider_id,
            key="9-11",
        )
        await scene.send(
            render_alert(WITHDRAWAL, name, NEWSROOM), act=Act.WITHDRAW, earlier=third.provider_id
        )
        assert scene.server.standing == {}

    at(name, play)


@pytest.mark.parametrize("name", ["slack", "mastodon", "discord"])
def test_what_can_be_edited_no_more_is_followed_by_a_post_of_its_own(name: str) -> None:
    async def play(scene: Scene) -> None:
        first = await scene.send()
        scene.server.standing.clear()
        for act in (Act.REPLACE, Act.WITHDRAW):
            words = render_alert(CORRECTION, name, NEWSROOM)
            key = f"{act.value}-11"
            receipt = await scene.send(words, act=act, earlier=first.provider_id, key=key)
            assert receipt.reply == "sent" and receipt.provider_id != first.provider_id
        assert len(scene.server.standing) == 2

    at(name, play)


@everywhere
def test_a_rate_limit_is_obeyed_by_everybody(name: str) -> None:
    async def play(scene: Scene) -> None:
        await scene.send()
        scene.server.retry_after = 300
        scene.server.script.append(429)
        with pytest.raises(Rejected) as caught:
            await scene.send(key="8-11")
        refused = caught.value
        assert (refused.permanent, refused.scope) == (False, "message")
        assert 290 < (refused.retry_after or 0) <= 302
        asked = scene.server.requests
        with pytest.raises(Rejected) as caught:
            await scene.send(key="9-11")
        assert 280 < (caught.value.retry_after or 0) <= 302
        assert scene.server.requests == asked

    at(name, play)


@everywhere
def test_without_its_settings_a_channel_waits_and_says_which(name: str) -> None:
    empty = {each.name: "" for each in registry.spec(name).settings}

    async def play(scene: Scene) -> None:
        with pytest.raises(Rejected, match="is not set up: set DIGEST_") as caught:
            await scene.send()
        assert caught.value.scope == "channel" and scene.server.requests == 0

    at(name, play, **empty)


@where_posts_have_names
def test_a_wrong_token_stops_the_channel_and_names_its_setting(name: str) -> None:
    secret = f"DIGEST_{name.upper()}_{'PASSWORD' if name == 'bluesky' else 'TOKEN'}"

    async def play(scene: Scene) -> None:
        with pytest.raises(Rejected, match=f"Check {secret}") as caught:
            await scene.send()
        assert (caught.value.scope, caught.value.permanent) == ("channel", False)
        assert "another" not in str(caught.value)

    at(name, play, **{secret: "another"})


@pytest.mark.parametrize(
    ("name", "place"), [("mastodon", "@another@news.example"), ("bluesky", "another.example")]
)
def test_another_account_s_place_gets_nothing_of_ours(name: str, place: str) -> None:
    async def play(scene: Scene) -> None:
        scene.network = replace(scene.network, place=place)
        with pytest.raises(Rejected, match="posts nothing as") as caught:
            await scene.send()
        assert caught.value.permanent and caught.value.scope == "message"
        assert scene.server.taken == []

    at(name, play)


@where_posts_have_names
def test_nobody_there_is_unreachable_and_a_gateways_error_may_have_arrived(name: str) -> None:
    async def play(scene: Scene) -> None:
        await scene.send()
        scene.server.script.append(502)
        with pytest.raises(AnswerLost):
            await scene.send(key="8-11")
        setting = next(each.name for each in registry.spec(name).settings if "URL" in each.name)
        nobody = made(name, scene.server, **{setting: "http://127.0.0.1:9"})
        await nobody.open()
        scene.channel, ours = nobody, scene.channel
        try:
            with pytest.raises(Unreachable):
                await scene.send(key="9-11")
        finally:
            await nobody.close()
            scene.channel = ours

    at(name, play)


@everywhere
@given(headline=NASTY, summary=NASTY)
def test_any_alert_is_taken_by_the_network(name: str, headline: str, summary: str) -> None:
    fits(name, render_alert(replace(ALERT, headline=headline, summary=summary), name, NEWSROOM))


@everywhere
@given(headlines=st.lists(NASTY, min_size=1, max_size=9), blurb=NASTY)
def test_any_edition_is_taken_by_the_network(name: str, headlines: list[str], blurb: str) -> None:
    content = edition_of(headlines, [blurb] * len(headlines))
    words = render_edition(content, name, NEWSROOM)
    fits(name, words)
    assert words == render_edition(content, name, NEWSROOM)


def fits(name: str, words: Any) -> None:
    """No loop is needed to ask a stand-in's rules."""
    assert words.fields["length"] <= words.fields["limit"]
    assert not [each for each in lint(words) if each.grave]
    shown = registry.spec(name).preview(words)
    assert shown.length <= shown.limit and shown.pieces


@given(st.lists(NASTY, min_size=3, max_size=5))
def test_what_is_made_of_anything_is_taken_by_each_stand_in(headlines: list[str]) -> None:
    contents = [replace(ALERT, headline=each, summary=each) for each in headlines]

    for name in NETWORKS:

        async def play(scene: Scene) -> None:
            for number, content in enumerate(contents):
                words = render_alert(content, scene.network.name, NEWSROOM)
                await scene.send(words, key=f"{number}-11")
            words = render_edition(edition_of(headlines), scene.network.name, NEWSROOM)
            await scene.send(words, key="99-11")
            assert len(scene.server.taken) == len(contents) + 1

        at(name, play)


@given(NASTY)
def test_characters_are_never_counted_too_few(text: str) -> None:
    assert graphemes(text) >= len(regex.findall(r"\X", text))


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("abc", 3), ("é", 1), ("👩‍👩‍👧‍👦", 1), ("🇸🇬🇰🇷", 2), ("👍🏽", 1), ("한국어", 3)],
)
def test_a_reader_s_characters_are_counted_once(text: str, count: int) -> None:
    assert graphemes(text) == count


def test_nobody_is_called_by_somebody_else_s_words() -> None:
    rude = replace(ALERT, headline="@everyone <!channel> <@U1> **hi** [x](http://e.example)")
    slack = render_alert(rude, "slack", NEWSROOM).fields["text"]
    assert "<!channel>" not in slack and "&lt;!channel&gt;" in slack and slack.count("*") == 2
    discord = render_alert(rude, "discord", NEWSROOM).fields["text"]
    assert r"\@everyone" in discord and r"\[x\]\(http" in discord
    assert " @everyone" not in render_alert(rude, "mastodon", NEWSROOM).fields["text"]
    assert "＠everyone" in render_alert(rude, "mastodon", NEWSROOM).fields["text"]
    (facet,) = render_alert(rude, "bluesky", NEWSROOM).fields["facets"]
    assert facet["features"][0]["uri"] == ALERT.url


@pytest.mark.parametrize(
    ("name", "given_as", "stored"),
    [
        ("slack", " c0123456789 ", "C0123456789"),
        ("slack", "https://meridian.slack.com/archives/C0123456789", "C0123456789"),
        ("mastodon", "Meridian@News.Example", "@meridian@news.example"),
        ("mastodon", "https://news.example/@meridian", "@meridian@news.example"),
        ("discord", "https://discord.com/channels/1/1203456789012345678", "1203456789012345678"),
        ("matrix", " !newsroom:matrix.example ", "!newsroom:matrix.example"),
        (
            "matrix",
            "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM",
            "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM",
        ),
        ("bluesky", "@Meridian.Example", "meridian.example"),
        ("teams", " Newsroom ", "newsroom"),
        ("bluesky", "https://bsky.app/profile/meridian.example", "meridian.example"),
    ],
)
def test_a_place_is_written_as_people_copy_it(name: str, given_as: str, stored: str) -> None:
    assert registry.spec(name).address.normalise(given_as) == stored


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("slack", "#general"), ("slack", ""), ("slack", "C12"), ("slack", "C0123456789/../x?"),
        ("mastodon", "meridian"), ("mastodon", "@a@b@c"), ("mastodon", "@a b@c.example"),
        ("discord", "general"), ("discord", "123"), ("discord", "٣" * 18),
        ("matrix", "#newsroom:matrix.example"), ("matrix", "!"), ("matrix", "!a b:c.example"),
        ("bluesky", "meridian"), ("bluesky", "a..b"), ("bluesky", "x." * 130 + "org"),
        ("teams", "https://prod-1.logic.azure.com/workflows/1"), ("teams", "news room"),
    ],
)  # fmt: skip
def test_what_is_no_place_is_told_kindly(name: str, wrong: str) -> None:
    with pytest.raises(BadAddress, match="Write the"):
        registry.spec(name).address.normalise(wrong)


@where_posts_have_names
def test_the_doctor_checks_settings_and_token(name: str) -> None:
    spec = registry.spec(name)
    check = registry.part(spec.doctor)
    empty = {each.name: "" for each in spec.settings}

    def states(production: bool, **changes: str) -> list[str]:
        told = SimpleNamespace(DIGEST_PRODUCTION=production, **(empty | changes))
        return [each.state for each in check(told, None)]

    assert states(False) == [WARNING] and states(True) == [ERROR]
    secret = f"DIGEST_{name.upper()}_{'PASSWORD' if name == 'bluesky' else 'TOKEN'}"
    with in_thread(NETWORKS[name].server(), serve_place) as server:
        good = dict(settings_for(name, server))
        assert states(False, **good) == [OK, OK]
        assert states(False, **good | {secret: "another"}) == [OK, ERROR]
        assert ERROR in states(True, **good), "a token travels in the clear"
    assert states(False, **good) == [OK], "no answer says nothing of the token"


async def serve_place(server: PlaceServer) -> Any:
    from digest.outbound.channels.stand_in_server import serve

    return await serve(server)


def test_mastodon_takes_a_repeat_after_a_lost_answer_once() -> None:
    async def play(scene: Scene) -> None:
        first, again = await scene.send(), await scene.send()
        assert first.provider_id == again.provider_id and len(scene.server.standing) == 1

    at("mastodon", play)
    at("discord", play)
    at("matrix", play)


def test_a_withdrawal_on_matrix_of_what_is_gone_is_said_in_a_message() -> None:
    async def play(scene: Scene) -> None:
        first = await scene.send()
        scene.server.standing.clear()
        words = render_alert(WITHDRAWAL, "matrix", NEWSROOM)
        receipt = await scene.send(words, act=Act.WITHDRAW, earlier=first.provider_id)
        assert receipt.reply == "sent" and len(scene.server.standing) == 1

    at("matrix", play)


def test_bluesky_asks_for_a_session_once_and_again_when_it_has_ended() -> None:
    async def play(scene: Scene) -> None:
        await scene.send()
        await scene.send()
        assert scene.server.requests == 3
        scene.server.end_sessions()
        await scene.send()
        assert len(scene.server.standing) == 3 and scene.server.requests == 6

    at("bluesky", play)


def test_slacks_wait_is_bounded_and_never_missing() -> None:
    from digest.outbound.channels.places.line import PlaceAnswer, wait_of

    for said, seconds in (("7", 7), ("1e9", 3600), ("soon", 30), ("-4", 30), ("inf", 30)):
        assert wait_of(PlaceAnswer(429, None, {"Retry-After": said})) == seconds
    assert wait_of(PlaceAnswer(429), 0.25) == 0.25
