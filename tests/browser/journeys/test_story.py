"""Two stories that are one: found by words, merged by keyboard; what led to the first leads on.

Another is renamed: words that are not saved come back, a second editor's meet the first's, and both
the old and the new ones find it.
"""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.kit.clock import now
from digest.models import AuditEntry, Item, Story
from digest.newsdesk.stories.refresh import refresh
from digest.newsdesk.stories.rename import rename
from tests.browser.axe import violations
from tests.browser.conftest import Pictures
from tests.browser.desk_world import Desk
from tests.browser.posting import elsewhere
from tests.web import desk_day

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1440, 375])
def test_a_story_is_found_and_merged_into_another_by_keyboard(
    page: Page, live_server: LiveServer, pictures: Pictures, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    Desk(page, live_server)
    one, other = _two()
    page.goto(f"{live_server.url}/desk/")
    page.keyboard.press("/")
    page.keyboard.type(one.headline)
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    page.locator("#stories article b a").first.press("Enter")
    page.wait_for_url("**/desk/stories/**")
    address = page.url
    expect(page.locator("h1")).to_have_text(one.headline)
    reports = page.locator(".told > li").count()
    field = page.get_by_label("Find another story")
    field.fill("no such words at all")
    field.press("Enter")
    expect(page.get_by_text("0 stories have these words")).to_be_visible()
    field.fill(other.headline)
    field.press("Enter")
    expect(page.get_by_text("1 story has these words")).to_be_visible()
    choice = page.get_by_label("The story it belongs to")
    expect(choice).to_be_visible()
    choice.select_option(value=str(other.public_id))
    pictures.of_page(page, f"merging-{width}", full_page=True)
    assert not violations(page)
    page.get_by_role("button", name="Merge the two").press("Enter")
    page.wait_for_url(f"**/desk/stories/{other.public_id}/")
    # Whichever report leads the two now gives the headline.
    headline = page.locator("h1").inner_text()
    expect(page.locator(".note.success")).to_be_visible()
    assert page.locator(".told > li").count() > reports or page.locator(".told details").count()
    pictures.of_page(page, f"merged-{width}", full_page=True)
    page.goto(address)
    expect(page.locator("h1")).to_have_text(headline)
    page.go_back()
    expect(page.locator("h1")).to_have_text(headline)
    elsewhere(_written_down_once)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [1440, 375])
def test_a_story_is_renamed_by_keyboard_and_found_under_both_headlines(
    page: Page, live_server: LiveServer, pictures: Pictures, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    Desk(page, live_server)
    one, _ = _two()
    elsewhere(lambda: refresh([one.pk]))
    page.goto(f"{live_server.url}/desk/stories/{one.public_id}/")
    said = page.locator("h1").inner_text()
    page.keyboard.press("e")
    field = page.locator("#name-1")
    field.press("ControlOrMeta+a")
    field.type("[BREAKING] Ours, and no outlet’s")
    page.reload()
    expect(field).to_be_visible()
    expect(field).to_have_value("[BREAKING] Ours, and no outlet’s")
    pictures.of_page(page, f"renaming-{width}", full_page=True)
    assert not violations(page)
    # Somebody else was quicker.
    elsewhere(lambda: _renamed_by_another(one.pk, said))
    field.press("Enter")
    expect(page.locator(".clash")).to_contain_text("Meanwhile saved: Another editor’s")
    expect(field).to_have_value("[BREAKING] Ours, and no outlet’s")
    pictures.of_page(page, f"renamed-by-two-{width}", full_page=True)
    assert not violations(page)
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.locator("h1")).to_have_text("Ours, and no outlet’s")
    page.keyboard.press("e")
    expect(page.get_by_text("The reports say")).to_be_visible()
    pictures.of_page(page, f"renamed-{width}", full_page=True)
    for words in (said, "Ours, and no outlet’s"):
        page.goto(f"{live_server.url}/desk/")
        page.keyboard.press("/")
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        page.wait_for_url("**q=**")
        expect(page.locator("#stories article b a").first).to_have_text("Ours, and no outlet’s")
    page.locator("#stories article b a").first.press("Enter")
    page.wait_for_url("**/desk/stories/**")
    page.keyboard.press("e")
    page.get_by_role("button", name="words again").press("Enter")
    expect(page.locator("h1")).to_have_text(said)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def _renamed_by_another(story_id: int, seen: str) -> None:
    story = Story.objects.get(pk=story_id)
    by = desk_day.member("Oth Er")
    rename(story_id, story.language, "Another editor’s", seen, member=by, now=now())


def _two() -> tuple[Story, Story]:
    """Two that no alert and no edition is about, of the furnished newsroom."""
    taken = Item.objects.values("story")
    free = Story.objects.filter(alerts=None, language="en").exclude(pk__in=taken).order_by("pk")
    one, other, *_ = free
    return one, other


def _written_down_once() -> None:
    assert AuditEntry.objects.filter(verb__startswith="merged").count() == 1
