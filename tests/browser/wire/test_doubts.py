"""Doubtful joins in a real browser: from the wire through all of them without the mouse."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.kit.clock import now
from digest.models import StoryArticle
from tests.browser.desk_world import in_doubt
from tests.browser.door import by_password
from tests.web import desk_day

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_doubtful_joins_are_settled_one_after_the_other_by_one_key_each(
    page: Page, live_server: LiveServer
) -> None:
    desk_day.member()
    first, second, third = in_doubt(list(desk_day.stories(now()).values())[:3])
    page.goto(live_server.url + "/desk/")
    by_password(page, "ann@desk.example")
    page.wait_for_url("**/desk/")
    page.wait_for_load_state()
    page.keyboard.press("d")
    expect(page).to_have_url(live_server.url + "/desk/doubts/")
    page.wait_for_load_state()
    expect(page.locator("[data-row]")).to_have_count(3)
    page.keyboard.press("j")
    expect(page.locator(f"[data-row=join-{first.article_id}]")).to_have_class(re.compile(r"\bon\b"))
    page.keyboard.press("y")
    expect(page.locator("[data-row]")).to_have_count(2)
    expect(page.locator(f"[data-row=join-{second.article_id}]")).to_have_class(
        re.compile(r"\bon\b")
    )
    page.keyboard.press("x")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator(f"[data-row=join-{third.article_id}]")).to_have_class(re.compile(r"\bon\b"))
    for width in (375, 1_200):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        expect(page.get_by_role("button", name="Split")).to_be_in_viewport()
    page.keyboard.press("y")
    expect(page.locator("[data-row]")).to_have_count(0)
    expect(page.get_by_text("No join of the last two days is in doubt.")).to_be_visible()
    placed = dict(StoryArticle.objects.values_list("article", "assigned_by"))
    assert [placed[each.article_id] for each in (first, second, third)] == ["editor"] * 3
    assert StoryArticle.objects.get(pk=second.pk).story_id != second.story_id
