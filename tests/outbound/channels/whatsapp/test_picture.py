"""A picture above an alert on WhatsApp: what Meta may take, what goes out, what stands in."""

from collections import deque
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.picture import Picture
from digest.outbound.channels.base import AnswerLost
from digest.outbound.channels.provider_templates import FoundTemplate
from digest.outbound.channels.rendering import render_alert
from digest.outbound.channels.report import Kind
from digest.outbound.channels.whatsapp import errors, slots
from digest.outbound.channels.whatsapp.channel import WhatsApp
from digest.outbound.channels.whatsapp.own_templates import TEMPLATES, on_site
from digest.outbound.channels.whatsapp.pictures.sendable import CAPTION_LIMIT, sendable
from digest.outbound.channels.whatsapp.preview import preview_by_settings
from digest.outbound.channels.whatsapp.stand_in.account import TemplateStore
from digest.outbound.channels.whatsapp.templates import ChosenTemplate, chosen, listed
from digest.outbound.messages.reading import Photo
from tests.fakes.whatsapp import CloudApi
from tests.outbound.channels.test_whatsapp_channel import Journal, against, one
from tests.outbound.channels.test_whatsapp_refusals import failed
from tests.outbound.channels.whatsapp.test_button import ADDRESS, SITE, SUFFIX, known
from tests.outbound.channels.whatsapp.test_button_sent import name_of, sent
from tests.outbound.samples import ALERT, NASTY, NEWSROOM

URL = "https://wire.example/ferry.jpg"
PICTURED = replace(ALERT, picture=Picture(URL, "A ferry on the rocks", "Lina Sato"))
ABOVE = {"type": "header", "parameters": [{"type": "image", "image": {"link": URL}}]}


STORE = TemplateStore.of_ours(SITE)


def with_picture(*languages: str, status: str = "APPROVED") -> dict[str, Any]:
    """What Meta has said of both templates with a button, the second with a picture."""
    facts = known(*languages)
    for each in languages:
        facts[f"status:alert_picture:{each}"] = {"status": status}
        facts[f"button:alert_picture:{each}"] = {"address": ADDRESS}
    return facts


def names(alert: AlertContent = PICTURED, facts: Any = None, **how: Any) -> list[str]:
    facts = with_picture("en") if facts is None else facts
    return [name_of(each) for each in sent(facts, alert=alert, **how)]


@pytest.mark.parametrize(
    "url",
    [
        URL, "https://wire.example/a/FERRY.PNG", "https://wire.example/i/4711",
        "https://wire.example/ferry.jpeg?w=1200&h=630", "https://wire.example/x.php?id=7",
    ],
)  # fmt: skip
def test_what_may_be_a_jpeg_or_a_png_is_sent(url: str) -> None:
    assert sendable(Photo(url, "x")) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://wire.example/ferry.jpg", "https://wire.example/ferry.webp",
        "https://wire.example/ferry.gif", "https://wire.example/ferry.SVG",
        "https://wire.example/ferry.jpg?fm=webp", "https://wire.example/f?format=image/avif",
        f"https://wire.example/{'x' * 2000}.jpg", "https://wire.example/페리.jpg",
    ],
)  # fmt: skip
def test_what_meta_is_known_to_refuse_is_not_asked_of_it(url: str) -> None:
    assert sendable(Photo(url, "x")) == ""
    assert names(replace(PICTURED, picture=Picture(url))) == ["alert_button"]


def test_an_approved_template_goes_out_with_the_picture_above_the_words() -> None:
    (taken,) = sent(with_picture("en"), alert=PICTURED)
    template = taken["request"]["template"]
    assert (template["name"], template["components"][0]) == ("alert_picture", ABOVE)
    assert [each["type"] for each in template["components"]] == ["header", "body", "button"]
    assert taken["picture"] == URL and taken["buttons"] == (("Read the story", ALERT.url),)


@pytest.mark.parametrize(
    ("facts", "alert", "name"),
    [
        (known("en"), PICTURED, "alert_button"),
        (with_picture("en", status="PENDING"), PICTURED, "alert_button"),
        (with_picture("en", status="PAUSED"), PICTURED, "alert_button"),
        (with_picture("en"), ALERT, "alert_button"),
        (with_picture("en"), replace(PICTURED, url="https://other.example/x"), "alert"),
        ({}, PICTURED, "alert"),
    ],
)
def test_what_is_not_to_be_had_is_done_without(
    facts: dict[str, Any], alert: AlertContent, name: str
) -> None:
    assert names(alert, facts) == [name]


def test_a_readers_own_language_goes_before_a_picture() -> None:
    facts = with_picture("en") | {"status:alert:ko": {"status": "APPROVED"}}
    assert chosen(facts, "alert", "ko", "en", link=ALERT.url, picture=URL).name == "alert"
    both = ChosenTemplate("alert_picture", "ko", SUFFIX, URL)
    facts |= with_picture("ko")
    assert chosen(facts, "alert", "ko", "en", link=ALERT.url, picture=URL) == both


def test_a_correction_keeps_it_and_one_without_goes_without() -> None:
    assert names(replace(PICTURED, kind="correction")) == ["alert_picture"]
    assert names(replace(ALERT, kind="correction")) == ["alert_button"]


def shop(*codes: int) -> CloudApi:
    return CloudApi(templates=TemplateStore.of_ours(SITE), script=deque(codes))


@pytest.mark.parametrize("code", sorted(errors.MAYBE_THE_TEMPLATE - {132068, 132069}))
def test_a_picture_that_meta_refuses_at_once_loses_nobody(code: int) -> None:
    api = shop(code)
    assert names(api=api, times=3) == ["alert_button"] * 3
    # The first one's detour is spared to those who come after.
    assert api.requests == 4


def test_where_the_button_is_refused_as_well_the_words_go_alone() -> None:
    api = shop(131053, 132012)
    assert names(api=api, times=2) == ["alert"] * 2
    assert api.requests == 4


def test_a_picture_that_is_refused_leaves_others_theirs() -> None:
    other = replace(PICTURED, picture=Picture("https://wire.example/quay.jpg"))
    api = shop(131053)

    async def scenario(channel: WhatsApp, journal: Journal) -> None:
        channel.learn(with_picture("en"))
        for alert in (PICTURED, other, PICTURED):
            words = render_alert(alert, "whatsapp", NEWSROOM)
            await channel.send(one(words=words), journal)

    against(api, scenario, site=SITE)
    assert [name_of(each) for each in api.taken] == [
        "alert_button", "alert_picture", "alert_button",
    ]  # fmt: skip


def test_a_lost_answer_to_a_picture_is_not_repeated_without_it() -> None:
    api = shop(CloudApi.NO_ANSWER)

    async def scenario(channel: WhatsApp, journal: Journal) -> None:
        channel.learn(with_picture("en"))
        words = render_alert(PICTURED, "whatsapp", NEWSROOM)
        with pytest.raises(AnswerLost):
            await channel.send(one(words=words), journal)

    against(api, scenario, site=SITE)
    assert api.requests == 1


def test_words_that_were_stored_before_there_were_pictures_go_out() -> None:
    words = render_alert(PICTURED, "whatsapp", NEWSROOM)
    fields = {name: each for name, each in words.fields.items() if name != "picture"}
    api = shop()

    async def scenario(channel: WhatsApp, journal: Journal) -> None:
        channel.learn(with_picture("en"))
        await channel.send(one(words=replace(words, fields=fields)), journal)

    against(api, scenario, site=SITE)
    assert name_of(api.taken[0]) == "alert_button"


def test_in_an_open_window_the_free_text_stands_below_the_picture() -> None:
    (below,) = sent(with_picture("en"), alert=PICTURED, window_open=True)
    (alone,) = sent(with_picture("en"), alert=ALERT, window_open=True)
    assert (below["type"], below["picture"]) == ("image", URL)
    assert (alone["type"], "picture" in alone) == ("text", False)
    assert below["preview"] == alone["preview"]


def test_free_text_that_is_too_long_for_a_caption_goes_without_the_picture() -> None:
    summary = "Helicopters took them off one by one. " * 40
    (taken,) = sent({}, alert=replace(PICTURED, summary=summary), window_open=True)
    assert taken["type"] == "text" and len(taken["preview"]) > CAPTION_LIMIT


@pytest.mark.parametrize("code", sorted(errors.ABOUT_THE_PICTURE))
def test_a_picture_that_is_refused_in_an_open_window_loses_nobody(code: int) -> None:
    api = shop(code)
    taken = sent({}, api, alert=PICTURED, window_open=True, times=2)
    assert [each["type"] for each in taken] == ["text", "text"]
    assert api.requests == 3


def test_where_the_window_has_closed_the_picture_goes_by_template() -> None:
    assert names(window_open=True, api=CloudApi(open_windows=set(), templates=STORE)) == [
        "alert_picture"
    ]


@pytest.mark.parametrize(("code", "is_plainer"), [(131053, True), (131052, True), (131049, False)])
def test_a_status_says_that_the_picture_alone_was_at_fault(code: int, is_plainer: bool) -> None:
    (told,) = failed(code)
    assert (told.kind, told.plainer) == (Kind.FAILED, is_plainer)


@given(NASTY, st.text(max_size=300))
def test_whatever_it_is_called_the_words_are_those_without_it(headline: str, name: str) -> None:
    content = replace(ALERT, headline=headline, summary=headline)
    pictured = replace(content, picture=Picture(f"https://wire.example/{name}"))
    words, bare = (render_alert(each, "whatsapp", NEWSROOM).fields for each in (pictured, content))
    assert words | {"picture": ""} == bare
    for language in slots.TONGUES:
        assert len(slots.filled("alert_picture", words["button_slots"], language)) <= 1024


def test_the_template_is_handed_in_where_samples_can_be() -> None:
    def ours(app: str) -> set[str]:
        config = SimpleNamespace(DIGEST_WHATSAPP_SITE=SITE, DIGEST_WHATSAPP_APP_ID=app)
        return {each.name for each in TEMPLATES.ours(config)}

    assert ours("200") - ours("") == {"alert_picture"}
    own = next(each for each in on_site(SITE) if each.name == "alert_picture")
    assert own.picture is not None and own.picture.stat().st_size < 100_000
    assert own.button is not None and own.body == slots.body("alert_button", own.language)


def test_what_meta_lists_of_it_is_known_by_its_button() -> None:
    found = FoundTemplate("alert_picture", "en", status="APPROVED", button=ADDRESS)
    facts = listed([found])
    assert chosen(facts, "alert", "en", "en", link=ALERT.url, picture=URL).picture == URL


def test_the_preview_shows_it_where_it_can_go_out() -> None:
    words = render_alert(PICTURED, "whatsapp", NEWSROOM)
    config = SimpleNamespace(DIGEST_WHATSAPP_SITE=SITE, DIGEST_WHATSAPP_APP_ID="200")
    shown = preview_by_settings(words, config)
    assert shown.picture == URL and "“alert_picture”" in shown.note
    config.DIGEST_WHATSAPP_APP_ID = ""
    bare = preview_by_settings(words, config)
    assert bare.picture == "" and "“alert_button”" in bare.note
