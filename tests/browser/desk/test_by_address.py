"""An article that no feed had, by keyboard alone from the sheet into the edition."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.intake.articles.by_address.models import AddressLookup
from digest.kit.clock import now
from digest.newsdesk.editions.by_address.settle import settle_lookups
from digest.newsdesk.stories import memory
from digest.newsdesk.stories.assign import assign
from tests.browser.axe import violations
from tests.browser.desk.test_wire import picture
from tests.browser.desk_world import Desk
from tests.browser.posting import elsewhere

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
FOUND = {
    "title": "Harbour opens again after storm", "summary": "The first ships came in at six.",
    "source": "Harbour Post", "language": "en", "published": "2026-11-20T06:30:00+00:00",
    "image_url": "https://harbour.example/p.jpg", "image_alt": "Ships", "image_credit": "Jo Kim",
}  # fmt: skip


def read_by_a_worker() -> None:
    AddressLookup.objects.filter(state="waiting").update(state="read", found=FOUND)


def placed_by_a_worker() -> None:
    memory.forget()
    assign(now=now())
    settle_lookups(now=now())


@pytest.mark.parametrize("width", [1440, 375])
def test_an_address_becomes_an_item_by_keyboard_alone(
    page: Page, live_server: LiveServer, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    desk = Desk(page, live_server)
    sheet = live_server.url + desk.paths["top-reads"]
    page.goto(sheet)
    keys = page.keyboard
    keys.press("l")
    field = page.get_by_label("Address of an article that no feed brought")
    expect(field).to_be_focused()
    keys.type("http://harbour.example/opens")
    keys.press("Enter")
    expect(page.locator(".problem")).to_contain_text("https pages alone")
    field = page.get_by_label("Address of the article’s page")
    expect(field).to_have_value("http://harbour.example/opens")
    picture(page, f"by-address-refused-{width}")
    field.fill("https://harbour.example/opens")
    keys.press("Enter")
    expect(page.get_by_text("Being read")).to_be_visible()
    address = page.url
    picture(page, f"by-address-waits-{width}")
    elsewhere(read_by_a_worker)
    headline = page.get_by_label("Headline")
    expect(headline).to_have_value(FOUND["title"], timeout=15_000)
    assert not violations(page)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        picture(page, f"by-address-read-{width}-{scheme}")
    headline.fill("Harbour open again")
    page.get_by_label("Outlet").fill("")
    headline.press("Enter")
    page.get_by_label("Outlet").fill("   ")
    headline.press("Enter")
    expect(page.locator("#problem")).to_contain_text("Write the outlet")
    expect(headline).to_have_value("Harbour open again")
    page.get_by_label("Outlet").fill("Harbour Post")
    headline.press("Enter")
    expect(page.get_by_text("Stored")).to_be_visible()
    assert page.url == address + "sent"
    expect(page.locator("form[data-draft]")).to_have_count(0)
    elsewhere(placed_by_a_worker)
    expect(page.get_by_text("at its end and pinned")).to_be_visible(timeout=15_000)
    picture(page, f"by-address-done-{width}")
    page.reload()
    page.get_by_role("link", name="Morning briefing", exact=True).first.click()
    page.wait_for_url(sheet)
    expect(page.locator("#items")).to_contain_text("Harbour open again")
    page.go_back()
    page.wait_for_url(address + "sent")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_javascript_it_works_as_well(browser: Any, live_server: LiveServer) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    try:
        desk = Desk(page, live_server)
        page.goto(live_server.url + desk.paths["lookup"])
        page.get_by_label("Headline").fill("Written without a script")
        page.get_by_role("button", name="Add to Morning briefing").click()
        expect(page.get_by_text("Stored")).to_be_visible()
        elsewhere(placed_by_a_worker)
        expect(page.get_by_text("at its end and pinned")).to_be_visible(timeout=10_000)
    finally:
        context.close()
