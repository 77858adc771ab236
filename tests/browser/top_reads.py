"""Top reads on an editor's screen, and where things stand on it."""

from playwright.sync_api import Locator, Page


def order(page: Page) -> list[str]:
    return page.locator(".items h3").all_inner_texts()


def item(page: Page, headline: str) -> Locator:
    return page.locator(".items > .item").filter(has=page.get_by_text(headline, exact=True))
