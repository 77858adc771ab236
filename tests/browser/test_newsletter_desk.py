"""A newsletter in a real browser: from blank to its first edition, without the operators' pages."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.kit.clock import now
from digest.staff.access import Role
from tests.browser.desk_world import open_menu
from tests.browser.door import already_in
from tests.web import desk_day

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(page: Page, live_server: LiveServer) -> str:
    desk_day.stories(now())
    member = desk_day.member("Vera Lind", Role.CHIEF)
    already_in(page.context, live_server, member.email)
    page.goto(live_server.url + "/desk/")
    return live_server.url


@pytest.mark.parametrize("width", [1440, 375])
def test_from_blank_to_the_first_edition(page: Page, desk: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 850})
    open_menu(page)
    page.get_by_role("link", name="Newsletters").click()
    page.get_by_role("link", name="Make the first one").click()
    page.get_by_label("Name as readers see it").fill("Evening post")
    sample = page.locator("#trial")
    expect(sample).to_contain_text("Its first edition goes")
    expect(sample).to_contain_text("Fire reported on ferry")
    page.get_by_label("Chips and AI").check()
    expect(sample).not_to_contain_text("Fire reported on ferry")
    page.get_by_label("Hour 24 h").fill("25:00")
    page.get_by_label("The promise").fill("The day in chips, in five minutes.")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("Write a time of the day such as 07:00.")).to_be_visible()
    expect(page.get_by_label("The promise")).to_have_value("The day in chips, in five minutes.")
    page.get_by_label("Tue").uncheck()
    page.get_by_label("By rule before its hour").check()
    page.reload()
    expect(page.get_by_label("The promise")).to_have_value("The day in chips, in five minutes.")
    expect(page.get_by_label("Tue")).not_to_be_checked()
    expect(page.get_by_label("By rule before its hour")).to_be_checked()
    expect(page.get_by_label("Chips and AI")).to_be_checked()
    page.get_by_label("Hour 24 h").fill("18:30")
    page.get_by_label("Chips and AI").check()
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("Evening post is made.")).to_be_visible()
    page.get_by_role("link", name="All newsletters").click()
    page.get_by_role("button", name="Make its next edition now").click()
    expect(page.get_by_text("The draft is made, by rule.")).to_be_visible()
    assert page.locator("#items > li").count() >= 1
    page.go_back()
    expect(page.get_by_role("link", name="Its open edition")).to_be_visible()


@pytest.mark.parametrize("turn", [1, -1], ids=["first-to-last", "last-to-first"])
def test_a_choice_comes_back_in_whatever_order_the_browser_lists_drafts(
    page: Page, desk: str, turn: int
) -> None:
    page.add_init_script(
        f"""Storage.prototype.key = function (at) {{
            return Object.keys(this).sort((a, b) => {turn} * (a < b ? -1 : 1))[at] ?? null;
        }};"""
    )
    page.goto(desk + "/desk/new-newsletter")
    page.get_by_label("By rule before its hour").check()
    page.reload()
    expect(page.locator("#restored")).to_contain_text("not saved are back")
    expect(page.get_by_label("By rule before its hour")).to_be_checked()
    page.reload()
    expect(page.get_by_label("By rule before its hour")).to_be_checked()
