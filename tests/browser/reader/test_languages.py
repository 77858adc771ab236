"""A reader of Malay chooses their languages on a phone, and has enough of a story."""

import os
import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.audience.core import tokens
from digest.audience.preferring.reading_languages import languages_of
from digest.models import Address, Mute
from digest.outbound.messages.environment import translations
from digest.outbound.messages.links import short_code
from tests.deadlines import patience
from tests.newsdesk.desk import story
from tests.web import newsroom

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A phone whose owner reads Malay first."""
    context = browser.new_context(
        viewport={"width": 375, "height": 800}, java_script_enabled=request.param, locale="ms-MY"
    )
    context.set_default_timeout(patience(30) * 1000)
    yield context.new_page()
    context.close()


def look(page: Page, name: str) -> None:
    """A picture for who wants to see it."""
    if folder := os.environ.get("PICTURES_OF_TESTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def said(words: str, language: str = "ms", **values: str) -> str:
    """The words as the page says them in a language, without their marks."""
    return re.sub(r"<[^>]+>", "", translations(language).gettext(words)) % values


def test_languages_are_those_of_the_browser_until_they_are_chosen(
    page: Page, live_server: LiveServer
) -> None:
    newsroom.offer()
    page.goto(f"{live_server.url}/subscribe")
    page.get_by_role("checkbox", name="Korean peninsula relations").check()
    page.get_by_label(said("Your email")).fill("aisyah@example.org")
    page.get_by_role("button", name=said("Join")).click()
    page.wait_for_url("**/subscribe/sent*")
    address = Address.objects.get()
    assert languages_of(address.pk)[0] == "ms"

    letter = newsroom.confirm_token(address.pk)
    page.goto(f"{live_server.url}/confirm/{letter}")
    page.get_by_role("button", name=said("Yes, send me these")).click()
    own = (
        f"{live_server.url}/preferences/{tokens.preferences_token(settings.SECRET_KEY, address.pk)}"
    )
    page.goto(own)
    page.get_by_text(f"{said('Languages')}:").click()
    look(page, "languages")
    page.get_by_role("checkbox", name="தமிழ்").check()
    page.get_by_role("checkbox", name="English").uncheck()
    page.get_by_label(said("Our own words in")).select_option("zh-Hant")
    page.get_by_role("button", name=said("Save"), exact=True).click()
    expect(page.get_by_role("status")).to_contain_text(said("Saved.", "zh-Hant"))
    assert languages_of(address.pk) == ("zh-Hant", ("ms", "ta"))
    page.get_by_text(f"{said('Languages', 'zh-Hant')}:").click()
    expect(page.get_by_role("checkbox", name="தமிழ்")).to_be_checked()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375

    told = story("Ferry fire off the west coast")
    page.goto(f"{own}?story={short_code(told.public_id)}")
    look(page, "mute")
    page.get_by_role("button", name=said("No more about this", "zh-Hant")).click()
    headline = "Ferry fire off the west coast"
    muted = 'You hear no more about <b dir="auto">%(headline)s</b>.'
    expect(page.get_by_text(said(muted, "zh-Hant", headline=headline))).to_be_visible()
    assert Mute.objects.get().story == told
    page.get_by_role("button", name=said("Tell me about it again", "zh-Hant")).click()
    asks = 'No more about <b dir="auto">%(headline)s</b>?'
    expect(page.get_by_text(said(asks, "zh-Hant", headline=headline))).to_be_visible()
    assert not Mute.objects.exists()
