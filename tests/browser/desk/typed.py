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


# As a hand does it, but for all fields in one call: there are thousands of them on all pages. What
# is typed is an editor's own input to the browser, and moves the focus along; what is chosen, or
# picked from a clock, says what Playwright says of it. Gives the fields that would not take it.
_WRITE = """(fields, wanted) => {
  for (const [place, words] of wanted) {
    const it = fields[place];
    it.focus();
    if (it.matches("select, [type=datetime-local], [type=date], [type=time]")) {
      it.value = words;
      it.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
      it.dispatchEvent(new Event("change", { bubbles: true }));
    } else {
      it.select();
      document.execCommand("insertText", false, words);
    }
  }
  return wanted.filter(([place, words]) => {
    const { value, maxLength } = fields[place];
    return value !== (maxLength > 0 ? words.slice(0, maxLength) : words);
  });
}"""
_HELD = "(fields) => fields.map((it) => [it.value, it.classList.contains('unsaved')])"


class Typed(NamedTuple):
    """A field, by its place among the page's, and what was typed into it."""

    place: int
    words: str


def open_all(page: Page) -> None:
    """Open every box of the page."""
    page.evaluate("document.querySelectorAll('#desk details').forEach((each) => each.open = true)")


def type_everywhere(page: Page) -> list[Typed]:
    """Type into every field of the page; the last one keeps the focus."""
    open_all(page)
    fields = page.locator(FIELDS)
    typed = [
        Typed(place, words)
        for place, asked in enumerate(fields.evaluate_all(_ASKED))
        if asked["shown"] and (words := _words(asked)) is not None
    ]
    write(fields, typed)
    return typed


def write(fields: Locator, wanted: list[Typed]) -> None:
    """Type into these of the fields, one after the other."""
    refused = fields.evaluate_all(_WRITE, [list(each) for each in wanted])
    assert not refused, refused


def are_there(page: Page, typed: list[Typed], *, unsaved: bool = False) -> bool:
    """Whether each field holds what was typed into it; and is said not to be saved."""
    held = page.locator(FIELDS).evaluate_all(_HELD)
    return all(
        held[place][0] == words and (held[place][1] or not unsaved) for place, words in typed
    )


def shown(fields: Locator) -> list[int]:
    """The places of those that can be seen, as Playwright judges it: asked of all at once."""
    return [place for place, it in enumerate(fields.evaluate_all(_ASKED)) if it["shown"]]


def _words(asked: dict[str, Any]) -> str | None:
    if asked["chooses"]:
        chosen: str | None = asked["other"]
        return chosen  # there may be nothing else to choose
    kind, most = asked["type"], asked["most"]
    words: str = asked["number"] or "3" if kind == "number" else _OF_TYPE.get(kind or "", WORDS)
    return words[: int(most)] if most and kind != "number" else words
