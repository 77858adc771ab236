"""A change planned for an hour, by keyboard: seen, made by the clock, called off."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.kit.clock import now
from digest.newsdesk.editions.later.make import make_due
from tests.browser.axe import violations
from tests.browser.desk.test_wire import picture
from tests.browser.desk_world import Desk
from tests.browser.posting import elsewhere

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def in_minutes(number: int) -> str:
    at = (now() + timedelta(minutes=number)).astimezone(ZoneInfo("Asia/Singapore"))
    return at.strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize("width", [1440, 375])
def test_words_and_a_kill_are_planned_and_made(
    page: Page, live_server: LiveServer, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    desk = Desk(page, live_server)
    sheet = live_server.url + desk.paths["top-reads"]
    page.goto(sheet)
    keys, first = page.keyboard, page.locator("#items > li").first
    keys.press("j")
    keys.press("e")
    headline = first.locator("[name=headline]").first
    expect(headline).to_be_focused()
    headline.fill("Words for later")
    at = first.get_by_label("From").first
    at.fill(in_minutes(-9))
    at.press("Enter")
    expect(page.get_by_text("That time has passed").first).to_be_visible()
    expect(headline).to_have_value("Words for later")
    picture(page, f"later-refused-{width}")
    at.fill(in_minutes(5))
    at.press("Enter")
    planned = page.locator("#planned")
    expect(planned).to_contain_text("“Words for later”")
    expect(first.locator("h3")).not_to_contain_text("Words for later")
    page.goto(sheet)
    keys.press("j")
    keys.press("j")
    keys.press("h")
    second = page.locator("#items > li").nth(1)
    expect(second.get_by_label("Then")).to_be_focused()
    second.locator(".later input[name=at]").fill(in_minutes(6))
    picture(page, f"later-open-{width}")
    second.locator(".later input[name=at]").press("Enter")
    expect(planned.locator("li")).to_have_count(2)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        planned.scroll_into_view_if_needed()
        picture(page, f"later-planned-{width}-{scheme}")
    assert not violations(page)
    other = page.context.new_page()
    other.goto(live_server.url + desk.paths["calendar"])
    expect(other.get_by_label("Planned changes").first).to_contain_text("Words for later")
    picture(other, f"later-calendar-{width}")
    other.goto(sheet)
    other.get_by_role("button", name="Call it off").last.click()
    expect(other.locator("#planned li")).to_have_count(1)
    expect(planned.locator("li")).to_have_count(1, timeout=15_000)
    elsewhere(lambda: make_due(now=now() + timedelta(minutes=6)))
    expect(first.locator("h3")).to_contain_text("Words for later", timeout=15_000)
    expect(planned).to_contain_text("Made.")
    page.reload()
    planned.get_by_role("button", name="Undo").click()
    expect(first.locator("h3")).not_to_contain_text("Words for later")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
