"""News sitemaps (sitemaps.org with Google's news and image extensions): bytes in, entries out."""

import re
from collections import defaultdict
from xml.parsers import expat

from digest.intake.feeds.formats import dates
from digest.intake.feeds.formats.entries import (
    About,
    Entry,
    Image,
    NotAFeed,
    Parsed,
    newest,
    told_of_rest,
)
from digest.intake.feeds.formats.fields import MAX_LINE, escaped, text, web_address
from digest.intake.feeds.formats.split import first_element

_ROOT = re.compile(rb"<(?:[\w.-]{1,30}:)?(?:urlset|sitemapindex)[\s>]")
_MAX_VALUE = 4_000
# The protocol's own limit.
_MOST_URLS = 50_000
# Local names suffice: no element of the three vocabularies has another's.
_KEPT = {"loc", "title", "name", "language", "publication_date", "keywords", "lastmod", "caption"}


class _Doctype(Exception):
    """Raised inside this file where a document type is declared."""


class _Reader:
    """Gathers, for each ``url`` element, its values by ``parent/name``."""

    def __init__(self) -> None:
        self.urls: list[dict[str, str]] = []
        self.dropped = 0
        self.index = False
        self._path: list[str] = []
        self._words: list[str] = []
        self._values: dict[str, str] = defaultdict(str)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        local = name.rpartition(" ")[2]
        self.index = self.index or (not self._path and local == "sitemapindex")
        self._path.append(local)
        self._words = []
        if len(self._path) == 2:
            self._values = defaultdict(str)

    def text(self, words: str) -> None:
        """Characters, of which as many are kept as a value may have."""
        if self._path[-1:] and self._path[-1] in _KEPT and len(self._words) < _MAX_VALUE:
            self._words.append(words[:_MAX_VALUE])

    def end(self, name: str) -> None:
        """An element ends."""
        local = self._path.pop()
        if local in _KEPT and self._path:
            key = f"{self._path[-1]}/{local}"
            self._values[key] = self._values[key] or "".join(self._words)[:_MAX_VALUE].strip()
        self._words = []
        if len(self._path) == 1:
            if len(self.urls) < _MOST_URLS:
                self.urls.append(self._values)
            else:
                self.dropped += 1


def looks_like(body: bytes) -> bool:
    """Whether the document's first element is that of a sitemap or of an index of them."""
    return _ROOT.match(body, first_element(body)) is not None


def parse(body: bytes, base: str) -> Parsed | NotAFeed:
    """Read ``body``, found at ``base``. Never raises."""
    reader = _Reader()
    parser = expat.ParserCreate(None, " ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(body, True)
    except _Doctype:
        return NotAFeed("This sitemap declares a document type, which none needs.")
    except (expat.ExpatError, ValueError) as error:
        return NotAFeed(f"This sitemap is not well-formed XML: {text(str(error), 100)}.")
    if reader.index:
        return _index(reader, base)
    count = len(reader.urls)
    chosen = newest(
        count,
        lambda n: dates.read(
            reader.urls[n]["news/publication_date"] or reader.urls[n]["url/lastmod"]
        ),
    )
    entries = [entry for n in chosen if (entry := _entry(reader.urls[n], base))]
    if reader.urls and not entries:
        return NotAFeed(
            "This is a sitemap without news: only Google News sitemaps carry articles' titles."
        )
    names = [found["publication/name"] for found in reader.urls if found["publication/name"]]
    return Parsed(
        About(title=text(next(iter(names), ""), 300), format="sitemap"),
        tuple(entries),
        reader.dropped + count - len(chosen),
        notes=told_of_rest(reader.dropped + count),
    )


def _refuse(*declared: object) -> None:
    raise _Doctype


def _index(reader: _Reader, base: str) -> NotAFeed:
    children = [web_address(found["sitemap/loc"], base) for found in reader.urls]
    children = [each for each in children if each]
    best = next((each for each in children if "news" in each.lower()), next(iter(children), ""))
    advice = f" Add its news sitemap instead, for example {best}" if best else ""
    return NotAFeed(f"This is an index of sitemaps, not one of articles.{advice}")


def _entry(found: dict[str, str], base: str) -> Entry | None:
    address, title = web_address(found["url/loc"], base), escaped(found["news/title"], MAX_LINE)
    if not address or not title:
        return None
    picture = web_address(found["image/loc"], base)
    words = (text(word, 100) for word in found["news/keywords"].split(","))
    return Entry(
        id=address,
        url=address,
        title=title,
        source=text(found["publication/name"], 300),
        source_url=address,
        published=dates.read(found["news/publication_date"]),
        updated=dates.read(found["url/lastmod"]),
        image=Image(picture, text(found["image/caption"] or found["image/title"], 500))
        if picture
        else None,
        categories=tuple(dict.fromkeys(filter(None, words)))[:20],
        language=text(found["publication/language"], 40),
    )
