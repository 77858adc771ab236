"""Notifications from a site that is not ours: it hosts one line, and its policy is a strict one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from digest.kit.clock import now
from digest.models import Address, Consent, Subscription
from tests.browser import marionette

# What a test asks for by name is the fixture, not what was imported.
# ruff: noqa: F811
from tests.browser.conftest import Pictures
from tests.browser.test_push import (  # noqa: F401 - fixtures
    Worker,
    fox,
    issue,
    profile,
    push_of,
    pushes,
    running_worker,
    site,
)
from tests.deadlines import patience, until
from tests.fakes.push_service import PushService
from tests.scenes import scene

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
WINDOWED = True  # the shell asks nobody whether a site may notify, and says no
SCOPE = "/digest-push/"
PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Reactor</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<script src="{ours}/static/digest/push.js" defer></script></head>
<body><main><h1>Reactor</h1>
<digest-push worker="/digest-worker.js"><a href="{ours}/push">Notifications</a></digest-push>
</main></body></html>"""
LINE = 'importScripts("{ours}/push-worker.js");\n'
# As docs/boxes.md asks for, and nothing else.
POLICY = (
    "default-src 'none'; base-uri 'none'; script-src {ours}; connect-src {ours};"
    " worker-src 'self'; require-trusted-types-for 'script'; trusted-types digest-push"
)
WORKER_POLICY = "default-src 'none'; script-src {ours}; connect-src {ours}"
_SHOWN = f"""
const found = await navigator.serviceWorker.getRegistration("{SCOPE}");
return (await found.getNotifications()).map((each) => (
  {{title: each.title, tag: each.tag, icon: each.icon, data: each.data}}));
"""
_STANDS = """async () => (await self.registration.getNotifications()).map(
    ({ title, data }) => ({ title, data }))"""
# Where a press on the notification leads: openWindow is for a user's own press alone.
_PRESS = """async ([data, action]) => {
    let led = "";
    self.clients.openWindow = async (to) => { led = to; };
    const notification = { data, close() {} };
    const pressed = { notification, action, waitUntil() {} };
    self.dispatchEvent(Object.assign(new Event("notificationclick"), pressed));
    return led;
}"""


_FOCUSED = """(at => at.name || at.dataset.part)(
    document.querySelector("digest-push").shadowRoot.activeElement)"""


@contextmanager
def paper(ours: str, lang: str = "en") -> Iterator[str]:
    """The origin of a site of the newsroom's, with an article and the worker."""
    files = {
        "/article": ("text/html", PAGE, POLICY),
        "/digest-worker.js": ("text/javascript", LINE, WORKER_POLICY),
    }

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body, policy = files.get(self.path, ("text/plain", "", POLICY))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Security-Policy", policy.format(ours=ours))
            self.end_headers()
            self.wfile.write(body.format(ours=ours, lang=lang).encode())

        def log_message(self, *args: object) -> None:
            """Nothing is to be told."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def elsewhere(site: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The site's origin, which the newsroom names as its own."""
    with paper(site) as origin:
        monkeypatch.setenv("DIGEST_WEBPUSH_SITES", f"https://other.example,{origin}/")
        yield origin


def part(name: str) -> str:
    return f"document.querySelector('digest-push').shadowRoot?.querySelector('[data-part={name}]')"


def test_firefox_joins_on_the_sites_own_page_and_everything_leads_to_ours(
    fox: marionette.Firefox,
    site: str,
    elsewhere: str,
    pushes: PushService,
) -> None:
    fox.open(f"{elsewhere}/article")
    until(lambda: fox.run(f"return {part('off')}?.hidden === false"), "a button", 60)
    fox.press("[data-part=turn-on]", within="digest-push")
    until(lambda: fox.run(f"return {part('on')}.hidden === false"),
          lambda: fox.run(f"return {part('trouble')}.textContent"), 60)  # fmt: skip
    address = Address.objects.get(channel="webpush")
    consent = Consent.objects.get()
    assert consent.place == f"{elsewhere}/article" and "in this browser" in consent.text
    until(lambda: fox.run(_SHOWN), "the first notification")
    (welcome,) = fox.run(_SHOWN)
    assert welcome["icon"].startswith(f"{site}/static/")
    assert welcome["data"]["navigate"].startswith(f"{site}/")

    alert = scene.alert(now=now()).alert
    issue(alert, 1)

    def alerts() -> list[Any]:
        # Without a hand on it Firefox takes each away after twenty seconds, the welcome too.
        return [each for each in fox.run(_SHOWN) if each["tag"] != welcome["tag"]]

    until(alerts, "the alert beside the welcome")
    issue(alert, 2, "correction")
    found: list[Any] = []

    def corrected() -> bool:
        found[:] = alerts()
        return len(found) == 1 and found[0]["title"].startswith("Correction: ")

    until(corrected, "the correction in its place")
    (shown,) = found
    assert shown["data"]["links"]
    assert all(link.startswith(f"{site}/") for link in shown["data"]["links"].values())

    # The reader's own page, where they pause, take along and leave, is ours.
    own = fox.run(f"return {part('own')}.href")
    assert own.startswith(f"{site}/preferences/")
    fox.open(f"{elsewhere}/article")
    until(lambda: fox.run(f"return {part('on')}?.hidden === false"), "still on after a reload", 60)
    fox.press("[data-part=turn-off]", within="digest-push")
    until(lambda: fox.run(f"return {part('off')}.hidden === false"), "off", 60)
    assert {each.state for each in Subscription.objects.filter(address=address)} == {"ended"}
    until(lambda: all(each.is_gone for each in pushes.lines.values()), "unregistered")


def test_firefox_is_told_where_the_newsroom_does_not_name_the_site(
    fox: marionette.Firefox,
    site: str,
) -> None:
    with paper(site) as origin:
        fox.open(f"{origin}/article")
        until(lambda: fox.run(f"return {part('off')}?.hidden === false"), "a button", 60)
        fox.press("[data-part=turn-on]", within="digest-push")
        until(lambda: fox.run(f"return {part('trouble')}.hidden === false"), "trouble", 60)
    assert not Address.objects.exists()


def test_chromium_runs_the_one_line_beside_the_sites_own_worker(
    profile: BrowserContext,
    site: str,
    elsewhere: str,
) -> None:
    profile.grant_permissions(["notifications"], origin=elsewhere)
    page = profile.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    worker = Worker(profile, page, elsewhere)
    page.goto(f"{elsewhere}/article")
    expect(page.get_by_role("button", name="Turn on notifications")).to_be_visible()
    assert worker.scope == f"{elsewhere}{SCOPE}"
    runs = running_worker(profile, page)
    worker.wake(push_of("Breaking: one", 1))

    data: dict[str, Any] = {}

    def stands(title: str) -> bool:
        shown = runs.evaluate(_STANDS)
        data.update(*(each["data"] for each in shown))
        return [each["title"] for each in shown] == [title]

    until(lambda: stands("Breaking: one"), "an alert")
    worker.wake(push_of("Correction: one", 2))
    until(lambda: stands("Correction: one"), "replaced")
    assert data["revision"] == 2
    assert runs.evaluate(_PRESS, [data, "own"]) == "https://news.example/own"
    assert runs.evaluate(_PRESS, [data, ""]) == "https://news.example/s/1"
    assert not wrong, wrong


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_it_looks_like_the_boxes_and_is_reached_by_keys(
    browser: Browser,
    site: str,
    pictures: Pictures,
    lang: str,
) -> None:
    with paper(site, lang) as origin:
        for scheme in ("light", "dark"):
            context = browser.new_context(
                color_scheme="dark" if scheme == "dark" else "light",
                viewport={"width": 375, "height": 800},
            )
            context.set_default_timeout(patience(15) * 1000)
            page = context.new_page()
            page.goto(f"{origin}/article")
            button = page.locator("digest-push button").first
            expect(button).to_be_visible()
            for width in (375, 1440):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                pictures.of_page(page, f"push-elsewhere-{lang}-{width}-{scheme}")
            reached = []
            while not reached or reached[-1] != "turn-on":
                page.keyboard.press("Tab")
                reached.append(page.evaluate(_FOCUSED))
            assert set(reached) == {"alerts", "newsletters", "turn-on"} and len(reached) < 9
            context.close()
