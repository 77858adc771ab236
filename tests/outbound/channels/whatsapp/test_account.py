"""Our templates at Meta's account: handed in in every language, refused as Meta refuses them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from digest.outbound.channels.provider_templates import OwnTemplate, TemplatesRefused
from digest.outbound.channels.rendering import render_alert
from digest.outbound.channels.whatsapp import slots
from digest.outbound.channels.whatsapp.account import TemplateAccount
from digest.outbound.channels.whatsapp.channel import WhatsApp
from digest.outbound.channels.whatsapp.own_templates import on_site
from digest.outbound.channels.whatsapp.stand_in.account import ACCOUNT_ID, TemplateStore
from digest.outbound.channels.whatsapp.stand_in.uploads import APP_ID
from digest.outbound.channels.whatsapp.templates import sent_in
from tests.deadlines import patience
from tests.fakes.whatsapp import TOKEN, CloudApi, serve
from tests.outbound.channels.test_whatsapp_channel import Journal, against, one
from tests.outbound.samples import ALERT, NEWSROOM

SITE = "https://news.example/"
OURS = on_site(SITE)
ALERT_IN_ENGLISH = next(each for each in OURS if each.key == "alert:en")
WITH_BUTTON = next(each for each in OURS if each.key == "alert_button:en")


def at(
    play: Callable[[TemplateAccount, CloudApi], Awaitable[Any]],
    api: CloudApi | None = None,
    *,
    account: str = ACCOUNT_ID,
    token: str = TOKEN,
) -> Any:
    async def run() -> Any:
        running = api or CloudApi(templates=TemplateStore())
        runner = await serve(running)
        try:
            async with (
                asyncio.timeout(patience(30)),
                TemplateAccount(running.url, account, token, APP_ID) as made,
            ):
                return await play(made, running)
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_everything_of_ours_is_taken_in_nine_languages_and_listed_page_by_page() -> None:
    async def play(account: TemplateAccount, api: CloudApi) -> None:
        # A hundred an hour, so that all 90 of ours go in at once.
        for own in OURS:
            made = await account.hand_in(own)
            assert (made.status, made.category, bool(made.provider_id)) == (
                "PENDING", own.category, True,
            )  # fmt: skip
        for number in range(60):
            await account.hand_in(replace(ALERT_IN_ENGLISH, name=f"more_{number}")) if (
                len(api.templates.created) < 100
            ) else None
        found = await account.all()
        assert {f"{each.name}:{each.language}" for each in found} >= {each.key for each in OURS}
        assert len(found) == 100 and len({each.provider_id for each in found}) == 100
        with pytest.raises(TemplatesRefused, match="80008"):
            await account.hand_in(replace(ALERT_IN_ENGLISH, name="one_more"))

    assert len(OURS) == 9 * len(slots.names())
    assert len(on_site("")) == 9 * (len(slots.names()) - 2)
    at(play)


def test_what_was_refused_is_handed_in_again_by_its_id_and_reviewed_anew() -> None:
    async def play(account: TemplateAccount, api: CloudApi) -> None:
        made = await account.hand_in(ALERT_IN_ENGLISH)
        with pytest.raises(TemplatesRefused, match=r"100/2388024 .*already en content"):
            await account.hand_in(ALERT_IN_ENGLISH)
        await api.decide("alert", "en", "REJECTED", "PROMOTIONAL")
        (found,) = await account.all()
        assert (found.status, found.reason) == ("REJECTED", "PROMOTIONAL")
        again = await account.hand_in(ALERT_IN_ENGLISH, made.provider_id)
        assert (again.status, again.provider_id) == ("PENDING", made.provider_id)
        with pytest.raises(TemplatesRefused, match="PENDING cannot be edited"):
            await account.hand_in(ALERT_IN_ENGLISH, made.provider_id)

    at(play)


def test_an_approved_one_is_edited_once_a_day() -> None:
    async def play(account: TemplateAccount, api: CloudApi) -> None:
        made = await account.hand_in(ALERT_IN_ENGLISH)
        await api.decide("alert", "en", "APPROVED")
        await account.hand_in(ALERT_IN_ENGLISH, made.provider_id)
        await api.decide("alert", "en", "APPROVED")
        with pytest.raises(TemplatesRefused, match="once a day"):
            await account.hand_in(ALERT_IN_ENGLISH, made.provider_id)
        moved = replace(ALERT_IN_ENGLISH, category="UTILITY")
        with pytest.raises(TemplatesRefused, match="category of an approved"):
            await account.hand_in(moved, made.provider_id)

    at(play)


@pytest.mark.parametrize(
    ("how", "said"),
    [({"token": "another"}, "^190 "), ({"account": "7"}, "no such account")],
)
def test_a_wrong_token_or_account_is_told_in_meta_s_words(how: dict[str, str], said: str) -> None:
    with pytest.raises(TemplatesRefused, match=said):
        at(lambda account, api: account.all(), **how)


def with_body(body: str, samples: int) -> OwnTemplate:
    return replace(ALERT_IN_ENGLISH, body=body, samples=("x",) * samples)


def with_link(**changes: str) -> OwnTemplate:
    assert WITH_BUTTON.button is not None
    return replace(WITH_BUTTON, button=replace(WITH_BUTTON.button, **changes))


LONG = "These are words enough for a template of ours. "


@pytest.mark.parametrize(
    ("own", "subcode"),
    [
        (replace(ALERT_IN_ENGLISH, name="Alert"), "100 "),
        (replace(ALERT_IN_ENGLISH, name="al-ert"), "100 "),
        (replace(ALERT_IN_ENGLISH, name="a" * 513), "100 "),
        (replace(ALERT_IN_ENGLISH, language="english"), "100 "),
        (replace(ALERT_IN_ENGLISH, language="zh-Hans"), "100 "),
        (replace(ALERT_IN_ENGLISH, category="NEWS"), "100 "),
        (replace(ALERT_IN_ENGLISH, samples=()), "100/2388043 "),
        (replace(ALERT_IN_ENGLISH, samples=("a", "b")), "100/2388043 "),
        (replace(ALERT_IN_ENGLISH, samples=("a", "", "c")), "100/2388043 "),
        (with_body("", 0), "100 "),
        (with_body("x" * 1025, 0), "100/2388040 "),
        (with_body("{{1}} " + LONG, 1), "100/2388299 "),
        (with_body(LONG + "{{1}}", 1), "100/2388299 "),
        (with_body(LONG + "{{1}} {{2}} " + LONG, 2), "100/2388043 "),
        (with_body(LONG + "{{1}} and {{3}} " + LONG, 2), "100/2388043 "),
        (with_body(LONG + "{{2}} and {{1}} " + LONG, 2), "100/2388043 "),
        (with_body(LONG + "{{name}} " + LONG, 1), "100/2388043 "),
        (with_body(LONG + "{{1} " + LONG, 1), "100/2388043 "),
        (with_body("*{{1}}* and {{2}} or {{3}}.", 3), "100/2388293 "),
        (with_body(LONG + "\n\n\n" + LONG, 0), "100 "),
        (with_link(label=""), "100 "),
        (with_link(label="x" * 26), "100/2388040 "),
        (with_link(label="Read {{1}}"), "100 "),
        (with_link(address="news.example/{{1}}"), "100 "),
        (with_link(address="https://{{1}}"), "100 "),
        (with_link(address="https://{{1}}.example/"), "100 "),
        (with_link(address="https://news.example/{{1}}/story"), "100 "),
        (with_link(address="https://news.example/{{1}}{{2}}"), "100 "),
        (with_link(address="https://news.example/{{2}}"), "100/2388043 "),
        (with_link(address="https://news.example/{{page}}"), "100/2388043 "),
        (with_link(address=f"https://news.example/{'x' * 1980}{{{{1}}}}"), "100/2388040 "),
        (with_link(example=""), "100/2388043 "),
    ],
)  # fmt: skip
def test_the_account_refuses_what_meta_refuses(own: OwnTemplate, subcode: str) -> None:
    with pytest.raises(TemplatesRefused, match=f"^{subcode}"):
        at(lambda account, api: account.hand_in(own))


def test_a_name_that_is_being_deleted_cannot_be_used_yet() -> None:
    api = CloudApi(templates=TemplateStore(being_deleted={"alert"}))
    with pytest.raises(TemplatesRefused, match=r"^100/2388023 "):
        at(lambda account, api: account.hand_in(ALERT_IN_ENGLISH), api)


KOREAN = render_alert(replace(ALERT, language="ko"), "whatsapp", NEWSROOM)


@pytest.mark.parametrize(
    ("status", "went_in"),
    [("APPROVED", "ko"), ("FLAGGED", "ko"), ("PENDING", "fr"), ("PAUSED", "fr"), ("", "fr")],
)
def test_a_reader_gets_the_template_of_their_language_once_it_is_approved(
    status: str, went_in: str
) -> None:
    async def scenario(channel: WhatsApp, journal: Journal) -> None:
        facts = {"status:alert:fr": {"status": "APPROVED"}}
        channel.learn(facts | ({"status:alert:ko": {"status": status}} if status else {}))
        await channel.send(one(words=KOREAN), journal)

    api = CloudApi()
    against(api, scenario, language="fr")
    (taken,) = api.taken
    assert taken["request"]["template"]["language"] == {"code": went_in}
    said = "STOP이라고" if went_in == "ko" else "Répondez STOP"
    assert said in taken["preview"]


def test_without_an_approval_it_is_the_newsrooms_language_unless_meta_stopped_that() -> None:
    assert sent_in({}, "alert", "ko", "fr") == "fr"
    assert sent_in({}, "alert", "en", "en") == "en"
    paused = {"status:alert:fr": {"status": "PAUSED"}}
    assert sent_in(paused, "alert", "ko", "fr") == "en"
    both = paused | {"status:alert:en": {"status": "DISABLED"}}
    assert sent_in(both, "alert", "ko", "fr") == "fr"


@pytest.mark.parametrize("language", slots.TONGUES)
def test_an_alert_fits_in_whatever_language_its_template_goes_out(language: str) -> None:
    long = replace(ALERT, headline="Ferry " * 90, summary="aboard " * 200)
    words = render_alert(long, "whatsapp", NEWSROOM)
    assert len(slots.filled("alert", words.fields["slots"], language)) <= slots.BODY_LIMIT
