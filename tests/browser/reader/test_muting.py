"""No more about a story: by keyboard, with and without scripts, through reloads and Back."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.audience.core import tokens
from digest.models import Mute
from digest.outbound.messages.links import short_code
from tests.browser.axe import violations
from tests.browser.desk.test_wire import picture
from tests.browser.posting import elsewhere
from tests.deadlines import patience
from tests.web import newsroom

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
MUTE, UNMUTE = "No more about this", "Tell me about it again"


@pytest.fixture(params=[(375, True), (1440, False)], ids=["phone", "desk-without-scripts"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, scripts = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 812}, java_script_enabled=scripts,
        color_scheme="dark" if scripts else "light", reduced_motion="reduce",
    )  # fmt: skip
    context.set_default_timeout(patience(15) * 1000)
    yield context.new_page()
    context.close()


def by_keyboard(page: Page, button: Locator) -> None:
    """Go to the button by Tab alone, and press it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if button.and_(page.locator(":focus")).count():
            page.keyboard.press("Enter")
            return
    pytest.fail("No Tab leads there.")


def muted() -> int:
    found: list[int] = []
    elsewhere(lambda: found.append(Mute.objects.count()))
    return found[0]


def test_a_story_is_muted_and_heard_of_again(page: Page, live_server: LiveServer) -> None:
    newsroom.offer()
    address = newsroom.reader(topics=("korea",))
    told = newsroom.story("https://harbour.example/ferry")
    token = tokens.preferences_token(settings.SECRET_KEY, address)
    asked = f"{live_server.url}/preferences/{token}?story={short_code(told.public_id)}"
    page.goto(asked)
    # Opening the link does nothing yet: programs open links of mails.
    expect(page.get_by_role("button", name=MUTE)).to_be_visible()
    assert muted() == 0
    by_keyboard(page, page.get_by_role("button", name=MUTE))
    expect(page.get_by_role("status").filter(has_text="You hear no more about")).to_be_visible()
    assert page.url == asked and muted() == 1
    if page.evaluate("matchMedia('(scripting: enabled)').matches"):
        assert not violations(page)
    picture(page, f"muted-{page.evaluate('innerWidth')}")
    # A reload sends nothing again, and says what is so.
    page.reload()
    expect(page.get_by_role("button", name=UNMUTE)).to_be_visible()
    assert muted() == 1
    page.go_back()
    page.goto(asked)
    by_keyboard(page, page.get_by_role("button", name=UNMUTE))
    expect(page.get_by_role("button", name=MUTE)).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name=MUTE)).to_be_visible()
    assert muted() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
