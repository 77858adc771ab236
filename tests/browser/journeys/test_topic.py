"""A topic from blank: named, its query tried while it is typed, saved, and taught by hand."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.kit.clock import now
from digest.models import AuditEntry, StoryTopic, Topic
from digest.newsdesk.topics.tag import tag
from tests.browser.axe import violations
from tests.browser.conftest import Pictures
from tests.browser.desk_world import Desk
from tests.browser.posting import elsewhere

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1440, 375])
def test_a_topic_is_made_from_blank_by_keyboard_and_has_its_stories(
    page: Page, live_server: LiveServer, pictures: Pictures, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    Desk(page, live_server)
    page.goto(f"{live_server.url}/desk/topics/")
    page.keyboard.press("n")
    page.wait_for_url("**/desk/new-topic")
    page.locator("#name").press_sequentially("Ships in distress")
    page.keyboard.press("Tab")
    page.keyboard.type("Fires, wrecks and rescues at sea.")
    query = page.locator("#query")
    query.press_sequentially("ferry OR (typhoon")
    trial = page.locator("#trial")
    expect(trial.locator(".problem")).to_be_visible()
    pictures.of_page(page, f"topic-misspelt-{width}", full_page=True)
    assert not violations(page)
    # What was typed outlives a reload, and is tried as it stands then.
    page.reload()
    expect(page.locator("#name")).to_have_value("Ships in distress")
    expect(query).to_have_value("ferry OR (typhoon")
    query.press("End")
    query.press_sequentially(")")
    expect(trial.locator("article").first).to_be_visible()
    expect(trial.locator("mark").first).to_be_visible()
    pictures.of_page(page, f"topic-tried-{width}", full_page=True)
    assert not violations(page)
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.locator("h1")).to_have_text("Ships in distress")
    address = page.url
    elsewhere(_read_once)
    page.reload()
    story = page.locator("article[data-row]").first
    headline = story.locator("a").inner_text()
    story.get_by_role("button", name="Bar").press("Enter")
    expect(story.locator(".tag")).to_contain_text("barred by")
    pictures.of_page(page, f"topic-taught-{width}", full_page=True)
    assert not violations(page)
    page.go_back()
    page.go_forward()
    expect(page).to_have_url(address)
    page.goto(f"{live_server.url}/desk/?topic={address.rstrip('/').rpartition('/')[2]}")
    expect(page.locator("#stories article").first).to_be_visible()
    expect(page.locator("#stories").get_by_text(headline, exact=True)).to_have_count(0)
    elsewhere(lambda: _kept(headline))
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def _read_once() -> None:
    """What a tick does a moment after a topic was saved."""
    tag(now=now())


def _kept(headline: str) -> None:
    topic = Topic.objects.get(name="Ships in distress")
    assert topic.query == "ferry OR (typhoon)"
    assert topic.description == "Fires, wrecks and rescues at sea."
    barred = StoryTopic.objects.get(topic=topic, by="barred")
    assert barred.story.headline == headline
    made = AuditEntry.objects.get(subject_kind="topic", subject_id=topic.pk, verb="made")
    assert made.who == "Vera Lind"
