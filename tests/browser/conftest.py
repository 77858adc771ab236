"""A real Chromium against the live service. Without one the tests skip, loudly."""

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.kit import valkey
from digest.kit.clock import now
from digest.models import Edition
from digest.web.public import form_time
from tests.browser.door import already_in
from tests.deadlines import patience
from tests.fakes.smtp import Sink, running
from tests.one_browser import BrowsersBegun
from tests.web import desk_day

# Nothing leaves this machine. The browser knows no other name by itself: a route of Playwright's
# would see each request, and nothing would come from the browser's cache.
_AT_HOME = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", _AT_HOME)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chromium's engine without windows, tabs and profiles: the same page for a fifth to a half less
# work. It serves all modules but those that need the rest, and say ``WINDOWED = True``.
SHELLS = ("chromium-headless-shell", "chrome-headless-shell")


def chromium(*, windowed: bool) -> str | None:
    """The browser that the environment names, or the system's own; rather its shell if that does.

    Where there is no shell, the whole browser serves.
    """
    names = NAMES if windowed else (*SHELLS, *NAMES)
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(autouse=True)
def room_to_sign_up() -> None:
    """All tests come from one network, whose twentieth sign-up in minutes has its mail put off."""
    for key in valkey.client().scan_iter("digest:mails:*"):
        valkey.client().delete(key)


@pytest.fixture(autouse=True)
def quick_hands(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test presses the button sooner than people do."""
    monkeypatch.setattr(form_time, "LEAST", timedelta(0))


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Browser:
    """A browser for the module's tests: the shell or, where it says so, all of Chromium."""
    path = chromium(windowed=getattr(request.module, "WINDOWED", False))
    if path is None:
        told = "No Chromium found: install it (apt-get install chromium) or name it in CHROMIUM."
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(told)
        pytest.skip(told)
    begun: BrowsersBegun = request.getfixturevalue("browsers_begun")
    # By default a page has five seconds, whatever else the machine does.
    expect.set_options(timeout=patience(15) * 1000)
    return begun.at(path, ARGUMENTS)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1440, "height": 900})
    made.set_default_timeout(patience(15) * 1000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which any error of a script, and any breach of the policy, fails the test."""
    made = context.new_page()
    wrong: list[str] = []
    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.on("console", lambda said: wrong.append(said.text) if _is_breach(said.text) else None)
    yield made
    assert not wrong, wrong


@pytest.fixture
def sink(settings: Any, live_server: LiveServer) -> Iterator[Sink]:
    """The relay; links in mails lead to the service under test."""
    with running(Sink()) as made:
        settings.DIGEST_SMTP_URL, settings.DIGEST_BASE_URL = made.url, live_server.url
        yield made


class Pictures:
    """Pictures of pages as tests leave them, for people to look at: in ``DIGEST_PICTURES``.

    To take one costs more than to open the page, so that without a folder none is taken.
    """

    def __init__(self) -> None:
        named = os.environ.get("DIGEST_PICTURES", "")
        self.folder = Path(named) if named else None
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)

    def of_page(self, page: Page, name: str, *, full_page: bool = False) -> None:
        """A picture of the window, or of all of the page, as ``name``.png."""
        if self.folder is not None:
            page.screenshot(path=self.folder / f"{name}.png", full_page=full_page)

    def of_part(self, part: Locator, name: str) -> None:
        """A picture of an element as ``name``.png."""
        if self.folder is not None:
            part.screenshot(path=self.folder / f"{name}.png")


@pytest.fixture
def pictures() -> Pictures:
    """Takes pictures of pages when somebody asked for them."""
    return Pictures()


def _is_breach(text: str) -> bool:
    # A mail in its frame may ask for what it does not get: its own policy is told by this word.
    return "Content Security Policy" in text and "unsafe-inline" not in text


@pytest.fixture
def edition(page: Page, live_server: LiveServer) -> Edition:
    """A draft of six items on the editor's screen."""
    desk_day.stories(now())
    made = desk_day.edition(now())
    already_in(page.context, live_server, desk_day.member().email)
    page.goto(f"{live_server.url}/desk/editions/{made.public_id}/")
    return made
