"""Signing in as people do it: a code at the door, and a passkey in a real Chromium."""

import re
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from playwright.sync_api import CDPSession, Page, expect
from pytest_django.live_server_helper import LiveServer

from digest.staff.access import Role
from tests.browser.axe import violations
from tests.browser.desk_world import open_menu
from tests.browser.door import by_password
from tests.web import desk_day

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def signed_in(page: Page, server: LiveServer) -> str:
    """The address of a page at ``localhost``, of which browsers take keys, signed in as Ann."""
    at = server.url.replace("127.0.0.1", "localhost")
    desk_day.member("Ann Ito", Role.EDITOR)
    page.goto(at + "/desk/sign-in")
    by_password(page, "ann@desk.example")
    page.wait_for_url("**/desk/")
    return at


def a_key(page: Page) -> CDPSession:
    """A device that holds passkeys and says that its owner is there."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options: dict[str, Any] = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


def test_a_passkey_is_added_and_opens_the_desk_alone(page: Page, live_server: LiveServer) -> None:
    at = signed_in(page, live_server)
    a_key(page)
    page.goto(at + "/desk/me")
    page.get_by_role("link", name="Set up a second factor").click()
    page.get_by_role("link", name="Add a key").click()
    page.get_by_label("Password").fill(desk_day.PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("My laptop")
    assert not violations(page)
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("link", name="Second factor").click()
    expect(page.get_by_text("My laptop")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.goto(at + "/desk/sign-in?next=/desk/alerts/")
    assert not violations(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/desk/alerts/")


def test_a_key_is_the_second_step_after_the_password(page: Page, live_server: LiveServer) -> None:
    at = signed_in(page, live_server)
    a_key(page)
    page.goto(at + "/desk/second/keys/add")
    page.get_by_label("Password").fill(desk_day.PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("button", name="Sign out").click()
    by_password(page, "ann@desk.example")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    assert not violations(page)
    page.get_by_role("button", name="Use a passkey or security key").click()
    page.wait_for_url("**/desk/")


def test_an_app_is_set_up_by_keyboard_on_a_phone(page: Page, live_server: LiveServer) -> None:
    page.set_viewport_size({"width": 375, "height": 720})
    at = signed_in(page, live_server)
    page.goto(at + "/desk/second/app")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(desk_day.PASSWORD)
    page.keyboard.press("Enter")
    secret = page.locator("#secret").input_value()
    assert re.fullmatch("[A-Z2-7]{16,}", secret)
    assert not violations(page)
    expect(page.get_by_label("Code")).to_be_focused()
    counter = next(iter(yield_hotp_counters_from_time()))
    page.keyboard.type(str(format_hotp_value(hotp_value(secret, counter))))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    recovery = page.locator("code").first.inner_text()
    open_menu(page)
    page.get_by_role("button", name="Sign out").click()
    by_password(page, "ann@desk.example")
    cache.clear()
    expect(page.get_by_label("Code")).to_be_focused()
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("Incorrect code")
    page.get_by_label("Code").fill(recovery)
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
