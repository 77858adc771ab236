"""WhatsApp against a stand-in for the Cloud API that is as strict as the real one."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from digest.outbound.channels.base import AnswerLost, Receipt, Rejected, Unreachable
from digest.outbound.channels.rendering import render_confirmation, render_edition
from digest.outbound.channels.whatsapp import errors
from digest.outbound.channels.whatsapp.channel import WhatsApp, WhatsAppConfig, payload
from digest.outbound.messages.message import ReaderLinks, Words
from tests.deadlines import patience
from tests.fakes.whatsapp import PHONE_ID, TOKEN, CloudApi, serve
from tests.outbound.samples import CONFIRM_THIS, EDITION, LINKS, NEWSROOM, copy_of

NUMBER = "+6591234567"


@cache
def words() -> Words:
    return render_edition(EDITION, "whatsapp", NEWSROOM)


def one(**how: Any) -> Any:
    return copy_of("7-11", NUMBER, **({"words": words()} | how))


class Journal:
    """Counts intents, and what the API had taken when each was made."""

    def __init__(self, api: CloudApi) -> None:
        self.api = api
        self.seen: list[int] = []

    def __call__(self) -> None:
        self.seen.append(len(self.api.taken))


def against(
    api: CloudApi, scenario: Callable[[WhatsApp, Journal], Awaitable[Any]], **config: Any
) -> Any:
    """Run ``scenario`` with a channel on ``api``."""

    async def run() -> Any:
        runner = await serve(api)
        made = {"url": api.url, "phone_id": PHONE_ID, "token": TOKEN, "patience": patience(5)}
        channel = WhatsApp(WhatsAppConfig(**(made | config)))  # type: ignore[arg-type]
        await channel.open()
        try:
            return await asyncio.wait_for(scenario(channel, Journal(api)), patience(30))
        finally:
            await channel.close()
            await runner.cleanup()

    return asyncio.run(run())


async def send_one(channel: WhatsApp, journal: Journal) -> Receipt:
    return await channel.send(one(), journal)


def refusal(api: CloudApi, **how: Any) -> Rejected:
    async def scenario(channel: WhatsApp, journal: Journal) -> Rejected:
        with pytest.raises(Rejected) as refused:
            await channel.send(one(**how), journal)
        return refused.value

    return against(api, scenario)  # type: ignore[no-any-return]


def test_outside_the_window_the_template_goes_out_and_reads_as_previewed() -> None:
    api = CloudApi()
    receipt = against(api, send_one)
    assert receipt.code == 200
    assert receipt.provider_id.startswith("wamid.")
    (taken,) = api.taken
    assert taken["type"] == "template"
    assert taken["to"] == "6591234567"
    assert taken["preview"] == words().fields["preview"]
    assert taken["request"]["biz_opaque_callback_data"] == "7-11"


def test_inside_the_window_the_free_text_goes_out_with_the_readers_links() -> None:
    api = CloudApi(open_windows={"6591234567"})
    against(api, lambda channel, journal: channel.send(one(window_open=True), journal))
    (taken,) = api.taken
    assert taken["type"] == "text"
    assert LINKS.preferences in taken["preview"]
    assert "reader.invalid" not in taken["preview"]
    assert len(taken["preview"]) <= 4096


def test_a_window_that_has_closed_meanwhile_falls_back_to_the_template() -> None:
    api = CloudApi(open_windows=set())

    async def scenario(channel: WhatsApp, journal: Journal) -> None:
        await channel.send(one(window_open=True), journal)
        assert journal.seen == [0]

    against(api, scenario)
    assert [taken["type"] for taken in api.taken] == ["template"]


def test_a_confirmation_carries_the_readers_own_link() -> None:
    api = CloudApi()
    asked = render_confirmation(CONFIRM_THIS, "whatsapp", NEWSROOM)
    links = ReaderLinks(confirm=LINKS.confirm)
    against(api, lambda channel, journal: channel.send(one(words=asked, links=links), journal))
    assert LINKS.confirm in api.taken[0]["preview"]


@pytest.mark.parametrize(
    ("code", "permanent", "scope"),
    [
        (130429, False, "message"),
        (131000, False, "message"),
        (131056, False, "message"),
        (131049, False, "message"),
        (131026, True, "message"),
        (131050, True, "message"),
        (131030, True, "message"),
        (190, False, "channel"),
        (131048, False, "channel"),
        (131042, False, "channel"),
        (132015, False, "channel"),
        (132001, False, "channel"),
        (368, False, "channel"),
    ],
)
def test_each_error_says_what_to_do(code: int, permanent: bool, scope: str) -> None:
    refused = refusal(CloudApi(script=_script(code)))
    assert (refused.permanent, refused.scope, refused.code) == (permanent, scope, code)
    assert "as scripted" in refused.reply


def _script(*codes: int) -> Any:
    from collections import deque

    return deque(codes)


def test_a_reader_who_has_had_enough_is_tried_hours_later() -> None:
    late = refusal(CloudApi(script=_script(131049)))
    soon = refusal(CloudApi(script=_script(131056)))
    assert late.retry_after is not None and late.retry_after >= 3600
    assert soon.retry_after is not None and soon.retry_after <= 300


def test_errors_without_a_code_are_judged_by_status() -> None:
    assert not errors.refusal(502, None, None).permanent
    assert errors.refusal(429, "x", 7.0).retry_after == 7.0
    assert errors.refusal(401, {}, None).scope == "channel"
    assert errors.refusal(400, {"error": "odd"}, None).permanent


def test_a_wrong_token_or_number_holds_the_channel_or_fails_plainly() -> None:
    assert refusal(CloudApi(token="another")).scope == "channel"
    assert refusal(CloudApi(phone_id="1")).permanent


def test_no_answer_after_the_request_is_an_answer_lost() -> None:
    api = CloudApi(script=_script(CloudApi.NO_ANSWER))

    async def scenario(channel: WhatsApp, journal: Journal) -> None:
        with pytest.raises(AnswerLost):
            await channel.send(one(), journal)

    against(api, scenario)
    assert len(api.taken) == 1


def test_a_slow_answer_is_an_answer_lost() -> None:
    async def scenario(channel: WhatsApp, journal: Journal) -> None:
        with pytest.raises(AnswerLost):
            await channel.send(one(), journal)

    against(CloudApi(delay=2), scenario, patience=0.3)


def test_an_api_that_is_down_is_unreachable() -> None:
    async def run() -> None:
        api = CloudApi()
        runner = await serve(api)
        await runner.cleanup()
        channel = WhatsApp(WhatsAppConfig(api.url, PHONE_ID, TOKEN))
        await channel.open()
        with pytest.raises(Unreachable):
            await channel.send(one(), Journal(api))
        await channel.close()

    asyncio.run(run())


def test_a_channel_that_is_not_set_up_says_which_settings() -> None:
    async def scenario(channel: WhatsApp, journal: Journal) -> None:
        with pytest.raises(Rejected, match="DIGEST_WHATSAPP_TOKEN") as refused:
            await channel.send(one(), journal)
        assert refused.value.scope == "channel"
        assert journal.seen == []

    against(CloudApi(), scenario, token="")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"slots": ["a\nb"] * 5}, 132018),
        ({"slots": ["a    b"] * 5}, 132018),
        ({"slots": [""] * 5}, 131008),
        ({"slots": ["x"] * 4}, 132000),
        ({"slots": ["x" * 250] * 5}, 132005),
        ({"template": "unheard_of"}, 132001),
    ],
)
def test_the_stand_in_refuses_what_meta_refuses(change: dict[str, Any], code: int) -> None:
    broken = replace(words(), fields=words().fields | change)
    assert refusal(CloudApi(), words=broken).code == code


@pytest.mark.parametrize(("text", "code"), [("x" * 4097, 100), ("", 100)])
def test_the_stand_in_refuses_free_text_that_does_not_fit(text: str, code: int) -> None:
    broken = replace(words(), fields=words().fields | {"text": text})
    assert refusal(CloudApi(), words=broken, window_open=True).code == code


def test_the_stand_in_records_what_a_reader_sees(tmp_path: Path) -> None:
    against(CloudApi(folder=tmp_path), send_one)
    record = json.loads((tmp_path / "messages.jsonl").read_text(encoding="utf-8"))
    assert record["preview"] == words().fields["preview"]


def test_statuses_come_signed_and_without_contacts() -> None:
    got: list[tuple[bytes, str]] = []
    enough = asyncio.Event()

    async def hook(request: web.Request) -> web.Response:
        got.append((await request.read(), request.headers["X-Hub-Signature-256"]))
        if len(got) == 2:
            enough.set()
        return web.Response()

    async def scenario(channel: WhatsApp, journal: Journal) -> None:
        application = web.Application()
        application.router.add_post("/hooks/whatsapp", hook)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        journal.api.statuses_to = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/whatsapp"
        await channel.send(one(), journal)
        await enough.wait()
        await runner.cleanup()

    against(CloudApi(secret="s"), scenario)
    for raw, signature in got:
        assert signature == "sha256=" + hmac.new(b"s", raw, hashlib.sha256).hexdigest()
        value = json.loads(raw)["entry"][0]["changes"][0]["value"]
        assert "contacts" not in value
        assert value["statuses"][0]["biz_opaque_callback_data"] == "7-11"


def test_a_missing_link_holds_the_whole_send() -> None:
    with pytest.raises(Rejected) as refused:
        payload(one(links=ReaderLinks()))
    assert refused.value.scope == "channel"
