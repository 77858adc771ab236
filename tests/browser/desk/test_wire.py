"""The wire by keyboard alone: narrowed, kept, come back to; and a story split by its words."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.models import SavedSearch, Story
from tests.browser.axe import violations
from tests.browser.desk_world import Desk
from tests.browser.posting import elsewhere

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def picture(page: Page, name: str) -> None:
    """For somebody to look at, where a folder is given."""
    if folder := os.environ.get("DIGEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.mark.parametrize("width", [1440, 375])
def test_a_search_is_narrowed_kept_and_come_back_to_by_keyboard(
    page: Page, live_server: LiveServer, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    Desk(page, live_server)
    page.goto(live_server.url + "/desk/")
    keys = page.keyboard
    keys.press("f")
    expect(page.get_by_label("Reported by")).to_be_focused()
    picture(page, f"narrow-open-{width}")
    pressed, box, below = (
        page.locator(each).bounding_box()
        for each in ("#narrow > summary", "#narrow > .consequence", "a[data-key=l]")
    )
    assert pressed and box and below
    assert pressed["height"] < 60
    # On a phone it opens between what stands there, and lies over nothing.
    assert width > 860 or below["y"] >= box["y"] + box["height"]
    language = page.get_by_label("Reported in")
    language.focus()
    keys.type("Kor")
    expect(language).to_have_value("ko")
    keys.press("Enter")
    page.get_by_role("button", name="Show these").focus()
    keys.press("Enter")
    page.wait_for_url("**language=ko**")
    asked = page.locator("#asked")
    expect(asked).to_contain_text("In Korean")
    korean = page.locator("#stories article").count()
    page.get_by_role("link", name="Korean peninsula relations").click()
    page.wait_for_url("**topic=**")
    expect(asked).to_contain_text("In Korean")
    assert page.locator("#stories article").count() <= korean
    assert not violations(page)
    picture(page, f"narrowed-{width}")
    keys.press("s")
    expect(page.get_by_label("Its name")).to_be_focused()
    keys.type("Korea in Korean")
    keys.press("Enter")
    kept = page.get_by_role("link", name="Korea in Korean")
    expect(kept).to_have_attribute("aria-current", "true")
    address = page.url
    asked.get_by_role("link", name="In Korean").click()
    page.wait_for_url(lambda url: "language" not in url)
    page.go_back()
    page.wait_for_url(address)
    page.goto(live_server.url + "/desk/")
    kept.focus()
    keys.press("Enter")
    page.wait_for_url("**language=ko**")
    expect(asked).to_contain_text("In Korean")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Forget “Korea in Korean”").focus()
    keys.press("Enter")
    expect(kept).to_have_count(0)
    elsewhere(_none_is_kept)


def _none_is_kept() -> None:
    assert not SavedSearch.objects.exists()


@pytest.mark.parametrize("key", ["Enter", "o"])
def test_a_story_in_hand_is_opened_by_a_key_and_back_leads_to_the_wire(
    page: Page, live_server: LiveServer, key: str
) -> None:
    Desk(page, live_server)
    page.goto(f"{live_server.url}/desk/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    said = page.locator("#stories article.on b").inner_text()
    page.keyboard.press(key)
    page.wait_for_url("**/desk/stories/**")
    expect(page.locator("h1")).to_have_text(said)
    page.go_back()
    expect(page.locator("#stories article").first).to_be_visible()


@pytest.mark.parametrize("width", [1440, 375])
def test_reports_are_found_by_words_and_split_off_by_keyboard(
    page: Page, live_server: LiveServer, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    desk = Desk(page, live_server)
    page.goto(live_server.url + desk.paths["story"])
    reports = page.locator(".told > li")
    all_of_them = reports.count()
    outlet = page.locator(".told .meta > span").first.inner_text()
    page.keyboard.press("/")
    page.keyboard.type(outlet)
    page.keyboard.press("Enter")
    page.wait_for_url("**saying=**")
    some = reports.count()
    assert 0 < some < all_of_them
    assert page.locator(".told input:checked").count() == some
    assert not violations(page)
    picture(page, f"split-{width}")
    page.get_by_role("button", name="Split into a new story").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".note.success")).to_contain_text("a story of their own")
    elsewhere(lambda: _split_in_two(some, all_of_them))


def _split_in_two(some: int, all_of_them: int) -> None:
    assert Story.objects.filter(article_count__gte=some).exists()
    assert some < all_of_them
