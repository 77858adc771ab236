"""Pytest plugin: one browser serves all tests of a process, for to begin one is a second's work.

Playwright lets Python believe that its loop is running from its first call to the last, and nobody
else could run one in this thread meanwhile: here it is, for tests that use a browser alone.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

# Playwright works out :is() and :not() by a script of its own, over all elements and again for each
# touch of each field: on a page of eighty forms a tenth of a second each time.
_NATIVE = """{
  query: (root, selector) => root.querySelector(selector),
  queryAll: (root, selector) => [...root.querySelectorAll(selector)],
}"""
# Meant for those who make loops, by ``asyncio.events.__all__``, and Playwright's own word for it.
_shown, _show = asyncio._get_running_loop, asyncio._set_running_loop
_loop: asyncio.AbstractEventLoop | None = None


@contextmanager
def shown() -> Iterator[None]:
    """Whoever calls Playwright here finds its loop running, as it was left."""
    global _loop
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    # The ORM is called from within that loop in tests only.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    _show(_loop)
    try:
        yield
    finally:
        _loop = _shown()
        _show(None)
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


class BrowsersBegun:
    """The browsers that this process has begun, by the program's path, and what drives them."""

    def __init__(self) -> None:
        self._driver: Playwright | None = None
        self._begun: dict[str, Browser] = {}

    def at(self, path: str, arguments: Sequence[str]) -> "Browser":
        """The browser of that program, begun where none is or the last one is gone."""
        from playwright.sync_api import sync_playwright

        if self._driver is None:
            self._driver = sync_playwright().start()
            self._driver.selectors.register("native", _NATIVE)
        found = self._begun.get(path)
        if found is None or not found.is_connected():
            found = self._driver.chromium.launch(executable_path=path, args=arguments)
            self._begun[path] = found
        return found

    def end(self) -> None:
        """Close them, and what drives them."""
        with shown():
            for each in self._begun.values():
                each.close()
            if self._driver is not None:
                self._driver.stop()


@pytest.fixture(scope="session")
def browsers_begun() -> Iterator[BrowsersBegun]:
    """All that there are; they are closed as the process ends."""
    made = BrowsersBegun()
    yield made
    made.end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    if "browser" not in getattr(item, "fixturenames", ()):
        return (yield)
    with shown():
        return (yield)
