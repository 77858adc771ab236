"""An alert's link as a button: where it can lead, and when it is chosen."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.outbound.channels.provider_templates import FoundTemplate
from digest.outbound.channels.rendering import render_alert, render_edition
from digest.outbound.channels.whatsapp import button, slots
from digest.outbound.channels.whatsapp.account import TemplateAccount
from digest.outbound.channels.whatsapp.button import base_of, suffix_of
from digest.outbound.channels.whatsapp.preview import preview_by_settings
from digest.outbound.channels.whatsapp.stand_in.account import ACCOUNT_ID, TemplateStore
from digest.outbound.channels.whatsapp.templates import (
    ChosenTemplate,
    chosen,
    learned,
    listed,
)
from digest.outbound.messages.fit import units
from digest.outbound.messages.links import web_link
from tests.fakes.whatsapp import TOKEN, CloudApi, serve
from tests.outbound.samples import ALERT, EDITION, NASTY, NEWSROOM

SITE = "https://news.meridian.example/"
ADDRESS = f"{SITE}{{{{1}}}}"
SUFFIX = ALERT.url.removeprefix(SITE)
APPROVED = {"status": "APPROVED"}


def known(*languages: str, address: str = ADDRESS, status: str = "APPROVED") -> dict[str, Any]:
    """What Meta has said of ``alert_button`` in these languages."""
    facts: dict[str, Any] = {}
    for each in languages:
        facts[f"status:alert_button:{each}"] = {"status": status}
        facts[f"button:alert_button:{each}"] = {"address": address}
    return facts


@pytest.mark.parametrize(
    ("site", "base"),
    [
        ("https://news.example/", "https://news.example/"),
        ("https://news.example", "https://news.example/"),
        ("HTTPS://News.Example/en", "https://news.example/en/"),
        ("https://news.example:8443/a/", "https://news.example:8443/a/"),
        (" https://news.example/ ", "https://news.example/"),
        ("", ""), ("news.example", ""), ("ftp://news.example/", ""), ("https://", ""),
        ("https://me@news.example/", ""), ("https://news.example/?a=1", ""),
        ("https://news.example/#top", ""), ("https://news.example/{{1}}", ""),
        ("https://zeitung-für-alle.example/", ""), ("https://[news/", ""),
        (f"https://news.example/{'x' * 2000}", ""),
    ],
)  # fmt: skip
def test_a_site_is_what_addresses_on_it_begin_with(site: str, base: str) -> None:
    assert base_of(site) == base


@pytest.mark.parametrize(
    ("link", "suffix"),
    [
        ("https://news.example/2026/ferry", "2026/ferry"),
        ("https://news.example/s?id=7&to=a/b#top", "s?id=7&to=a/b#top"),
        ("https://news.example/?p=12", "?p=12"),
        # Marks that WhatsApp formats by stand in no words here, and what is encoded stays so.
        ("https://news.example/a_b*c~d", "a_b*c~d"),
        ("https://news.example/a%2Ab%5Fc", "a%2Ab%5Fc"),
        # Meta's own examples of what has to be percent-encoded.
        ("https://news.example/x:key", "x%3Akey"),
        ("https://news.example/Peña/Gonçalves", "Pe%C3%B1a/Gon%C3%A7alves"),
        ("https://news.example/기사", "%EA%B8%B0%EC%82%AC"),
        ("https://news.example/", ""),
        ("https://news.example", ""),
        ("http://news.example/ferry", ""),
        ("https://news.example.evil.example/ferry", ""),
        ("https://other.example/https://news.example/", ""),
        (f"https://news.example/{'x' * 1979}", "x" * 1979),
        (f"https://news.example/{'x' * 1980}", ""),
        ("", ""),
    ],
)
def test_a_link_to_the_site_is_told_by_what_follows_it(link: str, suffix: str) -> None:
    assert suffix_of(link, "https://news.example/") == suffix
    assert suffix_of(link, "") == ""


@given(st.one_of(st.text(max_size=60), st.from_regex(r"[\w/%?&=:.~*!-]{1,80}", fullmatch=True)))
def test_a_button_leads_to_the_very_page_that_was_meant(rest: str) -> None:
    link = web_link(f"https://news.example/{rest}")
    suffix = suffix_of(link, "https://news.example/")
    if not suffix:
        return
    address = f"https://news.example/{suffix}"
    assert unquote(address, errors="surrogateescape") == unquote(link, errors="surrogateescape")
    assert urlsplit(address).netloc == urlsplit(link).netloc == "news.example"
    assert suffix.isascii() and ":" not in suffix and not any(each.isspace() for each in suffix)
    assert len(address) <= 2000
    # What is encoded once is not encoded again.
    assert suffix_of(address, "https://news.example/") == suffix


@pytest.mark.parametrize("language", slots.TONGUES)
def test_the_label_is_short_enough_and_said_in_each_language(language: str) -> None:
    label = slots.label("alert_button", language)
    assert 0 < units(label) <= button.LABEL_LIMIT
    assert (label == "Read the story") == (language == "en")
    assert slots.label("alert", language) == ""


@given(NASTY, NASTY)
def test_without_the_link_there_is_more_room_for_words_and_every_rule_holds(
    headline: str, summary: str
) -> None:
    fields = render_alert(
        replace(ALERT, headline=headline, summary=summary), "whatsapp", NEWSROOM
    ).fields
    assert len(fields["button_slots"]) == slots.count("alert_button") == 2
    assert not any(slots.fault_of(value) for value in fields["button_slots"])
    for language in slots.TONGUES:
        said = slots.filled("alert_button", fields["button_slots"], language)
        assert units(said) <= slots.BODY_LIMIT and ALERT.url not in said


def test_the_button_is_chosen_where_it_is_approved_and_leads_to_the_link() -> None:
    def choose(facts: dict[str, Any], link: str = ALERT.url, wanted: str = "ko") -> ChosenTemplate:
        return chosen(facts, "alert", wanted, "fr", link=link)

    plain = {"status:alert:ko": APPROVED, "status:alert:fr": APPROVED}
    assert choose(plain) == ChosenTemplate("alert", "ko")
    assert choose(plain | known("ko")) == ChosenTemplate("alert_button", "ko", SUFFIX)
    assert choose(plain | known("fr")) == ChosenTemplate("alert", "ko")
    # The reader's language first, whichever of the two is approved in it.
    assert choose(known("ko", "fr")) == ChosenTemplate("alert_button", "ko", SUFFIX)
    assert choose(known("fr")) == ChosenTemplate("alert_button", "fr", SUFFIX)
    for status in ("PENDING", "REJECTED", "PAUSED", "DISABLED", ""):
        assert choose(plain | known("ko", status=status)) == ChosenTemplate("alert", "ko")
    for link in ("", SITE, "https://other.example/ferry"):
        assert choose(plain | known("ko"), link) == ChosenTemplate("alert", "ko")
    elsewhere = known("ko", address="https://old.example/{{1}}")
    assert choose(plain | elsewhere) == ChosenTemplate("alert", "ko")
    assert choose(elsewhere, "https://old.example/7").suffix == "7"
    for odd in ("", "https://news.meridian.example/", "https://news.meridian.example/{{page}}"):
        assert choose(plain | known("ko", address=odd)) == ChosenTemplate("alert", "ko")
    assert chosen(known("ko"), "top_reads_5", "ko", "fr", link=ALERT.url).name == "top_reads_5"


def test_metas_list_tells_the_address_that_was_approved() -> None:
    async def play() -> tuple[FoundTemplate, ...]:
        api = CloudApi(templates=TemplateStore.of_ours(SITE))
        runner = await serve(api)
        try:
            async with TemplateAccount(api.url, ACCOUNT_ID, TOKEN) as account:
                return await account.all()
        finally:
            await runner.cleanup()

    facts = listed(asyncio.run(play()))
    for language in slots.TONGUES:
        assert facts[f"button:alert_button:{language}"] == {"address": ADDRESS}
    assert "button:alert:en" not in facts
    found = chosen(facts, "alert", "ta", "en", link=ALERT.url)
    assert found == ChosenTemplate("alert_button", "ta", SUFFIX)


OF = {"message_template_name": "alert_button", "message_template_language": "en"}
LINK = {"message_template_button_type": "URL", "message_template_button_url": ADDRESS}


@pytest.mark.parametrize(
    ("buttons", "address"),
    [
        ([LINK], ADDRESS),
        ([LINK, LINK], ""),
        ([LINK | {"message_template_button_type": "PHONE_NUMBER"}], ""),
        ([{}], ""), ([], ""), (None, ""), ("odd", ""), ([7], ""),
    ],
)  # fmt: skip
def test_metas_webhook_tells_of_a_button_that_was_edited(buttons: Any, address: str) -> None:
    told = OF | {"message_template_buttons": buttons}
    fact = learned("message_template_components_update", told)
    assert fact == ("button:alert_button:en", {"address": address})
    other = told | {"message_template_name": "alert"}
    assert learned("message_template_components_update", other) is None


def test_the_desk_previews_the_button_where_the_link_leads_to_the_site() -> None:
    def shown(words: Any, site: str = SITE) -> Any:
        return preview_by_settings(
            words, SimpleNamespace(DIGEST_WHATSAPP_SITE=site, DIGEST_WHATSAPP_APP_ID="")
        )

    for language in ("en", "ko", "ar"):
        words = render_alert(replace(ALERT, language=language), "whatsapp", NEWSROOM)
        made = shown(words)
        assert made.buttons == ((slots.label("alert_button", language), ALERT.url),)
        said = "".join(words for _, words in made.pieces)
        assert ALERT.url not in said and made.length <= made.limit
        assert "alert_button" in made.note
        plain = shown(words, "https://other.example/")
        assert plain.buttons == () and plain == shown(words, "")
        assert ("url", ALERT.url) in plain.pieces
    assert shown(render_edition(EDITION, "whatsapp", NEWSROOM)).buttons == ()
