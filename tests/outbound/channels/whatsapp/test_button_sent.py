"""An alert with a button against the stand-in: what goes out, and what it falls back on."""

import json
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digest.outbound.channels.base import Receipt, Rejected
from digest.outbound.channels.rendering import render_alert
from digest.outbound.channels.whatsapp import errors, slots
from digest.outbound.channels.whatsapp.channel import WhatsApp, payload
from digest.outbound.channels.whatsapp.own_templates import on_site
from digest.outbound.channels.whatsapp.stand_in.account import TemplateStore
from digest.outbound.channels.whatsapp.stand_in.declared import STAND_IN
from digest.outbound.channels.whatsapp.templates import ChosenTemplate
from tests.fakes.whatsapp import CloudApi
from tests.outbound.channels.test_whatsapp_channel import Journal, against, one
from tests.outbound.channels.whatsapp.test_button import SITE, SUFFIX, known
from tests.outbound.samples import ALERT, NEWSROOM


def sent(
    facts: dict[str, Any],
    api: CloudApi | None = None,
    *,
    times: int = 1,
    site: str = SITE,
    alert: Any = ALERT,
    **how: Any,
) -> list[dict[str, Any]]:
    """What the stand-in took of an alert."""
    api = api or CloudApi(templates=TemplateStore.of_ours(SITE))
    words = render_alert(alert, "whatsapp", NEWSROOM)

    async def scenario(channel: WhatsApp, journal: Journal) -> None:
        channel.learn(facts)
        for _ in range(times):
            assert isinstance(await channel.send(one(words=words, **how), journal), Receipt)
        assert len(journal.seen) == times

    against(api, scenario, site=site)
    return api.taken


def name_of(taken: dict[str, Any]) -> str:
    return str(taken["request"]["template"]["name"])


def test_an_approved_button_goes_out_in_place_of_the_link() -> None:
    (taken,) = sent(known("en"))
    assert taken["request"]["template"] == {
        "name": "alert_button",
        "language": {"code": "en"},
        "components": [
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "text": f"Breaking: {ALERT.headline}"},
                    {"type": "text", "text": ALERT.summary},
                ],
            },
            {
                "type": "button",
                "sub_type": "url",
                "index": "0",
                "parameters": [{"type": "text", "text": SUFFIX}],
            },
        ],
    }
    assert taken["buttons"] == (("Read the story", ALERT.url),)
    assert "http" not in taken["preview"]


@pytest.mark.parametrize("kind", ["correction", "withdrawal"])
def test_a_correction_and_a_withdrawal_keep_the_button(kind: str) -> None:
    (taken,) = sent(known("en"), alert=replace(ALERT, kind=kind))
    assert name_of(taken) == "alert_button" and taken["buttons"][0][1] == ALERT.url


@pytest.mark.parametrize(
    ("facts", "how"),
    [
        ({}, {}),
        (known("en", status="PENDING"), {}),
        (known("en"), {"site": ""}),
        (known("en"), {"alert": replace(ALERT, url="https://other.example/ferry")}),
        (known("en"), {"alert": replace(ALERT, url="")}),
    ],
)
def test_without_what_a_button_needs_the_link_stands_in_the_words(
    facts: dict[str, Any], how: dict[str, Any]
) -> None:
    (taken,) = sent(facts, **how)
    assert name_of(taken) == "alert" and taken["buttons"] == ()
    assert (how.get("alert", ALERT).url or NEWSROOM.base_url) in taken["preview"]


def test_in_an_open_window_the_alert_stays_free_text() -> None:
    (taken,) = sent(known("en"), window_open=True)
    assert taken["type"] == "text" and ALERT.url in taken["preview"]


def test_a_window_that_has_closed_meanwhile_falls_back_to_the_button() -> None:
    api = CloudApi(templates=TemplateStore.of_ours(SITE), open_windows=set())
    (taken,) = sent(known("en"), api, window_open=True)
    assert name_of(taken) == "alert_button"


@pytest.mark.parametrize(
    "code", sorted(errors.MAYBE_THE_TEMPLATE - {131051, 131052, 131053, 132068, 132069})
)
def test_a_button_that_meta_refuses_loses_nobody(code: int) -> None:
    api = CloudApi(templates=TemplateStore.of_ours(SITE), script=deque([code]))
    taken = sent(known("en"), api, times=3)
    assert [name_of(each) for each in taken] == ["alert"] * 3
    # The first one's detour is spared to those who come after.
    assert api.requests == 4


@pytest.mark.parametrize("window_open", [True, False])
def test_nothing_is_intended_that_cannot_go_out(window_open: bool) -> None:
    """Neither with a button that Meta has paused beside a plain one that it has disabled."""
    facts = known("en", status="PAUSED") | {"status:alert:en": {"status": "DISABLED"}}
    api = CloudApi(templates=TemplateStore.of_ours(SITE), open_windows=set())
    words = render_alert(ALERT, "whatsapp", NEWSROOM)

    async def scenario(channel: WhatsApp, journal: Journal) -> None:
        channel.learn(facts)
        with pytest.raises(Rejected, match="template alert cannot be sent") as refused:
            await channel.send(one(words=words, window_open=window_open), journal)
        assert refused.value.scope == "channel"
        assert len(journal.seen) == window_open

    against(api, scenario, site=SITE)
    assert api.taken == []


def test_an_edited_template_that_nobody_heard_of_loses_nobody() -> None:
    store = TemplateStore.of_ours(SITE)
    store.kept["alert_button", "en"].components.pop()
    taken = sent(known("en"), CloudApi(templates=store), times=2)
    assert [name_of(each) for each in taken] == ["alert", "alert"]


def test_what_is_the_readers_own_fault_is_said_once_and_doubts_no_button() -> None:
    api = CloudApi(templates=TemplateStore.of_ours(SITE), script=deque([131009, 131009, 0, 131026]))
    words = render_alert(ALERT, "whatsapp", NEWSROOM)

    async def scenario(channel: WhatsApp, journal: Journal) -> None:
        channel.learn(known("en"))
        with pytest.raises(Rejected) as odd:
            await channel.send(one(words=words), journal)
        assert odd.value.permanent and odd.value.code == 131009
        await channel.send(one(words=words), journal)
        with pytest.raises(Rejected) as unreached:
            await channel.send(one(words=words), journal)
        assert unreached.value.code == 131026

    against(api, scenario, site=SITE)
    assert [name_of(each) for each in api.taken] == ["alert_button"]
    assert api.requests == 4, "no detour where it cannot be the template"


def test_marketing_with_a_button_goes_by_its_own_way() -> None:
    api = CloudApi(templates=TemplateStore.of_ours(SITE), marketing={"alert_button"})
    words = render_alert(ALERT, "whatsapp", NEWSROOM)

    async def scenario(channel: WhatsApp, journal: Journal) -> None:
        channel.learn(known("en"))
        await channel.send(one(words=words), journal)

    against(api, scenario, site=SITE, has_marketing_terms=True)
    (taken,) = api.taken
    assert name_of(taken) == "alert_button"
    assert "biz_opaque_callback_data" not in taken["request"]


def test_words_of_before_there_were_buttons_go_out_as_they_are() -> None:
    words = render_alert(ALERT, "whatsapp", NEWSROOM)
    old = {name: words.fields[name] for name in ("template", "language", "slots", "text")}
    api = CloudApi(templates=TemplateStore.of_ours(SITE))

    async def scenario(channel: WhatsApp, journal: Journal) -> None:
        channel.learn(known("en"))
        await channel.send(one(words=replace(words, fields=old)), journal)

    against(api, scenario, site=SITE)
    assert name_of(api.taken[0]) == "alert"


def test_the_stand_in_keeps_the_button_for_whoever_looks(tmp_path: Path) -> None:
    sent(known("en"), CloudApi(templates=TemplateStore.of_ours(SITE), folder=tmp_path))
    (shown,) = STAND_IN.taken(tmp_path, 10).newest
    assert shown.kind == "alert_button"
    assert shown.buttons == (("Read the story", ALERT.url),)
    ((to, text),) = STAND_IN.texts(tmp_path)
    assert to == "+6591234567" and text.endswith(f"Reply STOP to stop.\n{ALERT.url}")
    with (tmp_path / "messages.jsonl").open("a") as file:
        for odd in (7, [7], [["a"]], {"a": "b"}, ["ab"]):
            file.write(json.dumps({"buttons": odd}) + "\n")
    assert [each.buttons for each in STAND_IN.taken(tmp_path, 10).newest][:5] == [()] * 5


def test_a_payload_without_a_suffix_has_no_button() -> None:
    copy = one(words=render_alert(ALERT, "whatsapp", NEWSROOM))
    components = payload(copy, ChosenTemplate("alert", "en"))["template"]["components"]
    assert [each["type"] for each in components] == ["body"]
    assert {each.name for each in on_site("")} == slots.names() - slots.with_buttons()
