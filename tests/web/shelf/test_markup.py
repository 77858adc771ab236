"""The markup of every public page: balanced, nested as HTML allows, every reference answered."""

from html.parser import HTMLParser

import pytest
from django.test import Client

from digest.outbound.messages.links import short_code
from tests.web import newsroom

pytestmark = pytest.mark.django_db

# HTML, 13.1.2.
VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
     "wbr"]
)  # fmt: skip
# What may not stand in what (HTML, 4.4.1, 4.5.1, 4.10.4, 4.10.6): a paragraph holds phrases alone.
BLOCKS = frozenset(
    ["address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figure",
     "footer", "form", "h1", "h2", "h3", "h4", "header", "hr", "main", "nav", "ol", "p", "pre",
     "section", "table", "ul"]
)  # fmt: skip
ACTIVE = frozenset(["a", "button", "select", "textarea", "input", "label", "details", "iframe"])
NEVER = {
    "p": BLOCKS, "h1": BLOCKS, "h2": BLOCKS, "h3": BLOCKS, "button": BLOCKS | ACTIVE,
    "a": ACTIVE, "label": frozenset({"label"}) | BLOCKS, "form": frozenset({"form"}),
    "span": BLOCKS, "summary": BLOCKS - {"h2", "h3"},
}  # fmt: skip
ONLY_IN = {"li": {"ol", "ul"}, "legend": {"fieldset"}, "summary": {"details"},
           "option": {"select", "datalist"}, "figcaption": {"figure"}}  # fmt: skip
HOLDS_ONLY = {"ul": {"li"}, "ol": {"li"}, "select": {"option", "optgroup"}}
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls")


class Markup(HTMLParser):
    """Reads a page and writes down what is wrong with it."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.wanted: list[str] = []
        self.fields: list[tuple[str, dict[str, str]]] = []
        self.headings: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        given = {name: value or "" for name, value in attrs}
        where = f"<{tag}> in <{'> <'.join(self.open[-3:])}>"
        if len(names) != len(set(names)):
            self.wrong.append(f"an attribute twice: {where}")
        for outer in self.open:
            if tag in NEVER.get(outer, ()) and not (
                tag == "input" and given.get("type") == "hidden"
            ):
                self.wrong.append(f"<{tag}> inside <{outer}>")
        parent = self.open[-1] if self.open else ""
        if tag in ONLY_IN and parent not in ONLY_IN[tag]:
            self.wrong.append(f"out of place: {where}")
        if parent in HOLDS_ONLY and tag not in HOLDS_ONLY[parent]:
            self.wrong.append(f"out of place: {where}")
        self.ids += [given["id"]] if "id" in given else []
        self.wanted += [each for name in REFERENCES for each in given.get(name, "").split()]
        if tag in {"input", "select", "textarea"} and given.get("type") != "hidden":
            self.fields.append(("label" if "label" in self.open else "", given))
        if tag == "img" and "alt" not in given:
            self.wrong.append("a picture without alt")
        if tag in {"h1", "h2", "h3", "h4"}:
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.wrong.append(f"</{tag}> closes <{self.open[-1:]}>")
        else:
            self.open.pop()

    def faults(self) -> list[str]:
        """All that is wrong, once the page was read."""
        found = [*self.wrong, *(f"left open: {each}" for each in self.open)]
        found += [f"id twice: {each}" for each in set(self.ids) if self.ids.count(each) > 1]
        found += [f"no such id: {each}" for each in set(self.wanted) - set(self.ids)]
        found += [
            f"no label: {given}"
            for label, given in self.fields
            if not label and "aria-label" not in given and given.get("id") not in self.wanted
        ]
        if self.headings.count(1) != 1:
            found.append(f"{self.headings.count(1)} first headings")
        steps = zip([0, *self.headings], self.headings, strict=False)
        found += [f"h{before} then h{after}" for before, after in steps if after > before + 1]
        return found


def faults(words: str) -> list[str]:
    page = Markup()
    page.feed(words)
    page.close()
    return page.faults()


def test_the_reader_of_markup_finds_what_is_wrong() -> None:
    page = (
        '<h1>a</h1><h3 id="x">b</h3><p id="x">c<ul><p>d</p></ul></p><input name="e"><a><a></a></a>'
    )
    found = " ".join(faults(page))
    for each in ("h1 then h3", "id twice: x", "<ul> inside <p>", "out of place", "no label",
                 "<a> inside <a>"):  # fmt: skip
        assert each in found


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_public_page_is_sound_html(client: Client, language: str) -> None:
    newsroom.offer()
    edition = newsroom.publish()
    told = newsroom.story("https://a.example/1", "https://b.example/2")
    waiting = newsroom.confirm_token(newsroom.pending())
    paths = ["/", "/newsletters/morning", "/newsletters/week", "/topics", "/topics/korea",
             "/calendar", "/subscribe", "/subscribe/sent", "/archive", "/archive?q=pyongyang",
             f"/editions/{edition.public_id}", f"/s/{short_code(told.public_id)}", "/link",
             "/link/sent", "/embed", "/embed/sent", "/push", "/about-our-reader", "/health",
             f"/confirm/{waiting}", "/nothing"]  # fmt: skip
    for path in paths:
        words = client.get(path, headers={"Accept-Language": language}).content.decode()
        assert faults(words) == [], path
    wrong = client.post("/subscribe", {"email": "x"}, headers={"Accept-Language": language})
    assert faults(wrong.content.decode()) == []
