"""The head of a web page: what it declares of itself, in letters read as those of feeds are.

A stranger's page: everything is bounded.
"""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

from digest.intake.feeds.formats import encoding

_HEAD = 600_000
_LONGEST_SCRIPT = 300_000
_MOST_SCRIPTS = 12
_CHARSET = re.compile(
    rb"<meta\b[^>]{0,400}?\bcharset\s*=\s*[\"']?\s*([\w:.-]{1,40})", re.IGNORECASE
)
# The standard wants the declaration in the first 1,024 bytes; pages put it behind their scripts.
_DECLARATION = 4_096


def read(body: bytes, content_type: str = "") -> "PageHead":
    """What ``body`` declares, as far as it can be read. Never raises."""
    head = PageHead()
    try:
        head.feed(decoded(body[:_HEAD], content_type))
    except (AssertionError, ValueError):
        # html.parser gives up on some malformed declarations: what was found so far counts.
        pass
    return head


def decoded(body: bytes, content_type: str = "") -> str:
    """``body`` as text; ``content_type`` is the answer's. Never raises.

    As :func:`digest.intake.feeds.formats.encoding.decode`, the page's ``<meta charset>`` standing
    for a document's own declaration. What cannot be read is read as UTF-8 with replacements.
    """
    own = _CHARSET.search(body[:_DECLARATION])
    if "charset" not in content_type.lower() and own is not None:
        content_type = f"text/html; charset={own[1].decode('ascii', 'replace')}"
    found = encoding.decode(body, {"content-type": content_type})
    whole = found.body if isinstance(found, encoding.Decoded) else body
    return whole.decode("utf-8", "replace")


def absolute(base: str, href: str) -> str:
    """An address on the web, or nothing."""
    try:
        found = urljoin(base, href.strip()) if href.strip() else ""
    except ValueError:
        return ""
    web = found.startswith(("http://", "https://")) and found.isprintable()
    return found if web and len(found) <= 4_000 else ""


class PageHead(HTMLParser):
    """``meta`` by lower-case name, the first of each; ``scripts`` are those of JSON-LD."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.meta: dict[str, str] = {}
        self.scripts: list[str] = []
        self.title = self.heading = self.time = self.lang = self.canonical = ""
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: (value or "").strip() for name, value in attrs}
        if tag == "meta":
            name = given.get("property") or given.get("name") or given.get("itemprop")
            name = (name or given.get("http-equiv") or "").lower()
            if name and given.get("content"):
                self.meta.setdefault(name, given["content"][:4_000])
        elif tag == "link" and "canonical" in given.get("rel", "").lower().split():
            self.canonical = self.canonical or given.get("href", "")[:4_000]
        elif tag == "html":
            self.lang = given.get("lang", "")[:40]
        elif tag == "time":
            self.time = self.time or given.get("datetime", "")[:80]
        elif tag in {"title", "h1"}:
            self._within = "" if self.title and tag == "title" else tag
        elif tag == "script":
            wanted = "ld+json" in given.get("type", "").lower()
            self._within = "json" if wanted and len(self.scripts) < _MOST_SCRIPTS else ""
            self.scripts += [""] if self._within else []

    def handle_endtag(self, tag: str) -> None:
        if tag in {"title", "h1", "script"}:
            self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within == "json":
            self.scripts[-1] = (self.scripts[-1] + data)[:_LONGEST_SCRIPT]
        elif self._within == "title":
            self.title = (self.title + data)[:1_000]
        elif self._within == "h1":
            self.heading = (self.heading + data)[:1_000]
