"""What feedparser makes of an element's value, for elements that hold text and nothing else.

One :class:`Context` stands for the feed, then for each of its items in turn, and fills the plain
dict that feedparser would. Its rules are feedparser's, odd ones included (a second description is
content, a title inside a media group counts where the item has none), because it is the reference:
tests/intake/feeds/formats/test_strict.py compares both.
"""

import re
from typing import Any

from feedparser.api import StrictFeedParser
from feedparser.html import _cp1252
from feedparser.mixin import _FeedParserMixin
from feedparser.urls import _urljoin, make_safe_absolute_uri

from digest.intake.feeds.formats.fields import is_plain_address
from digest.intake.feeds.formats.strict.names import NotClean

Attributes = dict[str, str]
_TYPES = {
    "text": "text/plain", "plain": "text/plain", "text/plain": "text/plain", "html": "text/html",
    "text/html": "text/html",
}  # fmt: skip
_ENTITY = re.compile(r"&([A-Za-z0-9_]+);")


class Context:
    """A feed or an item, while it is read. ``depth`` is that of the element at hand."""

    _save_author = _FeedParserMixin._save_author
    _sync_author_detail = _FeedParserMixin._sync_author_detail

    def __init__(self, base: str) -> None:
        self.base = base
        self.language: str | None = None
        self.version = ""
        self.found: dict[str, Any] = {}
        self.depth = 0
        self.is_item = False
        self._has_content = False
        self._title_depth = -1
        self._depths: dict[str, int] = {}
        self._detail: dict[str, Any] = {}
        self._as_content = False
        self._summary = "summary"

    def begin_item(self, attributes: Attributes) -> None:
        """What follows is an item's."""
        self.found = {"id": attributes["rdf:about"]} if attributes.get("rdf:about") else {}
        self.is_item = True
        self._has_content = False
        self._title_depth = -1
        self._depths = {}

    def forget_title(self) -> None:
        """What came between lets a later title of the feed's take the place of the first."""
        self._title_depth = -1

    def _get_context(self) -> dict[str, Any]:
        return self.found

    # Values as they are stored.

    def value(self, text: str, *, is_address: bool = False) -> str:
        """An element's text as feedparser yields it."""
        text = text.strip()
        if is_address and text and not is_plain_address(text):
            text = _urljoin(self.base, text)
        if text.isascii():
            return text
        # As feedparser mends UTF-8 that was taken for Latin-1.
        try:
            text = text.encode("iso-8859-1").decode("utf-8")
        except UnicodeError:
            pass
        return text.translate(_cp1252)

    def keep(self, element: str, value: str) -> None:
        """Store a value, unless one stands there that was less deep."""
        if self.is_item:
            before = self._depths.get(element)
            if before is not None and self.depth > before:
                return
            self._depths[element] = self.depth
        self.found[element] = value

    # Text constructs, which have a type and a language.

    def begin_text(self, attributes: Attributes, default: str) -> None:
        """A title, a summary or a content begins. Raises NotClean for types with rules apart."""
        kind = _TYPES.get(attributes.get("type", default))
        if kind is None or "mode" in attributes:
            raise NotClean("text of a type with rules of its own")
        language = attributes.get("xml:lang", attributes.get("lang"))
        language = self.language if language is None else (language or None)
        if language:
            language = language.replace("_", "-")
        own = attributes.get("xml:base", attributes.get("base"))
        base = (make_safe_absolute_uri(self.base, own) or self.base) if own else self.base
        self._detail = {"type": kind, "language": language, "base": base}

    def _end_text(self, text: str) -> str:
        value, detail = text.strip(), self._detail
        if (
            detail["type"] == "text/plain"
            and ("<" in value or "&" in value)
            and not self.version.startswith("atom")
            and StrictFeedParser.looks_like_html(value)
        ):
            detail["type"] = "text/html"
        value = self.value(value)
        detail["value"] = value
        return value

    def begin_description(self, attributes: Attributes) -> None:
        """A description; a second one is content. A feed's is a subtitle."""
        self._summary = "summary" if self.is_item else "subtitle"
        self._begin_summary(attributes, "text/html")

    def begin_summary(self, attributes: Attributes) -> None:
        """A summary; a second one is content."""
        self._summary = "summary"
        self._begin_summary(attributes, "text/plain")

    def _begin_summary(self, attributes: Attributes, default: str) -> None:
        self._as_content = "summary" in self.found and not self._has_content
        if self._as_content:
            if not self.is_item:
                raise NotClean("a feed with two summaries")
            self.begin_content(attributes)
        else:
            self.begin_text(attributes, default)

    def end_summary(self, text: str) -> None:
        """Either ends."""
        if self._as_content:
            self.end_content(text)
            self._as_content = False
        else:
            self.keep(self._summary, self._end_text(text))
            self.found[f"{self._summary}_detail"] = self._detail

    def begin_content(self, attributes: Attributes, default: str = "text/plain") -> None:
        """A content begins."""
        self._has_content = True
        self.begin_text(attributes, default)

    def end_content(self, text: str) -> None:
        """It ends, and serves as a summary where there is none."""
        value = self._end_text(text)
        self.found.setdefault("content", []).append(self._detail)
        self.found.setdefault("summary", value)

    def end_title(self, text: str, *, is_media: bool = False) -> None:
        """A title ends: the first, unless it stood deeper than a later one."""
        value = self._end_text(text)
        if not -1 < self._title_depth <= self.depth:
            self.keep("title", value)
            self.found["title_detail"] = self._detail
        if value and not is_media:
            self._title_depth = self.depth

    # Addresses.

    def begin_link(self, attributes: Attributes) -> bool:
        """A link; whether its address is the text that follows."""
        attributes.setdefault("rel", "alternate")
        is_self = attributes["rel"] == "self"
        attributes.setdefault("type", "application/atom+xml" if is_self else "text/html")
        _enforce_href(attributes)
        self.found.setdefault("links", []).append(attributes)
        address = attributes.get("href")
        if address is None:
            return True
        if not is_plain_address(address):
            attributes["href"] = address = _urljoin(self.base, address)
        if attributes["rel"] == "alternate" and attributes["type"] in {
            "text/html", "html", "application/xhtml+xml", "xhtml",
        }:  # fmt: skip
            self.found["link"] = address
        return False

    def end_link(self, text: str) -> None:
        """The text of a link without an address of its own."""
        value = self.value(text, is_address=True)
        if "&" in value:
            if self.is_item:
                value = value.replace("&amp;", "&")
            value = _ENTITY.sub(r"&\g<1>", value)
        self.found["link"] = value
        if value or not self.is_item:
            self.found["links"][-1]["href"] = value

    def end_id(self, text: str, *, is_link: bool) -> None:
        """An identifier, which is the link where there is no other and it may be."""
        value = self.value(text, is_address=is_link)
        self.keep("id", value)
        if is_link:
            self.found.setdefault("link", value)

    def enclosure(self, attributes: Attributes) -> None:
        """Something attached."""
        _enforce_href(attributes)
        attributes["rel"] = "enclosure"
        self.found.setdefault("links", []).append(attributes)

    def end_source(self, attributes: Attributes, text: str) -> None:
        """RSS's feed of origin."""
        value = self.value(text)
        source = {"href": attributes["url"]} if "url" in attributes else {}
        if value:
            source["title"] = value
        self.found["source"] = source

    # People and subjects.

    def begin_author(self) -> None:
        """One more author."""
        self.found.setdefault("authors", []).append({})

    def end_author(self, text: str) -> None:
        """Whose name is the element's text, or came in elements of its own."""
        value = self.value(text)
        self.keep("author", value)
        if "@" in self.found["author"] or self.found["authors"][-1]:
            self._sync_author_detail()
        elif self.found["author"]:
            detail = self.found["authors"][-1]
            # One dict under two names: a later author's parts change the first's, too.
            self.found.setdefault("author_detail", detail)
            detail["name"] = self.found["author"]

    def author_part(self, part: str, text: str) -> None:
        """An author's name, mail address or page."""
        self._save_author(part, text.strip() if part != "href" else self.value(text))

    def begin_category(self, attributes: Attributes) -> None:
        """A subject, by its attributes."""
        scheme = attributes.get("scheme", attributes.get("domain"))
        self.tag(attributes.get("term"), scheme, attributes.get("label"))

    def end_category(self, text: str) -> None:
        """A subject, by its text."""
        value = self.value(text)
        if not value:
            return
        tags = self.found["tags"]
        if tags and not tags[-1]["term"]:
            tags[-1]["term"] = value
        else:
            self.tag(value, None, None)

    def tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        """A subject, unless it is known."""
        tags = self.found.setdefault("tags", [])
        tag = {"term": term, "scheme": scheme, "label": label}
        if (term or scheme or label) and tag not in tags:
            tags.append(tag)

    def words(self, text: str, scheme: str | None) -> None:
        """Subjects with commas between them."""
        for word in self.value(text).split(","):
            if word.strip():
                self.tag(word.strip(), scheme, None)


def _enforce_href(attributes: Attributes) -> None:
    address = attributes.get("url", attributes.get("uri", attributes.get("href")))
    if address:
        attributes.pop("url", None)
        attributes.pop("uri", None)
        attributes["href"] = address
