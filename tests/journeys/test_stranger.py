"""A stranger's first minutes, by what README and ``digest up --sample`` print and nothing else."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import browser, context, page
from tests.deadlines import patience, until

__all__ = ["browser", "context", "page"]
pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]
# What a stranger's first minutes may take; a busy machine has more of them.
MINUTES = 5
STORIES = 5
MINE = "All 214 are off the ferry, the coast guard says"
_FOREIGN = ("DATABASE_URL", "REDIS_URL", "DIGEST_WAKER", "DIGEST_ALLOWED_RECIPIENTS")


class Screen:
    """What the terminal shows."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.shown = ""
        self._process = process
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.shown += line

    def after(self, label: str) -> str:
        """What stands behind a label, to the end of its line."""
        found = re.search(rf"^ *{re.escape(label)} +(\S.*)$", self.shown, re.MULTILINE)
        assert found, f"{label!r} is not on the screen:\n{self.shown}"
        return found[1].strip()


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    """``digest up --sample`` on a fresh folder, as it stands in README."""
    assert "digest up --sample" in (ROOT / "README.md").read_text(encoding="utf-8")
    home = tmp_path_factory.mktemp("stranger")
    for each in (home, *home.parents[:3]):
        each.chmod(0o755)  # PostgreSQL runs as a user of its own
    given = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    process = subprocess.Popen(
        [sys.executable, "-m", "digest", "up", "--sample"],
        cwd=ROOT,
        env=given | {"DIGEST_HOME": str(home / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    shown = Screen(process)
    try:
        until(lambda: "Ctrl-C ends it." in shown.shown, lambda: shown.shown, 90)
        yield shown
    finally:
        below = (
            psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        )
        process.send_signal(signal.SIGINT)
        try:
            process.wait(patience(90))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _, left = psutil.wait_procs(below, timeout=patience(30))
        for each in left:
            each.kill()


def reload_until(page: Page, path: str, selector: str, words: str) -> None:
    """Look again, as one does, until a page shows ``words``."""

    def there() -> bool:
        page.goto(path)
        return page.locator(selector).filter(has_text=words).count() > 0

    until(there, f"{words!r} on {path}", 240, pause=1.0)


def digest_in(page: Page, mailbox: str) -> bool:
    """Open the mails one after the other until one is a list of stories."""
    page.goto(mailbox)
    rows = page.locator(".envelopes a")
    for path in [rows.nth(each).get_attribute("href") for each in range(rows.count())]:
        page.goto(mailbox.rstrip("/") + str(path))
        mail = page.frame_locator("iframe")
        stories = mail.get_by_role("link", name=re.compile(r"(\w+\W+){4}"))
        if stories.count() >= STORIES:
            return True
    return False


def test_a_stranger_reads_a_digest_a_message_and_an_alert_and_changes_a_headline(
    screen: Screen, page: Page
) -> None:
    began = time.monotonic()
    mailbox, desk = screen.after("Local mailbox"), screen.after("Desk")
    name, password = screen.after("Desk sign-in").split()

    page.goto(screen.after("Front page"))
    expect(page.get_by_role("heading").first).to_be_visible()

    page.goto(desk)
    page.get_by_label("Email").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("link", name="Top reads").first).to_be_visible()

    # What may be breaking stands on the desk by itself, and an alert on it is in readers' hands.
    reload_until(page, desk, ".hot", "sources in")
    page.get_by_role("button", name="Raise alert").first.click()
    page.get_by_role("button", name="Issue the alert").click()
    expect(page.get_by_text("issued", exact=False).first).to_be_visible()
    reload_until(page, mailbox, "a", "ferry")

    # The first edition and digests, by mail and by WhatsApp.
    until(lambda: digest_in(page, mailbox), "a digest lies in the mailbox", 240, pause=1.0)
    page.goto(mailbox)
    page.get_by_role("link", name="WhatsApp").first.click()
    chat = page.url
    reload_until(page, chat, ".bub", "1. ")

    # Another edition lies open, and its first headline takes an editor's words.
    reload_until(page, desk, "a", "Top reads")
    page.get_by_role("link", name="Top reads").first.click()
    top = page.url
    reload_until(page, top, "a, h1", "Evening read")
    if page.locator(".items > .item").count() == 0:
        page.get_by_role("link", name="Evening read").first.click()
    first = page.locator(".items > .item").first
    first.locator("summary[data-key=e]").click()
    first.get_by_label("Headline", exact=False).first.fill(MINE)
    first.get_by_role("button", name="Save").first.click()
    expect(page.locator(".items h3").first).to_have_text(MINE)
    expect(page.frame_locator("iframe").get_by_text(MINE).first).to_be_visible()

    assert time.monotonic() - began < patience(60 * MINUTES)
