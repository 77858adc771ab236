"""A page's form as a browser sends it: what is filled in, ticked and chosen, and one button."""

from html.parser import HTMLParser


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self._select = ""
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        names = dict.fromkeys(name for name, _ in attrs)
        if tag == "input" and given.get("name"):
            kind = given.get("type", "text")
            ticked = kind in {"checkbox", "radio"}
            if not ticked or "checked" in names:
                self.sent.append((given["name"], given.get("value", "on" if ticked else "")))
        elif tag == "select":
            self._select, self._options = given.get("name", ""), []
        elif tag == "option":
            self._options.append((given.get("value", "\0"), "selected" in names))

    def handle_data(self, data: str) -> None:
        if self._select and self._options and self._options[-1][0] == "\0":
            self._options[-1] = (data.strip(), self._options[-1][1])

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            chosen = next((value for value, picked in self._options if picked), None)
            first = self._options[0][0] if self._options else ""
            self.sent.append((self._select, first if chosen is None else chosen))
            self._select = ""


def fields(page: str) -> dict[str, list[str]]:
    """What every field of ``page`` would send, by name."""
    reader = _Fields()
    reader.feed(page)
    sent: dict[str, list[str]] = {}
    for name, value in reader.sent:
        sent.setdefault(name, []).append(value)
    return sent
