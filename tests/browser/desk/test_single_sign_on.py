"""Signing in by the newsroom's own provider as people do it: by keyboard, out, and in once more."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.kit import valkey
from digest.kit.clock import now
from digest.outbound.channels.stand_in_server import serve
from digest.staff.access import Role
from digest.staff.single import discovery
from tests.browser.axe import violations
from tests.browser.conftest import Pictures
from tests.fakes.identity_provider import CLIENT, SECRET, IdentityProvider
from tests.fakes.in_thread import in_thread
from tests.web import desk_day

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def idp(live_server: LiveServer, settings: Any) -> Iterator[IdentityProvider]:
    for name in valkey.client().scan_iter("sign-in:*"):
        valkey.client().delete(name)
    settings.DIGEST_BASE_URL = live_server.url
    back = f"{live_server.url}/desk/sign-in/back"
    with in_thread(IdentityProvider(back=back, asks=True), serve) as made:
        settings.DIGEST_OIDC_ISSUER = made.issuer
        settings.DIGEST_OIDC_CLIENT_ID, settings.DIGEST_OIDC_CLIENT_SECRET = CLIENT, SECRET
        settings.DIGEST_OIDC_NAME = "your newsroom account"
        discovery._document.cache_clear()
        yield made


def looked_at(page: Page, name: str, pictures: Pictures) -> None:
    """No violation in both schemes at both widths, nothing beside the page; a picture of each."""
    for width in (375, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            pictures.of_page(page, f"{name}-{width}-{scheme}")


def test_in_by_keyboard_out_and_in_once_more(
    page: Page, live_server: LiveServer, idp: IdentityProvider, pictures: Pictures
) -> None:
    desk_day.newsletter(now())
    desk_day.member("Ann Ito", Role.EDITOR)
    page.goto(live_server.url + "/desk/alerts/")
    looked_at(page, "door", pictures)
    button = page.get_by_role("button", name="Sign in with your newsroom account")
    for _ in range(12):
        page.keyboard.press("Tab")
        if button.evaluate("(it) => it === document.activeElement"):
            break
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Login")).to_be_visible()
    page.get_by_role("link", name="I am Ann").press("Enter")
    page.wait_for_url("**/desk/alerts/")
    expect(page.locator(".who .me")).to_have_text("Ann Ito")
    page.reload()
    expect(page.locator(".who .me")).to_have_text("Ann Ito")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/desk/sign-in")
    button.click()
    expect(page.get_by_role("heading", name="Login")).to_be_visible()
    assert idp.asked[-1]["prompt"] == "login" and "prompt" not in idp.asked[0]
    # Back from there, without having chosen: the door again, and nobody is in.
    page.goto(live_server.url + "/desk/")
    page.wait_for_url("**/desk/sign-in**")
    button.click()
    page.get_by_role("link", name="I am Ann").click()
    page.wait_for_url("**/desk/")


def test_who_is_no_member_is_told_what_to_do(
    page: Page, live_server: LiveServer, idp: IdentityProvider, pictures: Pictures
) -> None:
    page.goto(live_server.url + "/desk/sign-in")
    page.get_by_role("button", name="Sign in with your newsroom account").click()
    page.get_by_role("link", name="I am Ann").click()
    problem = page.get_by_role("alert").filter(has_text="No member of the desk")
    expect(problem).to_contain_text("Ask a chief to invite you.")
    looked_at(page, "door-no-member", pictures)
    # Its address holds a code that is spent: read anew, it says so and lets nobody in.
    page.reload()
    expect(page.get_by_role("alert").first).to_contain_text("Begin again")
