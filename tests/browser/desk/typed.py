"""Something typed into every field of a page, of whatever type, and whether it is still there."""

from typing import Any, NamedTuple

from playwright.sync_api import Locator, Page

WORDS = "Words that nobody saved"
_OF_TYPE = {
    "email": "words@nobody.example",
    "url": "https://nobody.example/words",
    "datetime-local": "2031-05-06T07:08",
    "date": "2031-05-06",
    "time": "07:08",
}
_NOT_TYPED = ("hidden", "password", "file", "checkbox", "radio", "submit", "button")
TYPES = ":is(textarea, select, input:not({}))".format(
    ", ".join(f"[type={each}]" for each in _NOT_TYPED)
)
FIELDS = f"native=#desk form[method=post]:not([data-plain]) {TYPES}:not([readonly])"
# What is to be known of a field before something is typed into it.
_ASKED = """(fields) => fields.map((it) => {
  const box = it.getBoundingClientRect();
  return {
    shown: box.width > 0 && box.height > 0 && it.checkVisibility()
      && getComputedStyle(it).visibility === "visible",
    type: it.getAttribute("type"),
    most: it.getAttribute("maxlength"),
    number: it.getAttribute("max") || it.getAttribute("min"),
    chooses: it.matches("select"),
    other: it.options ? [...it.options].find((each) => !each.selected)?.value ?? null : null,
  };
})"""


class Typed(NamedTuple):
    """A field, and what was typed into it."""

    field: Locator
    words: str

    def is_there(self) -> bool:
        """Whether it holds what was typed."""
        return self.field.input_value() == self.words

    def is_kept(self) -> bool:
        """Whether it does, and is said not to be saved."""
        return self.is_there() and "unsaved" in (self.field.get_attribute("class") or "")


def open_all(page: Page) -> None:
    """Open every box of the page."""
    page.evaluate("document.querySelectorAll('#desk details').forEach((each) => each.open = true)")


def type_everywhere(page: Page) -> list[Typed]:
    """Type into every field of the page; the last one keeps the focus."""
    open_all(page)
    fields = page.locator(FIELDS)
    told = zip(fields.all(), fields.evaluate_all(_ASKED), strict=True)
    typed = [_typed(field, asked) for field, asked in told if asked["shown"]]
    return [each for each in typed if each is not None]


def shown(fields: Locator) -> list[Locator]:
    """Those that can be seen, as Playwright judges it: asked of all at once."""
    told = zip(fields.all(), fields.evaluate_all(_ASKED), strict=True)
    return [field for field, asked in told if asked["shown"]]


def _typed(field: Locator, asked: dict[str, Any]) -> Typed | None:
    if asked["chooses"]:
        if asked["other"] is None:
            return None  # there is nothing else to choose
        field.focus()  # as by hand: to choose alone does not
        field.select_option(asked["other"])
        return Typed(field, asked["other"])
    kind, most = asked["type"], asked["most"]
    words = asked["number"] or "3" if kind == "number" else _OF_TYPE.get(kind or "", WORDS)
    words = words[: int(most)] if most and kind != "number" else words
    field.fill(words)
    return Typed(field, words)
