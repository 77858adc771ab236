"""Notifications in real browsers: Firefox from the button to the lock screen, Chromium's worker."""

import json
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from playwright.sync_api import Worker as PlaywrightWorker
from pytest_django.live_server_helper import LiveServer

from digest.kit import valkey
from digest.kit.clock import now
from digest.models import Address, Alert, Newsletter, Send, Subscription
from digest.outbound.channels.webpush import vapid
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert
from digest.outbound.delivery.sending.send import send_some
from tests.browser import marionette
from tests.browser.conftest import ARGUMENTS, Pictures, chromium
from tests.deadlines import patience, until
from tests.fakes.push_service import PushService, running
from tests.scenes import scene
from tests.web import newsroom

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
WINDOWED = True  # the shell asks nobody whether a site may notify, and says no

_SHOWN = """
const worker = await navigator.serviceWorker.ready;
return (await worker.getNotifications()).map((each) => (
  {title: each.title, body: each.body, tag: each.tag, data: each.data, actions: each.actions,
   image: each.image ?? ""}));
"""


@pytest.fixture
def site(
    settings: Any, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> str:
    for key in valkey.client().scan_iter("digest:forms:*"):
        valkey.client().delete(key)
    settings.DIGEST_BASE_URL = live_server.url
    settings.DIGEST_CHANNELS = ["email", "webpush"]
    settings.DIGEST_ALLOWED_RECIPIENTS = ["*"]
    monkeypatch.setenv("DIGEST_WEBPUSH_KEYS", vapid.made())
    monkeypatch.setenv("DIGEST_WEBPUSH_SERVICES", "127.0.0.1")
    newsroom.offer()
    Newsletter.objects.update(channels=[])
    return live_server.url


@pytest.fixture
def pushes() -> Iterator[PushService]:
    with running(PushService()) as service:
        yield service


def issue(alert: Alert, revision: int, kind: str = "") -> None:
    """A revision goes out to every browser."""
    if kind:
        scene.alert_revision(alert, revision, kind, now=now())
    plan_alert(alert.pk, revision, now=now())
    for send in Send.objects.filter(channel="webpush", state="pending"):
        fan_out(send.pk, now=now())
        assert send_some(send.pk).ended == "drained"


def stands(fox: marionette.Firefox, tag: str, label: str) -> bool:
    """Whether what is shown under a tag begins so."""
    titles = [each["title"] for each in fox.run(_SHOWN) if each["tag"] == tag]
    return len(titles) == 1 and titles[0].startswith(f"{label}: ")


@pytest.fixture
def fox(site: str, pushes: PushService, tmp_path: Path) -> Iterator[marionette.Firefox]:
    path = marionette.firefox()
    if path is None:
        told = "No Firefox found: install it (apt-get install firefox-esr) or name it in FIREFOX."
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(told)
        pytest.skip(told)
    with marionette.running(path, tmp_path, pushes.port) as driver:
        yield driver


def test_firefox_subscribes_and_shows_a_push_an_update_in_its_place_and_a_withdrawal(
    fox: marionette.Firefox, site: str, pushes: PushService
) -> None:
    fox.open(f"{site}/push")
    until(lambda: fox.run("return !document.querySelector('[data-part=off]').hidden"), "a button")
    fox.press("[data-part=turn-on]")
    until(lambda: fox.run("return !document.querySelector('[data-part=on]').hidden"),
          lambda: fox.run("return document.querySelector('#push').innerText"), 60)  # fmt: skip
    address = Address.objects.get(channel="webpush")
    assert address.value.startswith(f"{pushes.origin}/push/") and address.verified_by == "browser"
    until(lambda: fox.run(_SHOWN), "the first notification")
    (welcome,) = fox.run(_SHOWN)
    assert "Notifications are on" in welcome["title"]

    alert = scene.alert(now=now()).alert
    issue(alert, 1)
    alerts: list[Any] = []

    def comes() -> bool:
        # Without a hand on it Firefox takes each away after twenty seconds, the welcome too.
        alerts[:] = [each for each in fox.run(_SHOWN) if each["tag"] != welcome["tag"]]
        return len(alerts) == 1

    until(comes, "the alert beside the welcome")
    (first,) = alerts
    assert first["title"].startswith("Breaking: ")

    for revision, kind, label in ((2, "correction", "Correction"), (3, "withdrawal", "Withdrawn")):
        issue(alert, revision, kind)
        until(partial(stands, fox, first["tag"], label), f"{label} in the alert's place")
    # Each was decrypted and shown: autopush's word for it is code 100.
    until(lambda: len(pushes.acknowledged) == 4, "every push acknowledged")
    assert {each["code"] for each in pushes.acknowledged} == {100}


def test_firefox_switches_off_and_the_push_service_hears_of_it(
    fox: marionette.Firefox, site: str, pushes: PushService
) -> None:
    fox.open(f"{site}/push")
    until(lambda: fox.run("return !document.querySelector('[data-part=off]').hidden"), "a button")
    fox.press("[data-part=turn-on]")
    until(lambda: fox.run("return !document.querySelector('[data-part=on]').hidden"), "on", 60)
    fox.open(f"{site}/push")
    until(lambda: fox.run("return !document.querySelector('[data-part=on]').hidden"), "still on")
    own = fox.run("return document.querySelector('[data-part=own]').href")
    assert "/preferences/" in own
    fox.press("[data-part=turn-off]")
    until(lambda: fox.run("return !document.querySelector('[data-part=off]').hidden"), "off")
    assert set(Subscription.objects.values_list("state", flat=True)) == {"ended"}
    until(lambda: all(each.is_gone for each in pushes.lines.values()), "unregistered")


class Worker:
    """Chromium's service worker of the site, woken as a push service would, but for the lock."""

    def __init__(self, context: BrowserContext, page: Page, site: str) -> None:
        self.page, self._site, self._context = page, site, context
        self._session = context.new_cdp_session(page)
        self._registrations: list[dict[str, Any]] = []
        self._session.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda told: self._registrations.extend(told["registrations"]),
        )
        self._session.send("ServiceWorker.enable")

    @property
    def scope(self) -> str:
        return str(self._registrations[-1]["scopeURL"])

    def shows(self, titles: list[str]) -> bool:
        """Whether these notifications stand, and no other."""
        return sorted(each["title"] for each in self.shown()) == titles

    def wake(self, *pushes: str) -> None:
        """Deliver these at once, and wait until each was dealt with.

        Until then nobody asks what is shown: Chromium, asked while it puts a notification up,
        forgets it.
        """
        (runs,) = self._context.service_workers
        done = runs.evaluate("self.done")
        for each in pushes:
            self._deliver(each)
        until(lambda: runs.evaluate("self.done") == done + len(pushes), "dealt with")

    def _deliver(self, data: str) -> None:
        self._session.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": self._site,
                "registrationId": self._registrations[-1]["registrationId"],
                "data": data,
            },
        )

    def shown(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(f"(async () => {{ {_SHOWN} }})()")
        return found

    def install_errors(self) -> list[Any]:
        found: list[Any] = self._session.send("Page.getInstallabilityErrors")[
            "installabilityErrors"
        ]
        return found


# Chromium takes away after 25 seconds what nobody touched: on a slow machine, before the next came.
_STAYS = """() => {
    const made = ServiceWorkerRegistration.prototype, show = made.showNotification;
    made.showNotification = function (title, options) {
        return show.call(this, title, { ...options, requireInteraction: true });
    };
}"""
# How many pushes the worker is done with.
_COUNTS = """() => {
    const wait = ExtendableEvent.prototype.waitUntil;
    self.done = 0;
    ExtendableEvent.prototype.waitUntil = function (work) {
        if (this.type === "push") work.finally(() => { self.done += 1; });
        return wait.call(this, work);
    };
}"""


def running_worker(context: BrowserContext, page: Page) -> PlaywrightWorker:
    """The site's one worker, once it is activated: a push to one being installed would be lost."""
    until(lambda: page.evaluate("1") and len(context.service_workers) == 1, "a worker")
    (runs,) = context.service_workers
    until(lambda: runs.evaluate("self.registration.active?.state") == "activated", "it runs")
    runs.evaluate(_STAYS)
    runs.evaluate(_COUNTS)
    return runs


def push_of(title: str, revision: int, tag: str = "story", **more: str) -> str:
    notification: dict[str, Any] = more | {
        "title": title,
        "body": "Two lines.",
        "navigate": "https://news.example/s/1",
        "tag": tag,
        "actions": [
            {"action": "own", "title": "Change", "navigate": "https://news.example/own"},
            {"action": "bad", "title": "Bad", "navigate": "javascript:alert(1)"},
        ],
        "data": {"kind": "first", "revision": revision},
    }
    return json.dumps({"web_push": 8030, "notification": notification, "mutable": True})


@pytest.fixture
def profile(browser: Browser, tmp_path: Path) -> Iterator[BrowserContext]:
    """A context with a profile on disk: what is private cannot be installed."""
    made = browser.browser_type.launch_persistent_context(
        tmp_path / "chromium", executable_path=chromium(windowed=True), args=ARGUMENTS
    )
    made.set_default_timeout(patience(15) * 1000)
    yield made
    made.close()


@pytest.fixture
def worker(profile: BrowserContext, site: str) -> Worker:
    """The site's, where its page was opened and may notify."""
    profile.grant_permissions(["notifications"], origin=site)
    page = profile.new_page()
    made = Worker(profile, page, site)
    page.goto(f"{site}/push")
    return made


def test_chromium_installs_the_app_and_its_worker_shows_one_notification_a_story(
    worker: Worker, profile: BrowserContext, site: str
) -> None:
    page = worker.page
    expect(page.get_by_role("button", name="Turn on notifications")).to_be_visible()
    running_worker(profile, page)
    assert worker.scope == f"{site}/"
    assert worker.install_errors() == []
    worker.wake(push_of("Breaking: one", 1))
    until(lambda: worker.shows(["Breaking: one"]), "an alert")
    (shown,) = worker.shown()
    assert shown["data"]["navigate"] == "https://news.example/s/1"
    assert shown["data"]["links"] == {"own": "https://news.example/own"}
    worker.wake(push_of("Correction: one", 2))
    until(lambda: worker.shows(["Correction: one"]), "replaced")
    # The push service was late with the first: what is newer stays, shown once more.
    (newer,) = worker.shown()
    worker.wake(push_of("Breaking: one", 1))
    until(lambda: newer["data"]["mark"] not in str(worker.shown()), "the late one was heard")
    assert worker.shows(["Correction: one"])
    worker.wake(push_of("Breaking: two", 1, tag="another"))
    both = ["Breaking: two", "Correction: one"]
    until(lambda: worker.shows(both), lambda: str(worker.shown()))
    # Whatever comes, something is shown: browsers take the permission back otherwise.
    worker.wake("no JSON at all")
    until(lambda: len(worker.shown()) == 3, "a notification all the same")


def test_chromium_shows_the_picture_and_the_words_alone_where_there_is_none(
    worker: Worker, profile: BrowserContext, site: str
) -> None:
    running_worker(profile, worker.page)
    picture = f"{site}/static/digest/icon-512.png"
    worker.wake(push_of("Breaking: one", 2, image=picture))
    until(lambda: [each["image"] for each in worker.shown()] == [picture], "a picture")
    # The push service was late with an earlier one: what is shown once more keeps its picture.
    (newer,) = worker.shown()
    worker.wake(push_of("Breaking: before", 1))
    until(lambda: newer["data"]["mark"] not in str(worker.shown()), "the late one was heard")
    assert [each["image"] for each in worker.shown()] == [picture]
    for number, image in enumerate(("", "javascript:alert(1)", "https://nowhere.example/p.png"), 3):
        told = {"image": image} if image else {}
        worker.wake(push_of(f"Correction: {number}", number, **told))
        title = f"Correction: {number}"
        until(partial(worker.shows, [title]), title)
        (shown,) = worker.shown()
        assert shown["image"] == (image if image.startswith("https:") else "")


# What is asked for, and when a notification is put up and stands, in order; the last takes a while.
_TELLS = """() => {
    const made = ServiceWorkerRegistration.prototype;
    const { getNotifications: ask, showNotification: show } = made;
    self.told = [];
    made.getNotifications = function (only) {
        self.told.push("asked");
        return ask.call(this, only);
    };
    made.showNotification = async function (title, options) {
        self.told.push("put up");
        await new Promise((done) => setTimeout(done, 200));
        await show.call(this, title, options);
        self.told.push("stands");
    };
}"""


def test_nothing_is_asked_for_while_one_of_several_that_come_at_once_is_put_up(
    worker: Worker, profile: BrowserContext
) -> None:
    """A phone that was off gets them so: the browser would forget the one, or show the older."""
    runs = running_worker(profile, worker.page)
    runs.evaluate(_TELLS)
    worker.wake(push_of("Correction: one", 2), push_of("Breaking: one", 1), push_of("Two", 1, "2"))
    assert worker.shows(["Correction: one", "Two"])
    told = runs.evaluate("self.told")
    assert told.count("put up") == told.count("stands") == 3
    assert all(told[at + 1] == "stands" for at, each in enumerate(told) if each == "put up")


# A busy Chromium closes late, and by the tag: whatever stands under it by then.
_CLOSE_LATE = """() => {
    const close = Notification.prototype.close;
    self.closing = 0;
    Notification.prototype.close = function () {
        self.closing += 1;
        setTimeout(() => { close.call(this); self.closing -= 1; }, 500);
    };
}"""


def test_an_update_is_not_lost_where_the_browser_closes_late(
    worker: Worker, profile: BrowserContext
) -> None:
    runs = running_worker(profile, worker.page)
    runs.evaluate(_CLOSE_LATE)
    for revision in range(1, 8):
        title = f"Breaking: {revision}"
        worker.wake(push_of(title, revision))
        until(partial(worker.shows, [title]), title)
        until(lambda: runs.evaluate("self.closing") == 0, "closed")
        assert [each["title"] for each in worker.shown()] == [title]


def test_the_page_says_what_to_do_where_it_cannot_ask(
    context: BrowserContext, page: Page, site: str, pictures: Pictures
) -> None:
    page.goto(f"{site}/push")
    page.set_viewport_size({"width": 375, "height": 800})
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("[data-part=wait]")).to_be_hidden()
        pictures.of_page(page, f"push-{scheme}", full_page=True)
    page.add_init_script("delete window.PushManager")
    page.reload()
    expect(page.get_by_text("shows no notifications of websites")).to_be_visible()
    expect(page.get_by_role("link", name="Sign up another way")).to_be_visible()
    pictures.of_page(page, "push-unsupported", full_page=True)
