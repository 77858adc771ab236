"""Documents that are clean by a strict rule, read straight from expat: a sixth of the time.

Clean is what leaves no question: well formed UTF-8 without a document type, elements where RSS,
RSS 1.0 and Atom put them, text that is text or escaped HTML, and of the elements that feedparser
does something about those alone whose doings the files beside this one repeat. On any doubt the
answer is None, and feedparser reads the document: it is the reference.

No entity is ever declared, so none expands; nesting ends at :data:`MAX_DEPTH`; how many tags and
attributes a document may have is bounded before, by ``refusal`` of formats/parse.
"""

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from feedparser.urls import make_safe_absolute_uri

from digest.intake.feeds.formats.strict.context import Attributes, Context
from digest.intake.feeds.formats.strict.elements import (
    IGNORED_TREES,
    PERSON,
    TEXTS,
    End,
    begin,
    is_taken,
    nothing,
)
from digest.intake.feeds.formats.strict.names import Names, NotClean, attributes

MAX_DEPTH = 12
_DECLARATION = re.compile(
    rb"""<\?xml\s+version\s*=\s*["']1\.[01]["'](?:\s+encoding\s*=\s*["']([\w.:-]{1,40})["'])?"""
    rb"""(?:\s+standalone\s*=\s*["']\w+["'])?\s*\?>"""
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_OF_ASCII = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "windows-1252", "latin1"}
_FIRST = re.compile(rb"<\w")

_OF_FEEDS = {"image", "textinput", "skiphours", "skipdays", "itunes_owner", "items"}


@dataclass(frozen=True, slots=True)
class StrictReading:
    """What feedparser would have found: ``feed`` and ``entries`` as plain dicts, ``version``."""

    feed: dict[str, Any]
    entries: list[dict[str, Any]]
    version: str

    def get(self, key: str) -> Any:
        """As of feedparser's result."""
        return getattr(self, key)


def read(body: bytes, headers: Mapping[str, str], url: str) -> StrictReading | None:
    """What a clean document says; None for any other. ``url`` is where it was found."""
    body = body.removeprefix(codecs.BOM_UTF8)
    if not _is_plain(body, headers) or not url.startswith(("http://", "https://")):
        return None
    reader = _StrictReader(url)
    parser = expat.ParserCreate("utf-8", " ")
    parser.namespace_prefixes = True
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartNamespaceDeclHandler = reader.declare
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(body, True)
        return reader.result()
    except (NotClean, expat.ExpatError, KeyError, ValueError):
        return None
    finally:
        # The handlers hold the parser, and it them.
        parser.StartNamespaceDeclHandler = parser.CharacterDataHandler = None
        parser.StartElementHandler = parser.EndElementHandler = None


def _refuse(*declared: object) -> None:
    raise NotClean("a document type")


def _is_plain(body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether this is UTF-8, whoever is asked, and declares nothing before its first element."""
    declared = _DECLARATION.match(body)
    if declared is None and body.startswith(b"<?xml"):
        return False
    named = [declared[1].decode("ascii").lower()] if declared and declared[1] else []
    if body.isascii():
        charset = _CHARSET.search(headers.get("content-type", ""))
        named += [charset[1].lower()] if charset else []
        if not _OF_ASCII.issuperset(named):
            return False
    elif named and named[0] not in {"utf-8", "utf8"}:
        return False
    first = _FIRST.search(body)
    return first is not None and b"<!" not in body[: first.start()].replace(b"<!--", b"")


class _StrictReader:
    """expat's handlers: the structure. What an element means is :class:`Context`'s."""

    def __init__(self, url: str) -> None:
        self._names = Names()
        # feedparser joins an address to itself at each level, which changes it once at most.
        base = make_safe_absolute_uri(url, url) or url
        self._feed = self._context = Context(base)
        self._entries: list[dict[str, Any]] = []
        self._version = ""
        self._root = ""
        self._channels = 0
        self._pieces: list[str] = []
        # Of each open element what it may hold ("" is text alone), and what its end does.
        self._holds: list[str] = []
        self._ends: list[End] = []

    def declare(self, prefix: str | None, address: str | None) -> None:
        """A namespace is bound."""
        self._names.declare(prefix, address, at_root=not self._holds)

    def text(self, characters: str) -> None:
        """Characters of the element at hand."""
        self._pieces.append(characters)

    def start(self, name: str, given: Attributes) -> None:
        """An element begins."""
        name = self._names.element(name)
        found = attributes(given) if given else {}
        if not self._holds:
            self._begin_root(name, found)
            return
        holds = self._holds[-1]
        has_base = "xml:base" in found or "base" in found
        if len(self._holds) >= MAX_DEPTH or (has_base and name not in TEXTS):
            raise NotClean("an element too deep, or with a base of its own")
        self._context.depth = len(self._holds) + 1
        if holds in _CONTAINERS:
            held, end = _CONTAINERS[holds](self, name, found)
        elif name in IGNORED_TREES.get(holds, ()):
            held, end = name if name in IGNORED_TREES else "", nothing
        else:
            raise NotClean("an element inside another that holds text")
        if held and ("xml:lang" in found or "lang" in found):
            raise NotClean("a language for a part")
        self._holds.append(held)
        self._ends.append(end)
        self._pieces = []

    def end(self, name: str) -> None:
        """The element at hand ends."""
        self._holds.pop()
        self._ends.pop()("".join(self._pieces))
        self._pieces = []
        self._context.depth = len(self._holds)

    def result(self) -> StrictReading:
        """What was found, once the document has ended."""
        if not self._channels:
            raise NotClean("no channel")
        return StrictReading(self._feed.found, self._entries, self._version)

    # The frame.

    def _begin_root(self, name: str, found: Attributes) -> None:
        version = found.get("version", "")
        self._version = self._names.version
        if name == "rss":
            if not self._version.startswith("rss"):
                numbered = "rss20" if version.startswith("2.") else "rss"
                self._version = _RSS.get(version, numbered)
        elif name == "feed":
            self._version = self._version or _ATOM.get(version, "atom")
            self._channels = 1
        elif name != "rdf_rdf":
            raise NotClean("a root that is no feed's")
        if not self._version:
            raise NotClean("a version that hangs on what follows")
        self._root = name
        feed = self._feed
        if "xml:base" in found or "base" in found:
            base = found.get("xml:base", found.get("base", ""))
            feed.base = make_safe_absolute_uri(feed.base, base or feed.base) or feed.base
        feed.version = self._version
        feed.language = found.get("xml:lang", found.get("lang")) or None
        if feed.language and name != "rdf_rdf":
            feed.found["language"] = feed.language.replace("_", "-")
        self._holds.append(name)
        self._ends.append(nothing)

    def _in_root(self, name: str, found: Attributes) -> tuple[str, End]:
        """RSS holds a channel, RSS 1.0 its items beside it."""
        if name == "channel" and not self._channels and not {"lastmod", "href"} & set(found):
            self._channels = 1
            return "channel", nothing
        if self._root == "rdf_rdf" and name == "item" and self._channels:
            return self._begin_item(found)
        if self._root == "rdf_rdf" and name in {"image", "textinput"}:
            return name, nothing
        raise NotClean("an element beside the channel")

    def _in_feed(self, name: str, found: Attributes) -> tuple[str, End]:
        if name == ("entry" if self._root == "feed" else "item"):
            return self._begin_item(found)
        if name in {"item", "entry", "content", "content_encoded", "fullitem", "source"}:
            raise NotClean("an element that belongs elsewhere")
        if name in _OF_FEEDS:
            self._feed.forget_title()
            return name, nothing
        return self._in_item(name, found)

    def _begin_item(self, found: Attributes) -> tuple[str, End]:
        if "lastmod" in found or "href" in found:
            raise NotClean("an item of CDF")
        feed = self._feed
        feed.forget_title()
        item = Context(feed.base)
        item.version, item.language = feed.version, feed.language
        item.begin_item(found)
        self._context = item
        return "item", self._end_item

    def _end_item(self, text: str) -> None:
        found = self._context.found
        links = found.get("links")
        if links is not None:
            found["enclosures"] = [each for each in links if each.get("rel") == "enclosure"]
        self._entries.append(found)
        self._context = self._feed

    # What items hold, and feeds mostly too.

    def _in_item(self, name: str, found: Attributes) -> tuple[str, End]:
        return begin(self._context, name, found)

    def _in_author(self, name: str, found: Attributes) -> tuple[str, End]:
        part = PERSON.get(name)
        if "".join(self._pieces).strip() or (part is None and is_taken(name)):
            raise NotClean("an author with text and elements")
        if part is None:
            return "", _no_text if found else nothing
        context = self._context
        return "", lambda text: context.author_part(part, text)


def _no_text(text: str) -> None:
    """The end of an element whose text would count as that of the one around it."""
    if text.strip():
        raise NotClean("text that belongs to two elements")


_RSS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
_ATOM = {"0.1": "atom01", "0.2": "atom02", "0.3": "atom03"}
_CONTAINERS: dict[str, Callable[[_StrictReader, str, Attributes], tuple[str, End]]] = {
    "rss": _StrictReader._in_root,
    "rdf_rdf": _StrictReader._in_root,
    "channel": _StrictReader._in_feed,
    "feed": _StrictReader._in_feed,
    "item": _StrictReader._in_item,
    "author": _StrictReader._in_author,
}
