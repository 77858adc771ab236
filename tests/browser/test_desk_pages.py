"""Every page of the desk, by the URL table: left open, typed into, gone from and come back to."""

import re
from collections import Counter
from functools import partial
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.staff.access import Role
from digest.web.desk import urls
from digest.web.desk.second import urls as second_urls
from tests.browser.desk import second_pages
from tests.browser.desk.typed import FIELDS, Typed, are_there, type_everywhere
from tests.browser.desk_world import (
    NO_PAGES,
    Desk,
    furnish,
    is_in_no_menu,
    news,
    post_by_hand,
)
from tests.browser.posting import elsewhere
from tests.web import desk_day

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
# Two fields of one key would come back in each other's place.
KEYS = """() => [...document.querySelectorAll('#desk form[method=post]')]
    .flatMap((form) => Desk.drafts.fieldsOf(form)).map(Desk.drafts.keyOf)
    .filter((key, at, all) => all.indexOf(key) !== at)"""
# What is said not to be saved, by what it is kept under: news gives a page that is read anew more
# fields than it had.
UNSAVED = """() => Object.fromEntries(
  [...document.querySelectorAll('#desk form[method=post] .unsaved')]
    .map((field) => [Desk.drafts.keyOf(field), field.value]))"""
# As a browser does with all tabs but one: a page that nobody sees asks for no news.
BEHIND = """() => Object.defineProperty(document, "visibilityState",
  { configurable: true, get: () => "hidden" })"""
IN_FRONT = """() => {
  delete document.visibilityState;
  document.dispatchEvent(new Event("visibilitychange"));
}"""
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 375, "height": 800}


@pytest.fixture
def desk(page: Page, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    post_by_hand(monkeypatch)
    return Desk(page, live_server)


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


def test_no_page_gives_one_id_to_two(client: Client) -> None:
    """A label would name the first of them, whichever it is meant for."""
    chief, paths = furnish()
    client.force_login(chief)
    for name, path in paths.items():
        page = client.get(path).content.decode()
        ids = Counter(re.findall(r'<[a-z0-9]+\b[^<>]*?\sid="([^"]+)"', page))
        assert [each for each, times in ids.items() if times > 1] == [], name


def test_the_table_of_the_second_factors_pages_is_whole() -> None:
    chief = desk_day.member("Vera Lind", Role.CHIEF)
    asked = second_pages.BARE | second_pages.with_factors(chief)
    opened = {pattern.name for pattern in second_urls.urlpatterns} - {"account_logout"}
    assert opened - second_pages.NO_PAGES == {name.split()[0] for name in asked}


class Opened(NamedTuple):
    """A page in a tab of its own, as it was once something had been typed into it."""

    name: str
    address: str
    tab: Page
    title: str
    fields: list[Typed]
    boxes: int


def opened(page: Page, name: str, address: str, before: list[Opened]) -> Opened:
    """Open the page, go from it and come back, and type into all of its fields.

    What differs from an earlier one by what stands behind the question mark has its fields, whose
    words are kept in the same place: nothing is typed twice.
    """
    path = urlsplit(address).path
    tab = page.context.new_page()
    tab.goto(address)
    title = tab.locator("h1").inner_text()
    marked = tab.locator(".top nav [aria-current]")
    assert marked.count() == (not is_in_no_menu(name)), name
    back_and_forth(tab, address)
    assert tab.locator("h1").inner_text() == title, name
    typed = any(urlsplit(each.address).path == path for each in before)
    fields = [] if typed else type_everywhere(tab)
    assert tab.evaluate(KEYS) == [], f"{name}: fields that are kept in one another's place"
    boxes = tab.locator("#desk details[open]").count()
    return Opened(name, address, tab, title, fields, boxes)


@pytest.mark.timeout(900)
def test_each_page_has_its_address_stays_whole_for_a_real_minute_and_a_reload_costs_no_word(
    desk: Desk, page: Page
) -> None:
    every: list[Opened] = []
    for name, address in desk.pages():
        every.append(opened(page, name, address, every))
        every[-1].tab.evaluate(BEHIND)
    for each in every:
        each.tab.evaluate(IN_FRONT)
    for _ in range(2):
        elsewhere(lambda: news(desk.chief))
        every[0].tab.wait_for_timeout(30_000)
    for name, address, tab, title, fields, boxes in every:
        assert tab.url == address, name
        assert tab.locator("h1").inner_text() == title, name
        assert are_there(tab, fields, unsaved=True), name
        assert not fields or tab.locator(FIELDS).nth(fields[-1].place).evaluate(
            "(field) => field === document.activeElement"
        ), f"{name}: the focus"
        assert tab.locator("#desk details[open]").count() >= boxes, name
        if tab.locator("#desk").get_attribute("data-watch"):
            # Sixty pages that fetch themselves at once take a busy machine longer than they wait.
            tab.wait_for_function("window.Desk.asked() > 3", polling=500)
        tab.evaluate(BEHIND)
    lost = []
    for name, _, tab, title, fields, _ in every:
        if fields:
            before = tab.evaluate(UNSAVED)
            assert len(before) == len(fields), name
            tab.reload()
            assert tab.locator("h1").inner_text() == title, name
            lost += [f"{name}: {key}" for key, _ in before.items() - tab.evaluate(UNSAVED).items()]
            # Back, and said not to be saved.
            expect(tab.locator("#restored")).to_contain_text("not saved are back")
            # Each by its name.
            expect(tab.locator("#restored")).not_to_contain_text(re.compile(r"[:;]\s*[;.]"))
            expect(tab.locator(".unsaved-note").first).to_be_visible()
        tab.close()
    assert not lost
    assert sum(len(each.fields) for each in every) > 20


def back_and_forth(page: Page, address: str) -> None:
    """Follow the first link to another page, and come back."""
    path = page.evaluate("location.pathname + location.search")
    others = f":not([href='{path}'], [href*='.csv'])"  # a file is no place to come back from
    link = page.locator(f"#desk a[href^='/desk/']{others}:visible").first
    if link.count():
        to = link.get_attribute("href")
        link.click()
        page.wait_for_url(partial(led_to, str(to)))
        page.go_back()
        page.wait_for_url(address)


@pytest.mark.timeout(600)
def test_every_confirmation_stays_open_and_within_the_screen(desk: Desk, page: Page) -> None:
    page.clock.install()
    seen = {"narrow": 0, "wide": 0}
    for name, address in desk.pages():
        page.goto(address)
        for kind, size in (("narrow", NARROW), ("wide", WIDE)):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            for box in page.locator("#desk details.more").all()[:5]:
                summary = box.locator("> summary")
                if not summary.is_visible():
                    continue
                summary.click()
                inner = box.locator("> .consequence").bounding_box()
                assert inner is not None, name
                assert inner["x"] >= 0, (name, kind, summary.inner_text())
                right = inner["x"] + inner["width"]
                assert right <= size["width"], (name, kind, summary.inner_text())
                assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
                news_come(page, desk)
                assert box.get_attribute("open") is not None, name
                seen[kind] += 1
                summary.click()
    assert min(seen.values()) >= 6


def news_come(page: Page, desk: Desk) -> None:
    """Something happens elsewhere, and the page has asked since."""
    asked = page.evaluate("window.Desk.asked()")
    elsewhere(lambda: news(desk.chief))
    page.clock.run_for(3_000)
    if page.locator("#desk").get_attribute("data-watch"):
        page.wait_for_function("(n) => window.Desk.asked() > n", arg=asked)


def test_the_tabs_of_a_preview_are_addresses_and_cost_no_word(desk: Desk, page: Page) -> None:
    page.goto(desk.server.url + desk.paths["top-reads"])
    fields = type_everywhere(page)
    page.get_by_role("link", name="WhatsApp").click()
    expect(page).to_have_url(re.compile(r"show=whatsapp"))
    expect(page.locator(".bub")).to_be_visible()
    page.get_by_role("link", name="Email", exact=True).click()
    expect(page.locator("iframe")).to_be_visible()
    page.go_back()
    expect(page.locator(".bub")).to_be_visible()
    assert are_there(page, fields)
