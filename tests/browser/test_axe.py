"""The judge of pages is itself judged: by where colours end, and it does find what is wrong."""

import pytest
from playwright.sync_api import Page

from tests.browser.axe import violations

pytestmark = pytest.mark.browser

# Slow enough that no machine is ever past it, and one that never ends beside it.
_FADING = """<!doctype html><html lang="en"><title>Fading</title><style>
:root { color-scheme: light dark; --ink: #111; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #eee; --paper: #222; } }
body { background: var(--paper); color: var(--ink); }
button { background: var(--paper); color: var(--ink); transition: color 300s; }
@keyframes breathe { to { border-color: #777; } }
hr { animation: breathe 1s infinite; }
</style><main><h1>Fading</h1><hr><button>Send</button></main>"""


def test_colours_on_their_way_count_as_arrived(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.set_content(_FADING)
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []


def test_letters_too_pale_are_found(page: Page) -> None:
    page.set_content(_FADING.replace("--ink: #111", "--ink: #bbb"))
    assert [each.split(":")[0] for each in violations(page)] == ["color-contrast"] * 2
