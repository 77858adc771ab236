"""Faults that editors met on the desk, each walked again in a real browser as they met it."""

from datetime import timedelta

import pytest
from django.db import connection
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.kit.clock import now
from digest.models import Send
from digest.web.desk import times
from tests.browser.desk_world import Desk
from tests.browser.posting import elsewhere
from tests.web import desk_day

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 375, "height": 667}


@pytest.fixture
def desk(page: Page, live_server: LiveServer) -> Desk:
    return Desk(page, live_server)


def test_an_alert_that_is_out_already_says_so_to_who_issues_it_again(
    desk: Desk, page: Page
) -> None:
    address = desk.server.url + desk.paths["alert"]
    page.goto(address)
    other = page.context.new_page()
    other.goto(address)
    page.get_by_role("button", name="Issue the alert").click()
    expect(page.get_by_text("How far it is")).to_be_visible()
    other.get_by_role("button", name="Issue the alert").click()
    expect(other.locator(".note:visible")).to_contain_text("It was out already: ")
    expect(other.locator(".note:visible")).to_contain_text("by Vera Lind")


def test_a_topic_of_a_name_that_is_taken_is_said_to_be_taken(desk: Desk, page: Page) -> None:
    page.goto(desk.server.url + "/desk/new-topic")
    page.get_by_label("Name", exact=False).first.fill("Sport")
    page.locator("textarea[name=query]").fill("football")
    page.get_by_role("button", name="Save").click()
    problem = page.locator(".problem, .stale").filter(has_text="Sport")
    expect(problem).to_contain_text("There is a topic named “Sport” already")
    expect(page.locator("textarea[name=query]")).to_have_value("football")


def test_a_topic_may_be_named_in_any_script(desk: Desk, page: Page) -> None:
    page.goto(desk.server.url + "/desk/new-topic")
    page.get_by_label("Name", exact=False).first.fill("한반도")
    page.locator("textarea[name=query]").fill("북한")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_contain_text("한반도")
    expect(page).not_to_have_url(desk.server.url + "/desk/new-topic")


def bar_colour(bar: Locator) -> str:
    shades = "(bar) => getComputedStyle(bar).getPropertyValue('--sent')"
    return str(bar.evaluate(shades))


def test_a_send_that_was_cancelled_does_not_look_as_if_it_were_done(desk: Desk, page: Page) -> None:
    send = Send.objects.filter(total__gt=0).exclude(kind="service").order_by("pk")[0]
    elsewhere(lambda: _all_sent(send.pk))
    Send.objects.filter(pk=send.pk).update(state="done", revision=2)
    page.goto(desk.server.url + "/desk/sends/")
    finished = bar_colour(page.locator("progress.done"))
    Send.objects.filter(pk=send.pk).update(state="cancelled")
    page.reload()
    cancelled = page.locator("progress.cancelled")
    assert bar_colour(cancelled) != finished
    card = page.locator("article", has=cancelled)
    expect(card.locator(".tag").first).to_have_text("correction")
    expect(card).to_contain_text("cancelled")


def _all_sent(send: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE digest_delivery SET state = 3, sent_at = now() WHERE send_id = %s", [send]
        )


def test_what_is_not_there_is_said_on_the_desk_and_leads_back_to_it(desk: Desk, page: Page) -> None:
    for path in ("/desk/nothing", "/desk/editions/00000000-0000-4000-8000-000000000000/"):
        page.goto(desk.server.url + path)
        expect(page.locator("h1")).to_have_text("There is no such page on the desk")
        expect(page.locator(".top nav")).to_contain_text("Top reads")
        page.get_by_role("link", name="To the wire").click()
        expect(page.locator("h1")).to_have_text("Wire")


def test_the_first_story_is_three_keys_away(desk: Desk, page: Page) -> None:
    page.goto(desk.server.url + "/desk/")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the stories")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    first = page.locator("#stories article").first
    assert first.evaluate("(story) => story.contains(document.activeElement)")


def test_a_phone_shows_one_row_of_menu_and_the_first_story(desk: Desk, page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(desk.server.url + "/desk/")
    top = page.locator(".top").bounding_box()
    assert top is not None
    assert top["height"] <= 56
    story = page.locator("#stories article").first.bounding_box()
    assert story is not None
    assert story["y"] + story["height"] <= PHONE["height"], story
    menu = page.locator("#menu summary")
    expect(menu).to_have_text("Menu: Wire")
    expect(page.get_by_role("link", name="Calendar")).to_be_hidden()
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Calendar")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Calendar")).to_be_hidden()
    expect(menu).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Calendar").click()
    expect(page.locator("h1")).to_have_text("Calendar")
    expect(page.locator("#menu summary")).to_have_text("Menu: Calendar")


@pytest.mark.parametrize("width", [1440, 1000], ids=["days beside days", "day below day"])
def test_a_newsletter_is_dragged_to_another_day(desk: Desk, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    start = (now() + timedelta(days=2)).astimezone(times.zone("Asia/Singapore")).date()
    to = start + timedelta(days=1)
    desk_day.newsletter(now(), slug="weekly", name="The weekly", days=str(start.isoweekday()))
    page.goto(desk.server.url + "/desk/calendar?newsletter=weekly")
    chip = page.locator(f"[data-day='{start}'] [data-slot]")
    chip.drag_to(page.locator(f"[data-day='{to}']"))
    expect(page.locator(".note.success")).to_contain_text("The weekly goes")
    moved = page.locator(f"[data-day='{to}'] [data-slot]")
    expect(moved).to_contain_text("moved here")
    moved.drag_to(page.locator(f"[data-day='{start}']"))
    expect(page.locator(f"[data-day='{start}'] [data-slot]")).to_contain_text("to come")
    expect(page.locator(f"[data-day='{to}'] [data-slot]")).to_have_count(0)
