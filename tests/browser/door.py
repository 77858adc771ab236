"""Through the door of the desk, as an editor comes in."""

from playwright.sync_api import Page

from tests.web import desk_day


def by_password(page: Page, email: str) -> None:
    """Sign in on the page for it; where one was going opens then."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(desk_day.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
