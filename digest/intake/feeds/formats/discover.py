"""The feeds a web page names."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from digest.intake.feeds.formats.whole import FORMATS

_TYPES = {
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/x.atom+xml",
    "application/xml",
    "text/xml",
    *(each for own in FORMATS for each in own.types),
}
_MAX_PAGE = 2_000_000
_MAX_LINKS = 20
_COMMENTS = re.compile(r"\bcomments?\b|\bkommentare?\b|\bcommentaires?\b|\bcomentarios\b", re.I)
_FORMAT = re.compile(r"\b(rss|atom|rdf|xml|json|feed|\d+(?:\.\d+)?)\b|[^\w]+", re.IGNORECASE)
_LOOKS_LIKE_A_FEED = re.compile(
    r"(?:\.(?:rss|rdf|atom)|/(?:rss|atom|feed|feeds)(?:\.xml)?|/index\.xml)/?$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Link:
    """A feed's address and the title the page gives it."""

    url: str
    title: str = ""


def feed_links(page: bytes, url: str) -> list[Link]:
    """The feeds that ``page`` at ``url`` declares, its main one first; guesses when it has none.

    Feeds of comments are left out, and of two feeds that differ in their format the first is
    kept. Without ``<link rel="alternate">`` (HTML, 4.6.7.1) it is what the page's hub pushes, or
    links in the text whose address looks like a feed are offered.
    """
    reader = _LinkReader(url)
    try:
        reader.feed(page[:_MAX_PAGE].decode("utf-8", "replace"))
    except (AssertionError, ValueError):
        # html.parser gives up on some malformed declarations: what was found so far counts.
        pass
    kept: dict[str, Link] = {}
    # A page that names a hub names by rel=self what the hub pushes (W3C WebSub, 4).
    topics = [link for link in reader.topics if reader.has_hub and link.url != url]
    for link in reader.declared or topics or reader.guessed:
        if _COMMENTS.search(link.title) or "/comments/" in link.url:
            continue
        # The same address or, but for the name of a format, the same title.
        same = _FORMAT.sub("", link.title).lower() or link.url
        kept.setdefault(same, link)
    return list({link.url: link for link in kept.values()}.values())[:_MAX_LINKS]


class _LinkReader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = url
        self.declared: list[Link] = []
        self.guessed: list[Link] = []
        self.topics: list[Link] = []
        self.has_hub = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: (value or "").strip() for name, value in attrs}
        if tag == "base" and given.get("href"):
            self.base = self._absolute(given["href"]) or self.base
        elif tag == "link":
            self._keep_link(given)
        elif tag == "a" and _LOOKS_LIKE_A_FEED.search(given.get("href", "").partition("?")[0]):
            self._keep(self.guessed, given)

    def _keep_link(self, given: dict[str, str]) -> None:
        rels = given.get("rel", "").lower().split()
        if "alternate" in rels:
            if given.get("type", "").lower().partition(";")[0].strip() in _TYPES:
                self._keep(self.declared, given)
        elif "self" in rels:
            self._keep(self.topics, given)
        self.has_hub = self.has_hub or "hub" in rels

    def _keep(self, links: list[Link], given: dict[str, str]) -> None:
        url = self._absolute(given.get("href", ""))
        if url and len(links) < 10 * _MAX_LINKS:
            links.append(Link(url, given.get("title", "")[:300]))

    def _absolute(self, href: str) -> str:
        try:
            found = urljoin(self.base, href)
            return (
                found if urlsplit(found).scheme in {"http", "https"} and len(found) < 4000 else ""
            )
        except ValueError:
            return ""
