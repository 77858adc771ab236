"""A sent edition is corrected in a real browser: by keyboard, on a phone, with words kept."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.models import EditionRevision
from tests.browser.conftest import Pictures
from tests.browser.desk_world import Desk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [375, 1200])
def test_an_edition_is_corrected_by_keyboard_and_says_where(
    page: Page, live_server: LiveServer, pictures: Pictures, width: int
) -> None:
    desk = Desk(page, live_server)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(live_server.url + desk.paths["sheet sent"])
    page.get_by_role("link", name="Correct it").focus()
    page.keyboard.press("Enter")
    headline = page.get_by_label("Headline").first
    headline.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text("x" * 250)
    page.get_by_role("button", name="Correct it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("headline has 250 characters")
    expect(headline).to_have_value("x" * 250)
    pictures.of_page(page, f"correct-refused-{width}", full_page=True)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    headline.fill("The ferry is safe, and nobody was hurt")
    page.get_by_label("Take it out").nth(1).focus()
    page.keyboard.press("Space")
    pictures.of_page(page, f"correct-{width}", full_page=True)
    page.get_by_role("button", name="Correct it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Corrected on its page")).to_be_visible()
    pictures.of_page(page, f"corrected-{width}", full_page=True)
    last = EditionRevision.objects.order_by("-revision")[0]
    assert last.content["items"][0]["headline"] == "The ferry is safe, and nobody was hurt"
    page.get_by_role("link", name="As readers see it").click()
    expect(page.locator("body")).to_contain_text("The ferry is safe, and nobody was hurt")
