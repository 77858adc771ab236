"""Pictures of other sites come late: what a reader reads meanwhile stays where it is."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.deadlines import patience
from tests.web import newsroom

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SIGN = Path(__file__).resolve().parents[3] / "digest/web/static/icon-512.png"
# What moved so far, as browsers count it; a page is good below a tenth.
_MOVED = """() => new Promise(done => {
    let moved = 0;
    new PerformanceObserver(list => list.getEntries().forEach(each => { moved += each.value; }))
        .observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => done(moved)));
})"""


@pytest.mark.parametrize("path", ["/editions/{edition}", "/newsletters/morning"])
def test_nothing_moves_when_a_picture_comes(
    browser: Browser, live_server: LiveServer, path: str
) -> None:
    newsroom.offer()
    edition = newsroom.publish()
    context = browser.new_context(viewport={"width": 375, "height": 812})
    context.set_default_timeout(patience(15) * 1000)
    page = context.new_page()
    waiting = []
    page.route(re.compile("^https://pictures.example/"), lambda it: waiting.append(it))
    page.goto(
        live_server.url + path.format(edition=edition.public_id), wait_until="domcontentloaded"
    )
    picture = page.locator("figure img").first
    picture.scroll_into_view_if_needed()
    before = picture.bounding_box()
    page.wait_for_function("() => document.fonts.status === 'loaded'")
    assert len(waiting) == 1
    waiting[0].fulfill(path=str(SIGN))
    page.wait_for_function("() => document.querySelector('figure img').naturalWidth > 0")
    after = picture.bounding_box()
    assert before is not None and after is not None
    assert (before["width"], before["height"]) == (after["width"], after["height"])
    assert page.evaluate(_MOVED) < 0.1
    context.close()
