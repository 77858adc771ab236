"""From a sheet to how one reader gets it, and a member held to one newsletter: by keyboard."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.axe import violations
from tests.browser.desk.test_wire import picture
from tests.browser.desk_world import Desk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1440, 375])
def test_an_edition_is_seen_with_a_readers_eyes(
    page: Page, live_server: LiveServer, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    desk = Desk(page, live_server)
    page.goto(live_server.url + desk.paths["top-reads"])
    link = page.get_by_role("link", name="As a certain reader gets it")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**what=edition**")
    field = page.get_by_label("A reader’s address")
    field.fill("reader1@example.org")
    field.press("Enter")
    page.wait_for_url("**/gets?what=edition**")
    assert "reader1" not in page.url
    expect(page.get_by_text("Gets it", exact=True)).to_be_visible()
    expect(page.locator("iframe")).to_be_visible()
    assert not violations(page)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        picture(page, f"gets-{width}-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    address = page.url
    page.reload()
    expect(page.get_by_text("Gets it", exact=True)).to_be_visible()
    page.go_back()
    page.go_forward()
    page.wait_for_url(address)


@pytest.mark.parametrize("width", [1440, 375])
def test_a_member_is_held_to_one_newsletter(
    page: Page, live_server: LiveServer, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    desk = Desk(page, live_server)
    page.goto(live_server.url + desk.paths["member"])
    some = page.get_by_role("radio", name="These alone")
    some.focus()
    page.keyboard.press("Space")
    box = page.get_by_role("checkbox", name="The week ahead")
    box.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator(".note:visible")).to_contain_text("changes and sends The week ahead now")
    assert not violations(page)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        picture(page, f"scope-{width}-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
