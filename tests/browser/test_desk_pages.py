"""Every page of the desk, by the URL table: left open, typed into, gone from and come back to."""

import re
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.models import Member
from digest.web.desk import urls
from tests.browser.desk_world import (
    IN_NO_MENU,
    NO_PAGES,
    Desk,
    furnish,
    news,
    post_by_hand,
)
from tests.browser.posting import elsewhere

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
FIELDS = (
    "#desk form[method=post] :is(textarea, input:not([type]), input[type=text]):not([readonly])"
)
WORDS = "Words that nobody saved"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 375, "height": 800}


@pytest.fixture
def desk(page: Page, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    post_by_hand(monkeypatch)
    return Desk(page, live_server)


def open_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('#desk details').forEach((each) => each.open = true)")


def typed(page: Page) -> list[Locator]:
    """Write into every field of the page; the last one keeps the focus."""
    open_all(page)
    fields = [field for field in page.locator(FIELDS).all() if field.is_visible()]
    for field in fields:
        field.fill(WORDS)
    return fields


def written(field: Locator) -> str:
    """What was written into it, as far as it takes so much."""
    most = int(field.get_attribute("maxlength") or len(WORDS))
    return WORDS[:most]


def a_minute(page: Page, member: Member) -> None:
    """Sixty seconds of the page's own clock, with news from elsewhere in the middle of them."""
    asks = page.locator("#desk").get_attribute("data-watch")
    for turn in range(20):
        if turn in (4, 12):
            elsewhere(lambda: news(member))
        before = page.evaluate("window.Desk.asked()")
        page.clock.run_for(3_000)
        if asks:
            page.wait_for_function("(before) => window.Desk.asked() > before", arg=before)


def led_to(href: str, url: str) -> bool:
    """Whether the link came to its end: some lead on, and who is signed in needs no door."""
    return url.endswith("/desk/" if href.endswith("/sign-in") else href) or "editions" in url


def test_the_table_of_pages_is_whole(client: Client) -> None:
    chief, paths = furnish()
    client.force_login(chief)
    known = {
        "public_id": "00000000-0000-4000-8000-000000000000", "verdict": "approve", "send_id": 1,
        "candidate_id": 1, "feed_id": 1, "verb": "pause", "slug": "korea", "search_id": 1,
        "member_id": 1, "what": "end", "token": "1-abc-def",
        "kind": "growth", "position": 1, "change_id": 1, "way": "undo",
    }  # fmt: skip
    opened = set()
    for pattern in urls.urlpatterns:
        wanted = pattern.pattern.converters or pattern.pattern.regex.groupindex
        verb = {"verb": "stop"} if pattern.name == "import-act" else {}
        path = reverse(
            f"desk:{pattern.name}", kwargs={name: (known | verb)[name] for name in wanted}
        )
        if client.get(path).status_code != 405:
            opened.add(pattern.name)
    assert opened - NO_PAGES == {name.split()[0] for name in paths}


def test_no_page_loses_a_word_in_a_minute(desk: Desk, page: Page) -> None:
    page.clock.install()
    lost, fields_seen = [], 0
    for name, address in desk.pages():
        page.goto(address)
        title = page.locator("h1").inner_text()
        fields = typed(page)
        fields_seen += len(fields)
        opened = page.locator("#desk details[open]").count()
        a_minute(page, desk.chief)
        if page.locator("h1").inner_text() != title or page.url != address:
            lost.append(f"{name}: the page itself, now {page.url}")
        lost += [f"{name}: a field" for field in fields if field.input_value() != written(field)]
        if fields and not fields[-1].evaluate("(field) => field === document.activeElement"):
            lost.append(f"{name}: the focus")
        if page.locator("#desk details[open]").count() < opened:
            lost.append(f"{name}: an open box")
        page.evaluate("localStorage.clear()")
    assert not lost
    assert fields_seen > 20


def test_words_come_back_after_a_reload_and_say_that_they_are_not_saved(
    desk: Desk, page: Page
) -> None:
    lost = []
    for name, address in desk.pages():
        page.goto(address)
        fields = typed(page)
        page.reload()
        for field in fields:
            if field.input_value() != written(field):
                lost.append(f"{name}: {field}")
        if fields:
            expect(page.locator("#restored")).to_contain_text("not saved are back")
            expect(page.locator(".unsaved-note").first).to_be_visible()
        page.evaluate("localStorage.clear()")
    assert not lost


def test_all_pages_open_together_stay_whole_for_a_real_minute(desk: Desk, page: Page) -> None:
    opened = []
    for name, address in desk.pages():
        tab = page.context.new_page()
        tab.goto(address)
        opened.append((name, address, tab, tab.locator("h1").inner_text(), typed(tab)))
    elsewhere(lambda: news(desk.chief))
    opened[0][2].wait_for_timeout(60_000)
    for name, address, tab, title, fields in opened:
        assert tab.url == address, name
        assert tab.locator("h1").inner_text() == title, name
        assert all(field.input_value() == written(field) for field in fields), name
        assert tab.evaluate("window.Desk.asked()") > 3 or not tab.locator("#desk").get_attribute(
            "data-watch"
        ), name


def test_each_page_has_its_address_and_back_leads_there(desk: Desk, page: Page) -> None:
    for name, address in desk.pages():
        page.goto(address)
        title = page.locator("h1").inner_text()
        marked = page.locator(".top nav [aria-current]")
        assert marked.count() == (name not in IN_NO_MENU), name
        page.reload()
        assert page.locator("h1").inner_text() == title, name
        path = address.removeprefix(desk.server.url)
        others = f":not([href='{path}'], [href*='.csv'])"  # a file is no place to come back from
        link = page.locator(f"#desk a[href^='/desk/']{others}:visible").first
        if link.count():
            to = link.get_attribute("href")
            link.click()
            page.wait_for_url(partial(led_to, str(to)))
            page.go_back()
            page.wait_for_url(address)
            assert page.locator("h1").inner_text() == title, name


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_confirmation_stays_open_and_within_the_screen(
    desk: Desk, page: Page, size: dict[str, int]
) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.clock.install()
    seen = 0
    for name, address in desk.pages():
        page.goto(address)
        for box in page.locator("#desk details.more").all()[:5]:
            summary = box.locator("> summary")
            if not summary.is_visible():
                continue
            summary.click()
            inner = box.locator("> .consequence").bounding_box()
            assert inner is not None, name
            assert inner["x"] >= 0, (name, summary.inner_text())
            assert inner["x"] + inner["width"] <= size["width"], (name, summary.inner_text())
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
            asked = page.evaluate("window.Desk.asked()")
            elsewhere(lambda: news(desk.chief))
            page.clock.run_for(3_000)
            if page.locator("#desk").get_attribute("data-watch"):
                page.wait_for_function("(n) => window.Desk.asked() > n", arg=asked)
            assert box.get_attribute("open") is not None, name
            seen += 1
            summary.click()
    assert seen >= 6


def test_the_tabs_of_a_preview_are_addresses_and_cost_no_word(desk: Desk, page: Page) -> None:
    page.goto(desk.server.url + desk.paths["top-reads"])
    fields = typed(page)
    page.get_by_role("link", name="WhatsApp").click()
    expect(page).to_have_url(re.compile(r"show=whatsapp"))
    expect(page.locator(".bub")).to_be_visible()
    page.get_by_role("link", name="Email", exact=True).click()
    expect(page.locator("iframe")).to_be_visible()
    page.go_back()
    expect(page.locator(".bub")).to_be_visible()
    assert all(field.input_value() == written(field) for field in fields)
