"""Every page of the desk, by the URL table, as axe judges it: light and dark, wide and narrow."""

import os

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.axe import violations
from tests.browser.desk.typed import open_all
from tests.browser.desk_world import Desk, post_by_hand

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SIZES = {"wide": (1440, 900), "narrow": (375, 800)}
# Each size and each scheme once; every pair of them in `make long`.
LOOKS = [("wide", "light"), ("narrow", "dark")]
if os.environ.get("DIGEST_LONG"):
    LOOKS += [("wide", "dark"), ("narrow", "light")]
# The menu's last page stands within the screen, or behind its button: what is cut off is not seen.
CUT = """() => { const menu = document.querySelector('.top nav');
    return menu !== null && menu.scrollWidth > menu.clientWidth; }"""
CLOSED = "#desk details:not([open])"


@pytest.mark.parametrize(("size", "scheme"), LOOKS, ids=lambda each: str(each))
def test_no_page_of_the_desk_shuts_anybody_out(
    page: Page,
    live_server: LiveServer,
    monkeypatch: pytest.MonkeyPatch,
    size: str,
    scheme: str,
) -> None:
    post_by_hand(monkeypatch)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    desk = Desk(page, live_server)
    wrong = []
    for name, address in desk.pages():
        page.goto(address)
        assert not page.evaluate(CUT), name
        if page.locator(CLOSED).count():
            wrong += [f"{name}: {each}" for each in violations(page, colours=False)]
            open_all(page)
        wrong += [f"{name}, all open: {each}" for each in violations(page)]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    page.goto(live_server.url + "/desk/nothing-is-here")
    wrong += [f"not found: {each}" for each in violations(page)]
    page.context.clear_cookies()
    page.goto(live_server.url + "/desk/sign-in")
    wrong += [f"sign-in: {each}" for each in violations(page)]
    assert not wrong, "\n".join(dict.fromkeys(wrong))
