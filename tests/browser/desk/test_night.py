"""A night editor on a phone and a slow line that breaks: nothing is lost, nothing goes twice."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, CDPSession, Error, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from digest.kit.clock import now
from digest.models import Alert, AlertRevision, AuditEntry, Edition, Item, Story
from digest.newsdesk.alerts.raise_alert import raise_alert
from digest.staff.access import Role
from digest.web.desk import stamps
from tests.browser.desk.test_wire import picture
from tests.browser.desk_world import open_menu
from tests.browser.door import by_password
from tests.browser.posting import elsewhere
from tests.browser.top_reads import item, order
from tests.web import desk_day

pytestmark = [
    pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600),
    pytest.mark.django_db(transaction=True),
]  # fmt: skip
KBYTES = 50 * 1024
WORDS = "Ferry fire: all 214 are off the ship"


class Line:
    """What the phone hangs on: 400 ms and 50 kB/s, as the browser itself holds it back."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Network.enable")
        self.is_there(True)

    def is_there(self, there: bool) -> None:
        """Whether anything gets through."""
        self._session.send("Network.emulateNetworkConditions", {
            "offline": not there, "latency": 400, "downloadThroughput": KBYTES,
            "uploadThroughput": KBYTES,
        })  # fmt: skip

    def breaks_on_the_way_back(self, what: str, do: Callable[[], object]) -> None:
        """The desk gets what is sent, and its answer never comes."""

        def lost(route: Route) -> None:
            if route.request.method != "POST":
                route.fallback()
                return
            route.fetch()
            route.abort("connectionreset")

        self._page.route(what, lost)
        do()
        expect(self._page.get_by_text("nobody knows whether this was done")).to_be_visible()
        self._page.unroute(what)


@pytest.fixture
def phone(page: Page, live_server: LiveServer) -> Page:
    """Vera, at home, on her phone."""
    desk_day.member("Vera Lind", Role.CHIEF)
    desk_day.stories(now())
    made = desk_day.edition(now())
    for number in range(3):
        desk_day.reader(f"r{number}@example.org", now(), on=made.newsletter, alerts=True)
    page.set_viewport_size({"width": 375, "height": 812})
    page.clock.install()
    return page


def away_for_twenty_seconds(page: Page, line: Line) -> None:
    """The line is gone while the page looks for news, and says that it gets none."""
    line.is_there(False)
    for _ in range(10):
        page.clock.run_for(2_000)
    expect(page.locator("#not-live")).to_be_visible()


def count(of: Callable[[], int]) -> int:
    found: list[int] = []
    elsewhere(lambda: found.append(of()))
    return found[0]


def test_from_the_wire_to_a_corrected_alert(phone: Page, live_server: LiveServer) -> None:
    page, line = phone, Line(phone)
    page.goto(live_server.url + "/desk/")
    by_password(page, "vera@desk.example")
    page.wait_for_url("**/desk/")
    story = page.locator("#stories article b a").nth(1)
    headline = story.inner_text()
    story.click()
    expect(page.locator("h1")).to_have_text(headline)
    at = page.url
    _renames(page, line, live_server)
    _composes(page, line, at)
    _issues(page, line)
    _corrects(page, line)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def _renames(page: Page, line: Line, server: LiveServer) -> None:
    """Words for a top read, typed while there is no line; through a reload that fails, too."""
    open_menu(page)
    page.get_by_role("link", name="Top reads").click()
    page.wait_for_url("**/desk/editions/**")
    sheet = page.url
    first = page.locator(".items > .item").first
    first.locator("summary[data-key=e]").click()
    field = first.get_by_label("Headline", exact=False).first
    away_for_twenty_seconds(page, line)
    field.fill(WORDS)
    assert field.evaluate("(it) => it.scrollHeight <= it.clientHeight")  # all of it is seen
    first.get_by_role("button", name="Save").first.click()
    expect(page.locator("#unreached")).to_be_visible()
    expect(field).to_have_value(WORDS)
    picture(page, "night-no-line")
    with suppress(Error):
        page.reload()
    line.is_there(True)
    page.goto(sheet)
    expect(field).to_have_value(WORDS)
    expect(page.locator("#restored")).to_contain_text("not saved are back")

    def save() -> None:
        first.get_by_role("button", name="Save").first.click()

    line.breaks_on_the_way_back("**/reword", save)
    picture(page, "night-no-answer")
    expect(field).to_have_value(WORDS)
    # It was done: the page learns so when it asks, and says nothing of unsaved words any more.
    save()
    expect(page.locator(".items h3").first).to_have_text(WORDS)
    expect(page.locator(".unsaved-note")).to_have_count(0)
    expect(page.locator("#unreached")).to_be_hidden()
    assert count(lambda: AuditEntry.objects.filter(verb="reworded").count()) <= 2


def _composes(page: Page, line: Line, story: str) -> None:
    """Step 1, sent where its answer is lost, then twice: one draft."""
    page.goto(story)
    page.keyboard.press("a")
    page.wait_for_url("**/alerts/raise**")
    page.locator("#headline").fill(WORDS)
    button = page.get_by_role("button", name="Look at it before it goes")
    line.breaks_on_the_way_back("**/alerts/raise", button.click)
    expect(page.locator("#headline")).to_have_value(WORDS)
    page.reload()
    # Back on the page, the alert is there: it leads to it.
    page.wait_for_url(lambda url: "raise" not in url)
    expect(page.locator("h1")).to_have_text(WORDS)
    assert count(Alert.objects.count) == 1


def _issues(page: Page, line: Line) -> None:
    """Issued with the words on the screen, once, though no answer came and it is pressed again."""
    page.locator("#headline").fill(WORDS + ", and safe")
    button = page.get_by_role("button", name="Issue the alert")
    line.breaks_on_the_way_back("**/issue", button.click)
    button.click()
    expect(page.locator(".note:visible").first).to_contain_text("It was out already")
    expect(page.locator("h1")).to_have_text(WORDS + ", and safe")
    expect(page.locator("header .tag").first).to_have_text("issued")
    expect(page.locator("#restored, #orphans").locator("visible=true")).to_have_count(0)
    assert count(AlertRevision.objects.count) == 1
    page.reload()
    expect(page.locator("h1")).to_have_text(WORDS + ", and safe")
    assert count(AlertRevision.objects.count) == 1


def _corrects(page: Page, line: Line) -> None:
    """Corrected, pressed twice by a nervous thumb: one correction."""
    page.locator("summary", has_text="Correct it").click()
    line.is_there(False)
    page.locator("#headline").fill("Ferry fire: all 216 are off the ship")
    button = page.get_by_role("button", name="Send the correction")
    button.click()
    expect(page.locator("#unreached")).to_be_visible()
    line.is_there(True)
    button.click()
    button.dispatch_event("click")
    expect(page.locator("h1")).to_have_text("Ferry fire: all 216 are off the ship")
    expect(page.locator("#desk")).not_to_have_attribute("aria-busy", "true")
    picture(page, "night-corrected")
    assert count(AlertRevision.objects.count) == 2
    page.reload()
    expect(page.locator("h1")).to_have_text("Ferry fire: all 216 are off the ship")
    assert count(AlertRevision.objects.count) == 2


def test_words_for_an_alert_stay_where_somebody_was_quicker(
    phone: Page, live_server: LiveServer
) -> None:
    page, story = phone, Story.objects.order_by("-last_at")[0]
    page.goto(f"{live_server.url}/desk/alerts/raise?story={story.public_id}")
    by_password(page, "vera@desk.example")
    page.locator("#headline").fill(WORDS)
    ann = desk_day.member("Ann Ito", Role.CHIEF)
    elsewhere(lambda: raise_alert(story.pk, "Hers", "Known.", member=ann, now=now()))
    page.get_by_role("button", name="Look at it before it goes").click()
    expect(page.get_by_role("alert").filter(has_text="waiting already")).to_contain_text("Hers")
    expect(page.locator("#headline")).to_have_value(WORDS)
    expect(page.locator("#headline")).to_have_class("words unsaved")


def test_words_for_one_story_do_not_come_back_on_another(
    phone: Page, live_server: LiveServer
) -> None:
    page, (first, second) = phone, list(Story.objects.order_by("-last_at")[:2])
    address = live_server.url + "/desk/alerts/raise?story={}"
    page.goto(address.format(first.public_id))
    by_password(page, "vera@desk.example")
    page.wait_for_url("**/alerts/raise**")
    page.locator("#headline").fill(WORDS)
    page.goto(address.format(second.public_id))
    expect(page.locator("#headline")).not_to_have_value(WORDS)
    expect(page.locator("#orphans")).to_be_hidden()
    page.goto(address.format(first.public_id))
    expect(page.locator("#headline")).to_have_value(WORDS)


def test_back_from_a_raised_alert_leads_to_its_story(phone: Page, live_server: LiveServer) -> None:
    """Once the alert is there, its first page leads to it: who goes back is not sent on."""
    page = phone
    story = f"{live_server.url}/desk/stories/{Story.objects.order_by('-last_at')[0].public_id}/"
    page.goto(story)
    by_password(page, "vera@desk.example")
    page.wait_for_url(story)
    Line(page)
    page.keyboard.press("a")
    page.wait_for_url("**/alerts/raise**")
    page.locator("#headline").fill(WORDS)
    page.locator("#headline").press("Enter")
    page.wait_for_url(lambda url: "/alerts/" in url and "raise" not in url)
    alert = page.url
    page.go_back()
    page.wait_for_url(story)
    page.go_forward()
    page.wait_for_url(alert)
    expect(page.locator("h1")).to_have_text(WORDS)


def test_two_editors_reorder_at_once(
    phone: Page, browser: Browser, live_server: LiveServer
) -> None:
    """Each moves an item of their own, twice, at the same moment: all four moves stand, and nobody
    is told of being late."""
    desk_day.member("Ann Ito", Role.EDITOR)
    sheet = f"{live_server.url}/desk/editions/{Edition.objects.get().public_id}/"
    context = browser.new_context(viewport={"width": 375, "height": 812})
    other = context.new_page()
    for each, who in ((phone, "vera"), (other, "ann")):
        each.goto(sheet)
        by_password(each, f"{who}@desk.example")
        each.wait_for_url(sheet)
        Line(each)
    before = order(phone)
    down = item(phone, before[0]).locator("[data-key=ArrowDown]")
    up = item(other, before[5]).locator("[data-key=ArrowUp]")
    for _ in range(2):
        down.dispatch_event("click")
        up.dispatch_event("click")
    for each, item_id in ((phone, before[0]), (other, before[5])):
        expect(each.locator("#desk")).not_to_have_attribute("aria-busy", "true")
        assert order(each).count(item_id) == 1
    assert (_moves("Vera Lind"), _moves("Ann Ito")) == (2, 2)
    stamps.latest.forget()
    phone.clock.run_for(3_000)
    stands: list[str] = []
    elsewhere(lambda: stands.extend(_standing()))
    assert (stands.index(before[0]), stands.index(before[5])) == (2, 3)
    for each in (phone, other):
        for place, headline in enumerate(stands):
            expect(each.locator(".items h3").nth(place)).to_have_text(headline)
        expect(each.get_by_role("alert")).to_have_count(0)
    context.close()


def _moves(who: str) -> int:
    return count(lambda: AuditEntry.objects.filter(verb="moved", who=who).count())


def _standing() -> list[str]:
    live = Item.objects.filter(killed=False).order_by("position", "pk")
    return [each.story.headline for each in live.select_related("story")]
