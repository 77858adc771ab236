"""On a slow line, or none: what an editor did in the meantime is done once, and nothing is lost."""

import pytest
from playwright.sync_api import Page, Route, expect

from digest.models import Edition
from tests.browser.top_reads import item, order
from tests.deadlines import until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
HEADLINE = "Ferry fire: all 214 are off the ship"


def test_somebody_quick_is_never_late_to_themselves(page: Page, edition: Edition) -> None:
    before = order(page)
    page.keyboard.press("j")
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    expect(page.locator(".items h3").nth(4)).to_have_text(before[0])
    up = item(page, before[5]).locator("[data-key=ArrowUp]")
    up.dispatch_event("click")
    up.dispatch_event("click")
    expect(page.locator(".items h3").nth(3)).to_have_text(before[5])
    expect(page.get_by_role("alert")).to_have_count(0)


def sent(page: Page, held: list[Route], number: int) -> None:
    """Wait until so many changes were sent; the page is asked, so that its events are heard."""
    until(lambda: page.evaluate("1") and len(held) >= number, f"change {number} is sent")


def test_what_is_saved_while_another_change_is_on_its_way_is_saved_too(
    page: Page, edition: Edition
) -> None:
    """On a slow line an editor is at the second item before the first is answered."""
    first, second, third = (item(page, each) for each in order(page)[:3])
    held: list[Route] = []
    page.route(
        "**/desk/editions/**",
        lambda it: held.append(it) if it.request.method == "POST" else it.fallback(),
    )
    for number, each in enumerate((first, second), 1):
        each.locator("summary[data-key=e]").click()
        each.get_by_label("Headline", exact=False).first.fill(f"Slow words {number}")
        each.get_by_role("button", name="Save").first.click()
    third.get_by_role("button", name="Pin").first.click()
    for number in range(3):
        sent(page, held, number + 1)
        held[number].continue_()
    expect(page.locator(".items h3").nth(0)).to_have_text("Slow words 1")
    expect(page.locator(".items h3").nth(1)).to_have_text("Slow words 2")
    expect(page.locator(".items > .item").nth(2).locator("[aria-pressed=true]")).to_be_visible()
    expect(page.locator(".unsaved-note")).to_have_count(0)
    assert len(held) == 3


def test_a_button_that_is_pressed_twice_does_it_once(page: Page, edition: Edition) -> None:
    held: list[Route] = []
    page.route("**/test", lambda it: held.append(it))
    button = page.get_by_role("button", name="Send it to yourself")
    button.click()
    button.dispatch_event("click")
    sent(page, held, 1)
    held[0].continue_()
    expect(page.locator("#desk")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator(".note:visible")).to_have_count(1)
    assert len(held) == 1


def test_a_lost_connection_is_said_and_the_words_stay(page: Page, edition: Edition) -> None:
    chosen = item(page, order(page)[0])
    chosen.locator("summary[data-key=e]").click()
    field = chosen.get_by_label("Headline", exact=False).first
    field.fill(HEADLINE)
    page.context.set_offline(True)
    chosen.get_by_role("button", name="Save").first.click()
    expect(page.locator("#unreached")).to_contain_text("nothing was saved")
    expect(field).to_have_value(HEADLINE)
    page.context.set_offline(False)
    chosen.get_by_role("button", name="Save").first.click()
    expect(page.locator(".items h3").first).to_have_text(HEADLINE)
    expect(page.locator("#unreached")).to_be_hidden()
