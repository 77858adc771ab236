"""Through the door of the desk, as an editor comes in."""

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from tests.web import desk_day

# As a browser that has given a password sees it: the page that asks for it once more.
_ONCE_MORE = "/desk/second/password"


def by_password(page: Page, email: str) -> None:
    """Sign in on the page for it; where one was going opens then."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(desk_day.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def already_in(context: BrowserContext, server: LiveServer, email: str) -> None:
    """Let the browser be signed in, the password given once more as for the second factor.

    The door itself is what other tests are about; here it would be four pages before the first.
    """
    client = Client()
    for path, form in (("/desk/sign-in", {"email": email}), (_ONCE_MORE, {})):
        answer = client.post(path, form | {"password": desk_day.PASSWORD})
        assert answer.status_code == 302, (path, answer.status_code)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": server.url}])
