"""A password that was forgotten is replaced by a link in a mail, by keyboard, on a phone too."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.kit.clock import now
from digest.outbound.member_letters import send_member_letters
from digest.staff.access import Role
from tests.browser.axe import violations
from tests.browser.conftest import Pictures
from tests.browser.posting import elsewhere
from tests.fakes.smtp import Sink
from tests.web import desk_day

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
NEW = "a newsroom’s own 9 words"


@pytest.mark.parametrize("width", [1440, 375])
def test_a_forgotten_password_is_replaced_by_mail(
    page: Page, live_server: LiveServer, sink: Sink, pictures: Pictures, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    member = desk_day.member("Ann Ito", Role.EDITOR)
    keys = page.keyboard
    page.goto(live_server.url + "/desk/sign-in")
    page.get_by_role("link", name="password", exact=False).press("Enter")
    expect(page.get_by_label("Email")).to_be_focused()
    keys.type(member.email)
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    elsewhere(lambda: send_member_letters(now=now))
    body = sink.taken[-1].message.get_body(preferencelist=("plain",))
    assert body is not None
    link = re.search(r"http\S+/desk/choose-password/\S+", body.get_content())
    assert link is not None
    page.goto(link[0])
    first, again = page.locator("input[type=password]").all()
    first.fill("short")
    again.fill("short")
    again.press("Enter")
    expect(page.get_by_role("alert").first).to_be_visible()
    assert not violations(page)
    pictures.of_page(page, f"choose-password-{width}")
    first.fill(NEW)
    again.fill(NEW)
    again.press("Enter")
    page.wait_for_url("**/desk/sign-in**")
    page.get_by_label("Email").fill(member.email)
    page.get_by_label("Password").fill(desk_day.PASSWORD)
    keys.press("Enter")
    expect(page.get_by_role("alert").first).to_be_visible()
    page.get_by_label("Email").fill(member.email)
    page.get_by_label("Password").fill(NEW)
    keys.press("Enter")
    page.wait_for_url("**/desk/")
    # The link is spent, for whoever finds it in the mailbox later.
    page.goto(link[0])
    expect(page.locator("input[type=password]")).to_have_count(0)
    pictures.of_page(page, f"choose-password-spent-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
