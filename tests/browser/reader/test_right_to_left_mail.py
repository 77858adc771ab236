"""Mails that read from right to left, as a browser lays their signs out."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page

from digest.outbound.channels.rendering import render_edition, render_service
from digest.outbound.messages.newsroom import ServiceContent, ServiceKind
from tests.outbound.samples import EDITION, LEAD, NEWSROOM

pytestmark = pytest.mark.browser

# Where each of some signs stands, from the left, in the first text that holds all of them.
_PLACES = """words => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const node = texts.currentNode, at = node.data.indexOf(words);
        if (at < 0 || node.parentElement.closest('.preheader')) continue;
        return [...words].map((_, n) => {
            const range = document.createRange();
            range.setStart(node, at + n);
            range.setEnd(node, at + n + 1);
            const box = range.getBoundingClientRect();
            return [box.y, box.x];
        });
    }
}"""


def in_order(page: Page, words: str) -> bool:
    """Whether the signs stand as they are written: from the left, and on line after line."""
    places = page.evaluate(_PLACES, words)
    assert places, words
    return bool(places == sorted(places))


@pytest.mark.parametrize("width", [375, 1440])
@pytest.mark.parametrize("masked", ["+65…67", "a…@new.example"])
def test_a_masked_address_stands_as_it_is_written(page: Page, masked: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    words = render_service(ServiceContent("ar", ServiceKind.NOTICE, masked), "email", NEWSROOM)
    page.set_content(words.fields["html"])
    assert in_order(page, masked)


@pytest.mark.parametrize("width", [375, 1440])
def test_prices_and_foreign_names_stand_as_they_are_written(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    names = ("Yahoo!", "$5 Daily", "+972 Magazine", "الجزيرة")
    item = replace(LEAD, sources=names, source_count=4, agency="", picture=None)
    content = replace(EDITION, language="ar", kind="personal", items=(item,), topics=names)
    page.set_content(render_edition(content, "email", NEWSROOM).fields["html"])
    assert [name for name in names[:3] if not in_order(page, name)] == []
