"""A feed in a real browser: from a site's home page to the list of feeds, and a list of many."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.desk_world import open_menu
from tests.browser.door import by_password
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer, item, rss
from tests.web import desk_day

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(settings: object) -> Iterator[FeedServer]:
    settings.DIGEST_ALLOW_PRIVATE_FETCH = True  # type: ignore[attr-defined]
    with FeedServer({"/rss": feeds.body(rss(item(1)))}) as running:
        running.pages["/"] = feeds.body(
            b"<!doctype html><link rel=alternate type=application/rss+xml title=Post href=/rss>",
            Content_Type="text/html",
        )
        yield running


@pytest.mark.parametrize("width", [1440, 375])
def test_a_home_page_becomes_a_feed(
    page: Page, live_server: LiveServer, site: FeedServer, width: int, tmp_path: Path
) -> None:
    member = desk_day.member()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(live_server.url + "/desk/sign-in")
    by_password(page, member.email)
    open_menu(page)
    page.get_by_role("link", name="Feeds", exact=True).click()
    page.get_by_role("link", name="Add the first").click()
    page.get_by_label("Addresses, one a line").fill(site.url("/"))
    page.get_by_role("button", name="Look and add").click()
    expect(page.get_by_text("What was found")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Added: Post")).to_be_visible()
    expect(page.get_by_label("Addresses, one a line")).to_have_value("")
    file = tmp_path / "mine.opml"
    file.write_text(
        '<opml version="2.0"><body><outline text="Harbour" type="rss" '
        'xmlUrl="https://harbour.example/rss"/></body></opml>'
    )
    page.get_by_label("A list from another feed reader").set_input_files(file)
    page.get_by_role("button", name="Add all of it").click()
    expect(page.get_by_text("1 feed added; 0 known already.")).to_be_visible()
    expect(page.get_by_role("link", name="Harbour")).to_be_visible()
    expect(page.get_by_role("link", name="Post", exact=True)).to_be_visible()
