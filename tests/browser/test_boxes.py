"""The boxes at the end of an article on another site, whose policy allows nothing inline."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.models import JoinRequest
from digest.web.public import offers
from tests.browser.conftest import Pictures
from tests.deadlines import patience, until
from tests.web import newsroom

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WORDS = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Reactor</title>
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<script src="{ours}/static/digest/boxes.js" defer></script>
</head><body><h1>Reactor</h1>{end}</body></html>"""
ELEMENT = """<digest-boxes topics="korea" article="{site}">
<a href="{ours}/subscribe">Sign up</a></digest-boxes>"""
FRAME = """<iframe src="{ours}/embed?topics=korea&amp;article={site}"
title="Sign up" width="100%"></iframe>"""
STRICT = (
    "default-src 'none'; base-uri 'none'; script-src {ours}; connect-src {ours};"
    " frame-src {ours}; form-action {ours}; require-trusted-types-for 'script'"
)


@pytest.fixture(params=["light", "dark"])
def looks(request: pytest.FixtureRequest) -> str:
    """The reader's colours."""
    return str(request.param)


@pytest.fixture
def page(browser: Browser, looks: str) -> Iterator[Page]:
    """A page of a site that is not ours; a breach of its policy fails the test."""
    context = browser.new_context(
        viewport={"width": 375, "height": 1000},
        color_scheme="dark" if looks == "dark" else "light",
        timezone_id="Asia/Seoul",
    )
    context.set_default_timeout(patience(15) * 1000)
    wrong: list[str] = []
    made = context.new_page()
    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    yield made
    context.close()
    assert not wrong, wrong


@pytest.fixture
def ours(live_server: LiveServer, settings: Any) -> Iterator[str]:
    """Our service, with something on offer."""
    settings.DIGEST_BASE_URL = live_server.url
    newsroom.offer()
    offers.forget()
    yield str(live_server.url)
    offers.forget()


@contextmanager
def article(ours: str, end: str) -> Iterator[str]:
    """The address of an article of another origin, with ``end`` at its end."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            at = f"http://{self.headers['Host']}/article"
            body = WORDS.format(ours=ours, end=end.format(ours=ours, site=at)).encode()
            self.send_response(200 if self.path == "/article" else 204)
            self.send_header("Content-Security-Policy", STRICT.format(ours=ours))
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body if self.path == "/article" else b"")

        def log_message(self, *args: object) -> None:
            """Nothing is to be told."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/article"
        server.shutdown()


def test_the_element_shows_the_boxes_and_a_sign_up_says_where_it_came_from(
    page: Page, ours: str, pictures: Pictures, looks: str
) -> None:
    with article(ours, ELEMENT) as site:
        page.goto(site)
        heading = page.get_by_role("heading", name="Korean peninsula relations")
        expect(heading).to_be_visible()
        expect(page.get_by_role("link", name="Sign up")).to_be_hidden()
        pictures.of_page(page, f"boxes-375-{looks}", full_page=True)
        for width in (375, 1200):
            page.set_viewport_size({"width": width, "height": 1000})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        pictures.of_page(page, f"boxes-1200-{looks}", full_page=True)

        reached = []
        for _ in range(7):
            page.keyboard.press("Tab")
            reached.append(
                page.evaluate(
                    "(at => at.ariaLabel || at.textContent)"
                    "(document.querySelector('digest-boxes').shadowRoot.activeElement)"
                )
            )
        assert reached == [
            "Your email: Korean peninsula relations",
            "Send me this",
            "Your email: When it breaks",
            "Send me this",
            "Your WhatsApp number: On WhatsApp",
            "Send me this",
            "More choices",
        ]
        for trap in page.locator('[name="reference"]').all():
            expect(trap).to_be_hidden()
        page.get_by_label("Your email: Korean").fill("noor@example.org")
        with page.context.expect_page() as opened:
            page.keyboard.press("Enter")
        expect(opened.value.get_by_role("heading", name="Look into your inbox")).to_be_visible()
        asked = JoinRequest.objects.get()
        assert (asked.article, asked.box, asked.time_zone) == (site, "newsletter", "Asia/Seoul")


def test_the_frame_grows_to_what_is_in_it(
    page: Page, ours: str, pictures: Pictures, looks: str
) -> None:
    with article(ours, FRAME) as site:
        page.goto(site)
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("button", name="Send me this").first).to_be_visible()
        inside = page.frames[1]
        for width, tallest in ((375, 420), (1200, 300)):
            page.set_viewport_size({"width": width, "height": 1000})

            def fits(most: int = tallest) -> bool:
                content, height = inside.evaluate(
                    "[document.body.getBoundingClientRect().height, innerHeight]"
                )
                return bool(0 <= height - content < 1 and height <= most)

            until(fits, "a frame as tall as what is in it")
            pictures.of_page(page, f"frame-{width}-{looks}")
        frame.get_by_label("Your email: Korean").fill("noor@example.org")
        page.keyboard.press("Enter")
        expect(frame.get_by_role("heading", name="Look into your inbox")).to_be_visible()
        assert JoinRequest.objects.get().article == site
