"""The month's best stories: read, reloaded and taken as a file by keyboard alone."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.web.desk import kept
from tests.browser.axe import violations
from tests.browser.desk_world import Desk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (375, "dark")])
def test_best_stories_are_read_and_taken_by_keyboard(
    page: Page, live_server: LiveServer, tmp_path: Path, width: int, scheme: str
) -> None:
    kept.forget()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    Desk(page, live_server)
    page.goto(live_server.url + "/desk/figures/")
    best = page.get_by_role("region", name="Best stories").first
    first = best.locator("tbody tr").first.inner_text()
    rows = best.locator("tbody tr").count()
    assert rows >= 2
    page.reload()
    assert best.locator("tbody tr").first.inner_text() == first
    file = best.locator("a[href$='best.csv']")
    for _ in range(80):
        page.keyboard.press("Tab")
        if file.evaluate("(it) => it === document.activeElement"):
            break
    expect(file).to_be_focused()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    download.value.save_as(tmp_path / "best.csv")
    with (tmp_path / "best.csv").open(encoding="utf-8-sig", newline="") as taken:
        told = list(csv.DictReader(taken))
    assert len(told) == rows
    assert first.startswith(told[0]["Story"])
    # The page is as it was, and still where it was read.
    assert page.url.endswith("/desk/figures/")
    expect(file).to_be_focused()
    # What is wider than a phone is scrolled by itself, by the arrow keys, too.
    wide = best.locator("table").evaluate(
        "(it) => { const box = it.parentElement;"
        " return box.scrollWidth <= box.clientWidth || box.tabIndex === 0; }"
    )
    assert wide, "a table that only a mouse can scroll"
    assert not violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
