"""Telegram as a channel: what is read, what is edited or deleted, what refusals mean."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.audience.kinds import BadAddress
from digest.outbound.channels.base import AnswerLost, Receipt, Rejected, Unreachable
from digest.outbound.channels.rendering import lint, render_alert, render_edition
from digest.outbound.channels.telegram import answers, html, shown
from digest.outbound.channels.telegram.address import chat, is_place, masked
from digest.outbound.channels.telegram.channel import Telegram, TelegramConfig
from digest.outbound.messages.fit import units
from digest.outbound.messages.message import Act, Words
from tests.fakes.telegram import TOKEN, BotApi, serve
from tests.outbound.samples import ALERT, EDITION, LINKS, NASTY, NEWSROOM, copy_of, edition_of

READER, PLACE = "1001", "@meridian"
WORDS = render_alert(ALERT, "telegram", NEWSROOM)
CORRECTION = render_alert(
    replace(ALERT, kind="correction", headline="Ferry with 112 aboard runs aground"),
    "telegram",
    NEWSROOM,
)


@dataclass
class Scene:
    """A Bot API and our channel."""

    api: BotApi
    channel: Telegram

    async def send(self, words: Words = WORDS, to: str = READER, **changes: Any) -> Receipt:
        copy = replace(copy_of("7-11", to, words), **changes)
        return await self.channel.send(copy, lambda: None)


def at(play: Callable[[Scene], Coroutine[Any, Any, None]], token: str = TOKEN) -> None:
    async def run() -> None:
        api = BotApi()
        runner = await serve(api)
        channel = Telegram(TelegramConfig(api.url, token))
        await channel.open()
        try:
            await play(Scene(api, channel))
        finally:
            await channel.close()
            await runner.cleanup()

    asyncio.run(run())


def test_an_alert_reads_well_and_carries_the_readers_own_link() -> None:
    async def play(scene: Scene) -> None:
        receipt = await scene.send()
        assert (receipt.code, receipt.provider_id) == (200, "1")
        (taken,) = scene.api.taken
        assert taken["preview"].splitlines() == [
            "Breaking: Ferry with 212 aboard runs aground",
            "",
            ALERT.summary,
            "",
            "Read the story",
            "",
            "Change what you get · /topics · /stop",
        ]
        assert LINKS.preferences in taken["text"]
        assert taken["request"]["link_preview_options"] == {"url": ALERT.url}

    at(play)


def test_no_readers_own_link_stands_where_many_read() -> None:
    async def play(scene: Scene) -> None:
        await scene.send(to=PLACE)
        await scene.send(to="-1001234567890")
        for taken in scene.api.taken:
            assert "preferences" not in taken["text"] and "/stop" not in taken["text"]
        assert scene.api.taken[1]["request"]["chat_id"] == -1001234567890

    at(play)


def test_a_correction_edits_the_first_message() -> None:
    async def play(scene: Scene) -> None:
        first = await scene.send()
        changes = {"act": Act.REPLACE, "earlier": first.provider_id}
        receipt = await scene.send(CORRECTION, **changes)
        assert receipt.provider_id == first.provider_id
        assert [each["act"] for each in scene.api.taken] == ["sent", "edited"]
        assert len(scene.api.standing) == 1
        # The same again, after a lost answer, changes nothing and is no fault.
        assert (await scene.send(CORRECTION, **changes)).reply == "edited before"

    at(play)


def test_what_can_be_edited_no_more_is_followed_by_a_message() -> None:
    async def play(scene: Scene) -> None:
        receipt = await scene.send(CORRECTION, act=Act.REPLACE, earlier="77")
        assert receipt.provider_id == "1" and scene.api.taken[0]["act"] == "sent"

    at(play)


def test_a_withdrawal_deletes_within_two_days_and_edits_after_that() -> None:
    async def play(scene: Scene) -> None:
        now = [1_000_000.0]
        scene.api.clock = lambda: now[0]
        gone = render_alert(replace(ALERT, kind="withdrawal"), "telegram", NEWSROOM)
        first, second = await scene.send(), await scene.send()
        now[0] += 47 * 3600
        await scene.send(gone, act=Act.WITHDRAW, earlier=first.provider_id)
        now[0] += 2 * 3600
        await scene.send(gone, act=Act.WITHDRAW, earlier=second.provider_id)
        assert [each["act"] for each in scene.api.taken[2:]] == ["deleted", "edited"]
        (left,) = scene.api.standing.values()
        assert left["text"].startswith("<b>Withdrawn: ")

    at(play)


def test_flood_control_is_obeyed_by_everybody() -> None:
    async def play(scene: Scene) -> None:
        scene.api.script.append(429)
        scene.api.retry_after = 300
        with pytest.raises(Rejected) as caught:
            await scene.send()
        assert (caught.value.permanent, caught.value.retry_after) == (False, 300)
        # Others wait too, without asking Telegram.
        with pytest.raises(Rejected) as caught:
            await scene.send(to="1002")
        assert 290 < (caught.value.retry_after or 0) <= 300
        assert scene.api.requests == 1

    at(play)


def test_who_blocked_the_bot_is_dropped() -> None:
    async def play(scene: Scene) -> None:
        scene.api.blocked.add(READER)
        scene.api.strangers.add("1002")
        for to in (READER, "1002"):
            with pytest.raises(Rejected) as caught:
                await scene.send(to=to)
            assert caught.value.permanent and caught.value.recipient
        scene.api.closed.add(PLACE)
        with pytest.raises(Rejected) as caught:
            await scene.send(to=PLACE)
        assert caught.value.permanent and not caught.value.recipient

    at(play)


def test_a_wrong_token_pauses_and_never_shows() -> None:
    async def play(scene: Scene) -> None:
        with pytest.raises(Rejected, match="DIGEST_TELEGRAM_TOKEN") as caught:
            await scene.send()
        assert caught.value.scope == "channel" and "secret" not in str(caught.value)

    at(play, token="1:secret")


def test_words_that_telegram_cannot_parse_pause_the_send() -> None:
    async def play(scene: Scene) -> None:
        bad = replace(WORDS, fields=WORDS.fields | {"text": "<h1>no</h1>"})
        with pytest.raises(Rejected, match="parse entities") as caught:
            await scene.send(bad)
        assert caught.value.scope == "channel"

    at(play)


# The Bot API has no codes of its own: what its words mean for a copy.
REFUSALS: list[tuple[int, str, str]] = [
    (403, "Forbidden: bot was blocked by the user", "drop"),
    (403, "Forbidden: user is deactivated", "drop"),
    (403, "Forbidden: bot can't initiate conversation with a user", "drop"),
    (400, "Bad Request: chat not found", "drop"),
    (400, "Bad Request: PEER_ID_INVALID", "drop"),
    (403, "Forbidden: bot was kicked from the channel chat", "fail"),
    (403, "Forbidden: bot is not a member of the channel chat", "fail"),
    (400, "Bad Request: not enough rights to send text messages to the chat", "fail"),
    (400, "Bad Request: need administrator rights in the channel chat", "fail"),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN", "fail"),
    (403, "Forbidden: something new", "fail"),
    (429, "Too Many Requests: retry after 7", "wait"),
    (401, "Unauthorized", "pause"),
    (404, "Not Found", "pause"),
    (400, "Bad Request: can't parse entities: unsupported start tag", "pause"),
    (400, "Bad Request: message is too long", "pause"),
    (400, "Bad Request: message text is empty", "pause"),
    (409, "Conflict: terminated by other getUpdates request", "pause"),
]


@pytest.mark.parametrize(("code", "words", "wanted"), REFUSALS)
def test_each_refusal_leads_to_its_action(code: int, words: str, wanted: str) -> None:
    told = {"ok": False, "error_code": code, "description": words}
    if code == 429:
        told["parameters"] = {"retry_after": 7}
    refused = answers.refusal(code, told)
    if refused.scope == "channel":
        found = "pause"
    elif refused.permanent:
        found = "drop" if refused.recipient else "fail"
    else:
        found = "wait"
        assert refused.retry_after == 7
    assert (found, refused.code) == (wanted, code)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_fault_of_telegrams_may_hide_a_message(status: int) -> None:
    async def play(scene: Scene) -> None:
        scene.api.script.append(status)
        with pytest.raises(AnswerLost):
            await scene.send()

    at(play)


def test_nobody_there_costs_nothing_and_tells_no_token() -> None:
    async def run() -> None:
        channel = Telegram(TelegramConfig("http://127.0.0.1:9", TOKEN))
        await channel.open()
        try:
            with pytest.raises(Unreachable) as caught:
                await channel.send(copy_of("1-1", READER, WORDS), lambda: None)
            assert TOKEN not in str(caught.value)
        finally:
            await channel.close()

    asyncio.run(run())


@given(NASTY, NASTY)
def test_whatever_a_headline_holds_telegram_takes_it(headline: str, blurb: str) -> None:
    for words in (
        render_alert(replace(ALERT, headline=headline, summary=blurb), "telegram", NEWSROOM),
        render_edition(edition_of([headline] * 14, [blurb] * 14), "telegram", NEWSROOM),
    ):
        whole = f"{words.fields['text']}\n\n{words.fields['foot']}"
        assert units(html.parsed(whole)) <= html.MOST
        assert lint(words) is not None
        assert "".join(said for _, said in shown.preview(words).pieces)


@given(st.lists(st.sampled_from(["<b>", "</b>", "<", ">", "&", "&amp;", "a", "<h1>", "<a>"])))
def test_parsing_refuses_or_reads_and_never_breaks(parts: list[str]) -> None:
    try:
        html.parsed("".join(parts))
    except html.CannotParse:
        pass


def test_an_edition_holds_whole_items_and_says_where_the_rest_is() -> None:
    words = render_edition(EDITION, "telegram", NEWSROOM)
    said = html.parsed(words.fields["text"])
    assert said.startswith("Korean peninsula, Sun 6 Oct\n\n1. Beijing and Pyongyang")
    assert "2. Update: Seoul answers" in said and said.endswith("Read on the web")
    with pytest.raises(ValueError, match="without items"):
        render_edition(replace(EDITION, items=()), "telegram", NEWSROOM)
    long = render_edition(
        edition_of(["word " * 60] * 12, ["blurb " * 60] * 12), "telegram", NEWSROOM
    )
    read = html.parsed(long.fields["text"])
    assert read.count("…") % 2 == 0, "headline and blurb of each item, none torn"
    assert shown.preview(long).length <= html.MOST


def test_links_are_seen_as_links_in_the_bubble() -> None:
    pieces = shown.pieces('<b>Ferry</b> aground. <a href="https://m.example/s/1">Read it</a> now')
    assert pieces == (
        ("bold", "Ferry"), ("plain", " aground. "), ("url", "Read it"), ("plain", " now"),
    )  # fmt: skip


def test_addresses_are_numbers_or_public_names() -> None:
    assert chat(" https://t.me/Meridian ") == "@meridian"
    assert chat("-1001234567890") == "-1001234567890"
    assert is_place("@meridian") and is_place("-100") and not is_place("1001")
    assert masked("123456789") == "a chat on Telegram (…789)"
    for value in ("", "@x", "0", "99999999999999999", "@né", "a b c d", "@" + "a" * 40):
        with pytest.raises(BadAddress):
            chat(value)


# What the Bot API refuses, and our stand-in too: method, request, code, words.
GOOD = {"chat_id": 1001, "text": "hello", "parse_mode": "HTML"}


def preview(**options: Any) -> dict[str, Any]:
    return {"link_preview_options": options}


BAD: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("no chat", "sendMessage", GOOD | {"chat_id": None}, 400, "chat_id is empty"),
    ("a chat that is none", "sendMessage", GOOD | {"chat_id": "me"}, 400, "chat not found"),
    ("no text", "sendMessage", GOOD | {"text": ""}, 400, "text is empty"),
    ("blanks", "sendMessage", GOOD | {"text": " \n "}, 400, "text is empty"),
    ("tags alone", "sendMessage", GOOD | {"text": "<b></b>"}, 400, "text is empty"),
    ("text that is no text", "sendMessage", GOOD | {"text": 7}, 400, "text is empty"),
    ("too long", "sendMessage", GOOD | {"text": "a" * 4097}, 400, "too long"),
    ("too long in UTF-16", "sendMessage", GOOD | {"text": "😀" * 2049}, 400, "too long"),
    ("a heading", "sendMessage", GOOD | {"text": "<h1>x</h1>"}, 400, "Unsupported start tag"),
    ("a paragraph", "sendMessage", GOOD | {"text": "<p>x</p>"}, 400, "Unsupported start tag"),
    ("a break", "sendMessage", GOOD | {"text": "x<br>y"}, 400, "Unsupported start tag"),
    ("a bare <", "sendMessage", GOOD | {"text": "1 < 2"}, 400, "Unsupported start tag"),
    ("an open tag", "sendMessage", GOOD | {"text": "<b>x"}, 400, "find end tag"),
    ("crossed tags", "sendMessage", GOOD | {"text": "<b><i>x</b></i>"}, 400, "Unmatched end tag"),
    ("a link to nowhere", "sendMessage", GOOD | {"text": "<a>x</a>"}, 400, "without an address"),
    ("a strange mode", "sendMessage", GOOD | {"parse_mode": "BBCode"}, 400, "parse_mode"),
    ("preview as a word", "sendMessage", GOOD | {"link_preview_options": "no"}, 400, "object"),
    ("a size as a word", "sendMessage", GOOD | preview(prefer_large_media="yes"), 400, "Boolean"),
    ("above as a number", "sendMessage", GOOD | preview(show_above_text=1), 400, "Boolean"),
    ("a picture's address as a list", "sendMessage", GOOD | preview(url=["x"]), 400, "String"),
    ("no message to edit", "editMessageText", GOOD | {"message_id": 9}, 400, "to edit not found"),
    ("an edit of nothing", "editMessageText", GOOD, 400, "identifier is not specified"),
    ("no message to delete", "deleteMessage", GOOD | {"message_id": 9}, 400, "to delete not found"),
    ("an unknown method", "sendMessages", GOOD, 404, "method not found"),
    ("a hook without https", "setWebhook", {"url": "http://a.example"}, 400, "HTTPS URL"),
    (
        "a secret with spaces",
        "setWebhook",
        {"url": "https://a.example", "secret_token": "a b"},
        400,
        "unallowed characters",
    ),
]


@pytest.mark.parametrize(
    ("fault", "method", "request_", "code", "words"), BAD, ids=[each[0] for each in BAD]
)
def test_the_stand_in_refuses_what_telegram_refuses(
    fault: str, method: str, request_: dict[str, Any], code: int, words: str
) -> None:
    async def play(scene: Scene) -> None:
        told = {name: value for name, value in request_.items() if value is not None}
        url = f"{scene.api.url}/bot{TOKEN}/{method}"
        async with aiohttp.ClientSession() as session, session.post(url, json=told) as answer:
            body = await answer.json()
        assert (answer.status, body["ok"], body["error_code"]) == (code, False, code)
        assert words in body["description"]
        assert scene.api.taken == []

    at(play)
