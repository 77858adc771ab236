"""Pictures of every page of the desk, to look at: not a test, and not collected.

``DIGEST_PICTURES=folder python -m pytest tests/browser/look.py``; ``DIGEST_LOOKS=375-dark`` draws
that one alone.
"""

import os
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, Page, Route
from pytest_django.live_server_helper import LiveServer

from digest.demo.pictures import landscape
from digest.kit.clock import now
from digest.models import Edition, Feed, FeedCheck, Member
from digest.staff.access import Role
from tests.browser.conftest import Pictures
from tests.browser.desk import second_pages, standing
from tests.browser.desk_world import ALWAYS_THERE, furnish, post_by_hand
from tests.browser.door import by_password
from tests.web import desk_day

_ALL = "375-light,375-dark,1440-light,1440-dark"
LOOKS = [each.split("-") for each in os.environ.get("DIGEST_LOOKS", _ALL).split(",")]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
]
WINDOWED = True  # people look at what people's browsers draw


def window(browser: Browser, width: str, scheme: Any) -> BrowserContext:
    """A phone, or a desk."""
    is_phone = width == "375"
    size: Any = {"width": int(width), "height": 812 if is_phone else 900}
    # Without these the keys are shown that a phone does not have.
    return browser.new_context(
        viewport=size, color_scheme=scheme, is_mobile=is_phone, has_touch=is_phone
    )


def shoot(page: Page, pictures: Pictures, name: str, width: str, scheme: str) -> None:
    """The whole page, whatever its length."""
    size = page.viewport_size
    if page.locator("iframe").count() and size is not None:
        # A frame outside the window is not drawn.
        high = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": size["width"], "height": min(high, 8000)})
        for inner in page.frames:
            inner.wait_for_load_state()
    pictures.of_page(page, f"{name.replace(' ', '-')}-{width}-{scheme}", full_page=True)
    if size is not None:
        page.set_viewport_size(size)


def draw(
    browser: Browser, server: LiveServer, pictures: Pictures, who: Member, pages: Mapping[str, str]
) -> None:
    """Every one of the pages in every look, as a member sees it; what stands after ``#`` of an
    address is pressed first, key by key; ``⏎`` sends a form."""
    for width, scheme in LOOKS:
        context = window(browser, width, scheme)
        page = context.new_page()
        page.goto(f"{server.url}/desk/sign-in")
        shoot(page, pictures, "sign-in", width, scheme)
        by_password(page, who.email)
        page.wait_for_url("**/desk/")
        page.goto(server.url + second_pages.PASSWORD)
        second_pages.show_password(page)
        page.wait_for_url("**/desk/")
        for name, address in pages.items():
            path, _, keys = address.partition("#")
            if name == "sign-in":
                continue  # to who is signed in it shows the desk
            page.goto(f"{server.url}{path}")
            for key in keys:
                if key == "⏎":
                    with page.expect_navigation():
                        page.keyboard.press("Enter")
                else:
                    page.keyboard.press(key)
            shoot(page, pictures, name, width, scheme)
        context.close()


def test_pictures(
    live_server: LiveServer, browser: Browser, pictures: Pictures, monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:  # fmt: skip
    """The pages of the URL table, and what else they may show."""
    post_by_hand(monkeypatch)
    settings.DIGEST_CHANNELS = standing.CHANNELS
    settings.DIGEST_OIDC_ISSUER = settings.DIGEST_OIDC_CLIENT_ID = "https://id.example"
    settings.DIGEST_OIDC_NAME = "your newsroom account"
    chief, paths = furnish()
    more = standing.further(chief, paths)
    draw(browser, live_server, pictures, chief, second_pages.BARE | paths | more)


def test_pictures_with_a_second_factor(
    live_server: LiveServer, browser: Browser, pictures: Pictures
) -> None:
    """Its pages open to who has shown the password lately; the door asks for a code."""
    chief = desk_day.member("Vera Lind", Role.CHIEF)
    for width, scheme in LOOKS:
        context = window(browser, width, scheme)
        page = context.new_page()
        page.goto(live_server.url + "/desk/sign-in")
        by_password(page, chief.email)
        page.wait_for_url("**/desk/")
        page.goto(live_server.url + second_pages.PASSWORD)
        second_pages.show_password(page)
        page.wait_for_url("**/desk/")
        for name, path in second_pages.with_factors(chief).items():
            page.goto(live_server.url + path)
            shoot(page, pictures, name, width, scheme)
        page.context.clear_cookies()
        page.goto(live_server.url + "/desk/sign-in")
        by_password(page, chief.email)
        shoot(page, pictures, "second-asked", width, scheme)
        second_pages.without_factors(chief)
        context.close()
        cache.clear()


def test_pictures_of_an_empty_desk(
    live_server: LiveServer, browser: Browser, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each says what to do first."""
    post_by_hand(monkeypatch)
    chief = desk_day.member("Vera Lind", Role.CHIEF)
    people = {"readers": "/desk/readers/", "imports": "/desk/imports/", "audit": "/desk/audit/"}
    pages = ALWAYS_THERE | people | {"series": "/desk/series/", "members": "/desk/members/"}
    empty = {f"empty-{name}": path for name, path in pages.items() if name != "sign-in"}
    draw(browser, live_server, pictures, chief, empty)


def test_pictures_for_who_may_not(
    live_server: LiveServer, browser: Browser, pictures: Pictures
) -> None:
    """What somebody sees who only looks, and what is refused."""
    _, paths = furnish()
    rita = desk_day.member("Rita Mun", Role.READER)
    pages = {"sheet": paths["top-reads"], "story": paths["story"], "alert": paths["alert"],
             "members": "/desk/members/", "wire": "/desk/"}  # fmt: skip
    draw(browser, live_server, pictures, rita, {f"looks-{k}": v for k, v in pages.items()})


def test_pictures_of_feeds(live_server: LiveServer, browser: Browser, pictures: Pictures) -> None:
    """Feeds of every health."""
    moment = now()
    editor = desk_day.member("Vera Lind", "chief")
    desk_day.stories(moment)
    feeds = list(Feed.objects.order_by("pk"))
    for number, feed in enumerate(feeds):
        feed.checked_at = moment - timedelta(minutes=number)
        feed.succeeded_at = moment - timedelta(hours=number)
        feed.newest_at = moment - timedelta(hours=number * number)
        feed.usual_gap, feed.latency_ms = timedelta(minutes=40), 180 + number * 400
        feed.folder = ("World/Asia", "Business", "")[number % 3]
        feed.next_check_at = moment + timedelta(minutes=7)
        for place in range(14):
            FeedCheck.objects.create(
                feed=feed, at=moment - timedelta(minutes=30 * place), place=place,
                outcome="timeout" if place == 3 else "pushed" if place % 2 else "ok",
                new_articles=(place * 7 + number) % 5, took_ms=200 + place, size_bytes=40_000,
                reason="harbour.example did not send the whole answer within 20 seconds."
                if place == 3 else "", unchanged_before=place,
            )  # fmt: skip
    broken, held, pushed = feeds[1], feeds[2], feeds[0]
    broken.failures, broken.error_reason = 5, "No server is known as x.example: check the spelling."
    held.state, held.state_reason = "paused", "Paused by Ann Ito."
    pushed.hub_url, pushed.hub_state = "https://hub.example/", "live"
    pushed.hub_lease_until = moment + timedelta(days=6)
    Feed.objects.bulk_update(
        feeds,
        ["checked_at", "succeeded_at", "newest_at", "usual_gap", "latency_ms", "folder", "failures",
         "error_reason", "state", "state_reason", "hub_url", "hub_state", "hub_lease_until",
         "next_check_at"],
    )  # fmt: skip
    pages = {
        "feeds-of-all-health": "/desk/feeds/",
        "feed-pushed": f"/desk/feeds/{pushed.pk}/",
        "feed-failing": f"/desk/feeds/{broken.pk}/",
    }
    draw(browser, live_server, pictures, editor, pages)


GUIDE = {
    "desk": "top-reads", "desk-wire": "wire", "desk-alert": "alert",
    "desk-newsletter": "newsletter", "desk-calendar": "calendar",
}  # fmt: skip
"""The editors' guide's pictures, and the page that each shows."""


def test_pictures_of_the_guide(
    live_server: LiveServer, browser: Browser, pictures: Pictures
) -> None:
    """As they stand in docs/pictures, before they are made smaller: 1440 wide, light."""
    chief, paths = furnish()
    edition = Edition.objects.get(public_id=paths["top-reads"].split("/")[3])
    for number in range(114):
        desk_day.reader(f"of{number}@example.org", now(), on=edition.newsletter, alerts=True)
    context = browser.new_context(viewport={"width": 1440, "height": 860}, color_scheme="light")
    context.route("https://pictures.example/**", _painted)
    page = context.new_page()
    page.goto(live_server.url + "/desk/sign-in")
    by_password(page, chief.email)
    page.wait_for_url("**/desk/")
    for name, of in GUIDE.items():
        page.goto(live_server.url + paths[of], wait_until="networkidle")
        pictures.of_page(page, f"guide-{name}")
    context.close()


def _painted(route: Route) -> None:
    slug = route.request.url.rpartition("/")[2].removesuffix(".png")
    route.fulfill(body=landscape(slug), content_type="image/png")
