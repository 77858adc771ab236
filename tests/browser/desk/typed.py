"""Something typed into every field of a page, of whatever type, and whether it is still there."""

from typing import NamedTuple

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
FIELDS = f"#desk form[method=post]:not([data-plain]) {TYPES}:not([readonly])"


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
    fields = [field for field in page.locator(FIELDS).all() if field.is_visible()]
    return [typed for typed in map(_typed, fields) if typed is not None]


def _typed(field: Locator) -> Typed | None:
    kind, most = (field.get_attribute(name) for name in ("type", "maxlength"))
    if field.evaluate("(it) => it.matches('select')"):
        other = field.evaluate("(it) => [...it.options].find((each) => !each.selected)?.value")
        if other is None:
            return None  # there is nothing else to choose
        field.focus()  # as by hand: to choose alone does not
        field.select_option(other)
        return Typed(field, other)
    words = _number(field) if kind == "number" else _OF_TYPE.get(kind or "", WORDS)
    words = words[: int(most)] if most and kind != "number" else words
    field.fill(words)
    return Typed(field, words)


def _number(field: Locator) -> str:
    return field.get_attribute("max") or field.get_attribute("min") or "3"
