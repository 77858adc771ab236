"""A story's page: the story is put into an edition at an hour, by keyboard, seen and called off."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.kit.clock import now
from digest.models import Edition, Item, PlannedChange, Story
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
def test_a_story_is_added_later_and_called_off(
    page: Page, live_server: LiveServer, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    desk = Desk(page, live_server)
    draft = Edition.objects.get(public_id=desk.paths["top-reads"].split("/")[3])
    inside = Item.objects.filter(edition=draft).values("story")
    story = Story.objects.exclude(pk__in=inside).order_by("-last_at")[0]
    address = f"{live_server.url}/desk/stories/{story.public_id}/"
    page.goto(address)
    line = page.locator("#into li").filter(has_text=draft.title)
    hour = line.get_by_label("From")
    hour.focus()
    # What is refused says why, and the hour stays where it was typed: after a reload, too.
    passed = in_minutes(-9)
    hour.fill(passed)
    hour.press("Enter")
    expect(page.locator(".note.error").filter(has_text="That time has passed")).to_be_visible()
    expect(hour).to_have_value(passed)
    page.reload()
    expect(hour).to_have_value(passed)
    expect(page.locator("#restored")).to_contain_text("not saved are back")
    at = in_minutes(6)
    hour.fill(at)
    picture(page, f"from-story-{width}")
    # An editor's finger slips: twice is once.
    hour.press("Enter")
    page.keyboard.press("Enter")
    told = line.get_by_text(f"It comes into {draft.title} at {at[-5:]}, as Vera Lind planned")
    expect(told).to_be_visible()
    expect(page.locator("#restored")).to_be_hidden()
    page.reload()
    expect(told).to_be_visible()
    elsewhere(_planned_once)
    assert not violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    picture(page, f"from-story-planned-{width}")
    line.get_by_role("link", name=draft.title).press("Enter")
    page.wait_for_url("**/desk/editions/**#planned")
    planned = page.locator("#planned")
    expect(planned).to_contain_text("Add “")
    expect(page.locator("#who-sends-it")).to_contain_text("must approve it after")
    planned.get_by_role("button", name="Call it off").press("Enter")
    expect(planned).to_have_count(0)
    page.go_back()
    page.wait_for_url(address)
    page.reload()
    hour.fill(in_minutes(7))
    hour.press("Enter")
    expect(line).to_contain_text("It comes into")
    elsewhere(lambda: make_due(now=now() + timedelta(minutes=8)))
    expect(line).to_contain_text("It is in", timeout=15_000)
    page.go_back()
    page.go_forward()
    expect(line).to_contain_text("It is in")


def _planned_once() -> None:
    assert PlannedChange.objects.filter(kind="add", edition__state="draft").count() == 1
