"""From a box at the end of an article to leaving, by way of a change of address and a lost link."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.audience.moving.asking import answer_moves
from digest.audience.moving.making import make_due
from digest.audience.preferring.own_links import answer_wishes
from digest.kit.clock import now
from digest.models import Address, JoinRequest, Subscription
from digest.outbound.channels import registry
from digest.outbound.channels.rendering import render_service
from digest.outbound.messages.newsroom import ServiceContent, ServiceKind
from tests.browser.axe import violations
from tests.browser.conftest import Pictures
from tests.browser.posting import deliver, elsewhere
from tests.browser.test_boxes import ELEMENT, FRAME, article
from tests.deadlines import patience
from tests.fakes.smtp import Sink, Taken
from tests.outbound.samples import NEWSROOM
from tests.web import newsroom

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(600),  # a dozen pages, each looked at whole
    pytest.mark.django_db(transaction=True),
]
OLD, NEW = "noor.halim@example.org", "noor@new.example"
PHONE, DESK = {"width": 375, "height": 812}, {"width": 1200, "height": 812}
_MOST_STEPS = 90


@pytest.fixture(
    params=[(PHONE, True), (DESK, False)], ids=["phone-with-scripts", "desk-without-scripts"]
)
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A phone with scripts, a desk without them."""
    size, scripts = request.param
    context = browser.new_context(
        viewport=size, java_script_enabled=scripts, reduced_motion="reduce"
    )
    context.set_default_timeout(patience(15) * 1000)
    yield context.new_page()
    context.close()


def mail(sink: Sink, to: str, subject: str) -> Taken:
    """The newest mail of that subject, once the workers have been round."""

    def work() -> None:
        answer_wishes(now=now())
        answer_moves(now=now(), kinds=registry.address_kinds())
        make_due(now=now(), kinds=registry.address_kinds())

    elsewhere(work, deliver)
    found = [m for m in sink.taken if m.recipient == to and subject in str(m.message["Subject"])]
    assert found, [(m.recipient, str(m.message["Subject"])) for m in sink.taken]
    return found[-1]


def link(taken: Taken, path: str) -> str:
    """The first link of that kind in the mail's text part."""
    part = taken.message.get_body(preferencelist=("plain",))
    assert part is not None
    found = re.search(rf"http://[^\s>]+/{path}/[^\s>]+", part.get_content())
    assert found, part.get_content()
    return found.group()


def press(page: Page, name: str | re.Pattern[str]) -> None:
    """Reach the button by Tab alone, see that it has the focus, and press it."""
    wanted = page.get_by_role("button", name=name).first
    expect(wanted).to_be_visible()
    for _ in range(_MOST_STEPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("each => each === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"no Tab leads to the button {name!r}")


@pytest.fixture
def seen(page: Page, pictures: Pictures) -> Any:
    """Look at a page as it stands: no wider than its window, nothing that axe finds, a picture."""

    def look(name: str) -> None:
        assert page.viewport_size is not None
        width = page.viewport_size["width"]
        pictures.of_page(page, f"reader-{name}-{width}", full_page=True)
        if width == PHONE["width"]:  # axe and the measure are scripts
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert violations(page) == []

    return look


def test_box_sign_up_welcome_change_of_address_lost_link_and_leaving(
    page: Page, live_server: LiveServer, sink: Sink, seen: Any
) -> None:
    newsroom.offer()
    newsroom.publish()
    _signs_up(page, str(live_server.url))
    page.goto(link(mail(sink, OLD, "confirm"), "confirm"))
    press(page, re.compile("Yes, send me these"))
    expect(page.get_by_role("heading", name="You are in")).to_be_visible()
    welcome = mail(sink, OLD, "Welcome")
    page.goto(link(welcome, "preferences"))
    seen("preferences")
    _moves(page, sink, seen)
    assert _addresses() == [NEW]
    page.goto(link(welcome, "preferences"))
    expect(page.get_by_role("heading", name="This link was replaced")).to_be_visible()
    _finds_the_way_back(page, str(live_server.url), sink)
    page.goto(link(welcome, "unsubscribe"))
    press(page, re.compile("^Leave"))
    expect(page.get_by_role("heading", name="You have left")).to_be_visible()
    states: set[str] = set()
    elsewhere(lambda: states.update(Subscription.objects.values_list("state", flat=True)))
    assert states == {"ended"}


def _signs_up(page: Page, ours: str) -> None:
    """In the box under an article of another site; its frame without scripts."""
    scripts = page.viewport_size == PHONE
    with article(ours, ELEMENT if scripts else FRAME) as site:
        page.goto(site)
        where: Page | Frame = page if scripts else page.frames[1]
        where.get_by_label("Your email: Korean").fill(OLD)
        if scripts:
            with page.context.expect_page() as opened:
                page.keyboard.press("Enter")
            expect(opened.value.get_by_role("heading", name="Look into your inbox")).to_be_visible()
            opened.value.close()
        else:
            page.keyboard.press("Enter")
            told = page.frame_locator("iframe").get_by_role("heading", name="Look into your inbox")
            expect(told).to_be_visible()
        asked: list[str] = []
        elsewhere(lambda: asked.extend(JoinRequest.objects.values_list("article", flat=True)))
        assert asked == [site]


def _moves(page: Page, sink: Sink, seen: Any) -> None:
    """Both addresses are written to; the new one confirms, the old one agrees."""
    page.get_by_text("Change my address").click()
    page.get_by_label("Your new address").fill("noor")
    press(page, "Write to both addresses")
    expect(page.get_by_text("Write the whole address")).to_be_visible()
    seen("new-address-wrong")
    page.get_by_label("Your new address").fill(NEW)
    press(page, "Write to both addresses")
    expect(page.get_by_text("has not confirmed yet")).to_be_visible()
    seen("new-address-asked")
    fresh, notice = mail(sink, NEW, "new address"), mail(sink, OLD, "is to change")
    page.goto(link(fresh, "move"))
    seen("move")
    press(page, "Yes, send it to me here")
    expect(page.get_by_role("heading", name="Confirmed")).to_be_visible()
    seen("move-confirmed")
    page.reload()
    expect(page.get_by_role("heading", name="Confirmed")).to_be_visible()
    assert _addresses() == [OLD, NEW]
    page.goto(link(notice, "stay"))
    seen("stay")
    press(page, "That was me: change it at once")
    expect(page.get_by_role("heading", name="Your address is changed")).to_be_visible()
    seen("stay-made")
    page.goto(link(fresh, "move"))
    expect(page.get_by_role("heading", name="Your address is changed")).to_be_visible()


def _finds_the_way_back(page: Page, ours: str, sink: Sink) -> None:
    """The link is lost and mailed to the new address, with what was chosen."""
    page.goto(f"{ours}/link")
    page.get_by_label("Your email").fill(NEW)
    page.get_by_label("Your email").press("Enter")
    expect(page.get_by_role("heading", name="If you read us there")).to_be_visible()
    page.goto(link(mail(sink, NEW, "The link to your page"), "preferences"))
    expect(page.get_by_role("checkbox", name=re.compile("^Korean"))).to_be_checked()


def _addresses() -> list[str]:
    found: list[str] = []
    elsewhere(lambda: found.extend(Address.objects.values_list("value", flat=True)))
    return sorted(found)


@pytest.mark.parametrize("language", ["en", "ar", "ta"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_mails_of_a_change_as_pictures(
    browser: Browser, pictures: Pictures, language: str, scheme: Any
) -> None:
    """To be looked at; their markup is held by the tests of mails."""
    for width in (375, 700):
        context = browser.new_context(viewport={"width": width, "height": 700}, color_scheme=scheme)
        shown = context.new_page()
        for kind in (ServiceKind.MOVE, ServiceKind.NOTICE, ServiceKind.KNOWN):
            content = ServiceContent(language, kind, "n…@new.example")
            shown.set_content(render_service(content, "email", NEWSROOM).fields["html"])
            assert shown.evaluate("document.documentElement.scrollWidth") <= width
            name = f"mail-{kind.value}-{language}-{scheme}-{width}"
            pictures.of_page(shown, name, full_page=True)
        context.close()
