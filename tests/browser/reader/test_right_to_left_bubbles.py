"""Words in a bubble, each paragraph in its own direction, on the desk and in the demo."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

import digest

pytestmark = pytest.mark.browser
_STYLES = ("web/static/desk.css", "templates/mailbox/viewer.css")
_SAID = "عاجل: زلزال قوي يضرب الساحل الشمالي\nQuake of 6.1 off the northern coast"
# How far from the left the first letter of each paragraph stands, as a share of the bubble.
_BEGINS = """() => {
  const box = document.querySelector(".bub"), words = box.firstChild;
  const all = box.getBoundingClientRect();
  return [0, words.data.indexOf("Quake")].map((at) => {
    const range = document.createRange();
    range.setStart(words, at);
    range.setEnd(words, at + 1);
    return (range.getBoundingClientRect().x - all.x) / all.width;
  });
}"""


@pytest.mark.parametrize("style", _STYLES)
def test_each_paragraph_of_a_bubble_begins_on_its_own_side(page: Page, style: str) -> None:
    css = (Path(digest.__file__).parent / style).read_text(encoding="utf-8")
    page.set_content(
        f'<!doctype html><html lang="en"><style>{css}</style>'
        f'<div class="wa whatsapp"><div class="bub" style="width: 380px">{_SAID}</div></div>'
    )
    arabic, english = page.evaluate(_BEGINS)
    assert arabic > 0.8
    assert english < 0.2
