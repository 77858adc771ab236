"""The article in a web page: its text, its canonical address, its lead picture.

The text is trafilatura's find, which comes with the extra ``fulltext``; without it nothing is read.
"""

import importlib.util
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from urllib.parse import urljoin

from digest.intake.articles.core.clean import MAX_TEXT
from digest.intake.articles.core.gates import asks_consent, gate
from digest.kit.text import cut, one_line

MISSING = (
    "Reading pages needs trafilatura, which is not installed: "
    "pip install 'digest-newsroom[fulltext]', then restart the workers."
)
# What a process that reads pages loads before any of them is counted against its limits.
LOADED_FIRST = ("trafilatura",)
MAX_PAGE = 3 * 1024 * 1024
# Real articles have a few thousand; the extractor's time grows with them.
MAX_TAGS = 40_000
_HEAD = 400_000


@dataclass(frozen=True, slots=True)
class Found:
    """``text`` in lines, empty when there is none; addresses absolute and unchecked, or empty.

    ``gate``: why the page holds the article back, if it does.
    """

    text: str
    canonical: str = ""
    image_url: str = ""
    image_alt: str = ""
    gate: str = ""


@cache
def available() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec("trafilatura") is not None


def extract(body: bytes, url: str) -> Found:
    """What ``body``, the page at ``url``, says. Never raises; needs :func:`available`."""
    if held := asks_consent(body, url):
        # Nothing on it is the article's, not even an address or a picture.
        return Found("", gate=held)
    head = _Head(url)
    try:
        head.feed(body[:_HEAD].decode("utf-8", "replace"))
    except (AssertionError, ValueError):
        # html.parser gives up on some malformed declarations: what was found so far counts.
        pass
    text = _text(body, url) if body.count(b"<") <= MAX_TAGS else ""
    held = gate(body, len(text))
    return Found("" if held else text, head.canonical, head.image_url, head.image_alt, held)


def _text(body: bytes, url: str) -> str:
    import trafilatura

    try:
        found = trafilatura.extract(
            body, url=url, include_comments=False, include_tables=False, favor_precision=True
        )
    except MemoryError:
        raise
    except Exception:
        # A stranger's page, and a parser in C behind a large library.
        return ""
    lines = (one_line(line) for line in (found or "").split("\n"))
    text = cut("\n".join(line for line in lines if line), MAX_TEXT)
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


class _Head(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self._base = url
        self.canonical = self.image_url = self.image_alt = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: (value or "").strip() for name, value in attrs}
        if tag == "link" and "canonical" in given.get("rel", "").lower().split():
            self.canonical = self.canonical or self._absolute(given.get("href", ""))
        elif tag == "meta":
            name = (given.get("property") or given.get("name") or "").lower()
            if name in {"og:image", "og:image:secure_url"}:
                self.image_url = self.image_url or self._absolute(given.get("content", ""))
            elif name == "og:image:alt":
                self.image_alt = self.image_alt or cut(one_line(given.get("content", "")), 500)

    def _absolute(self, href: str) -> str:
        try:
            found = urljoin(self._base, href) if href else ""
        except ValueError:
            return ""
        web = found.startswith(("http://", "https://")) and found.isprintable()
        return found if web and len(found) <= 4000 else ""
