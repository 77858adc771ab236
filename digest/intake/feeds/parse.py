"""Bytes of a feed in, entries out: feedparser with a fence around it.

feedparser's own sanitising and its rewriting of links inside HTML are switched off: they take
three fifths of its time, and entries are read as text, never shown as the HTML they came in.
Links, titles and dates are resolved all the same.
"""

import html
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
import feedparser.api

MAX_ENTRIES = 1000
MAX_HTML = 200_000
MAX_LINE = 2_000
MAX_URL = 4_000
# feedparser needs up to 40 µs a tag for a document made to hurt it: this keeps it under 20 s.
MAX_TAGS = 400_000
_EMAIL = re.compile(r"[^\s<>()@]+@[^\s<>()@]+")
_IMG = re.compile(r"<img\b[^>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(src|alt|width|height)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.I)
_IMAGE_PATH = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)$", re.IGNORECASE)


# feedparser looks for this driver anew, and in vain, at each document: a third of a millisecond.
feedparser.api.PREFERRED_XML_PARSERS = []


@dataclass(frozen=True, slots=True)
class Image:
    """A picture an entry offers, with the words that belong to it, as far as given."""

    url: str
    alt: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed. ``title``, ``summary`` and ``content`` are HTML, unsafe to show."""

    id: str
    url: str
    title: str
    summary: str = ""
    content: str = ""
    author: str = ""
    source: str = ""
    credited: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    image: Image | None = None
    categories: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What a feed says of itself, in plain text. ``ttl_minutes``: RSS's wish for the interval."""

    title: str = ""
    site_url: str = ""
    language: str = ""
    ttl_minutes: int | None = None
    hub_url: str = ""
    self_url: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A feed that was read. ``dropped`` counts entries beyond :data:`MAX_ENTRIES`."""

    about: About
    entries: tuple[Entry, ...] = field(default=())
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class NotAFeed:
    """A document that is no feed, and why, in an editor's words. ``is_page`` when it is HTML."""

    reason: str
    is_page: bool = False


def parse(body: bytes, headers: Mapping[str, str], url: str) -> Parsed | NotAFeed:
    """Read ``body``, fetched from ``url`` with ``headers`` (lower-case names). Never raises."""
    body = trimmed(body)
    refused = refusal(body)
    if refused is not None:
        return refused
    try:
        read = feedparser.parse(
            # As a stream: feedparser opens bytes that happen to be a file's name.
            io.BytesIO(body),
            response_headers=headers_for(body, headers, url),
            sanitize_html=False,
            resolve_relative_uris=False,
        )
        if not read.get("version") and not read.entries:
            return _no_feed(body)
        return Parsed(
            _about(read, url),
            tuple(_entry(each, url) for each in read.entries[:MAX_ENTRIES]),
            max(0, len(read.entries) - MAX_ENTRIES),
        )
    except Exception as error:
        return NotAFeed(f"The document cannot be read as a feed ({type(error).__name__}).")


def trimmed(body: bytes) -> bytes:
    """``body`` without the blank lines that some servers put before the XML declaration.

    They make it ill-formed, which would have feedparser guess at all that follows.
    """
    return body.lstrip() if body[:1].isspace() else body


def refusal(body: bytes) -> NotAFeed | None:
    """Why ``body`` is not even tried, if so: it is empty, or would take too long."""
    if not body.strip():
        return NotAFeed("The server sent an empty document.")
    if body.count(b"<") > MAX_TAGS:
        return NotAFeed(f"The document has more than {MAX_TAGS:,} tags, too many to be read.")
    return None


def headers_for(body: bytes, headers: Mapping[str, str], url: str) -> dict[str, str]:
    """What feedparser should know: the base, and the encoding where it is certain.

    Bytes beyond ASCII that form valid UTF-8 are UTF-8, whatever header or prologue claim.
    """
    kind = headers.get("content-type", "")[:200]
    if not body.isascii():
        try:
            body.decode("utf-8")
            kind = "application/xml; charset=utf-8"
        except UnicodeDecodeError:
            pass
    # Without a base, that of one item leaks into the next.
    return {"content-location": url, **({"content-type": kind} if kind else {})}


def _no_feed(body: bytes) -> NotAFeed:
    head = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"{", b"[")):
        try:
            is_json_feed = "jsonfeed.org" in str(json.loads(body).get("version"))
        except Exception:
            is_json_feed = False
        if is_json_feed:
            return NotAFeed("This is a JSON Feed, which is not read yet; use its RSS or Atom form.")
        return NotAFeed("This is JSON, not a feed.")
    if b"<html" in head or head.startswith(b"<!doctype html"):
        return NotAFeed("This is a web page, not a feed.", is_page=True)
    if b"<opml" in head:
        return NotAFeed("This is an OPML list of feeds: use `digest feeds import`.")
    if head.startswith(b"<"):
        return NotAFeed("This is XML, but neither RSS nor Atom.")
    return NotAFeed("This is not a feed: neither RSS nor Atom begins like this.")


def _about(read: Any, url: str) -> About:
    feed = read.feed
    links = {
        str(link.get("rel")): str(link.get("href") or "")
        for link in reversed(feed.get("links", []))
    }
    ttl = _text(feed.get("ttl"), 20)
    return About(
        title=_plain(feed.get("title"), 300),
        site_url=_url(feed.get("link"), url),
        language=_text(feed.get("language"), 40),
        ttl_minutes=int(ttl) if ttl.isascii() and ttl.isdecimal() else None,
        hub_url=_url(links.get("hub"), url),
        self_url=_url(links.get("self"), url),
        format=str(read.get("version") or ""),
    )


def _entry(raw: Any, base: str) -> Entry:
    summary = _html(raw.get("summary_detail"), MAX_HTML)
    contents = [_html(part, MAX_HTML) for part in raw.get("content") or () if part]
    content = max(contents, key=len, default="")
    published = _moment(raw.get("published_parsed") or raw.get("created_parsed"))
    # Asked for a key it lacks, feedparser answers with ``published`` and a warning.
    updated = _moment(dict(raw).get("updated_parsed"))
    return Entry(
        id=_text(raw.get("id"), MAX_URL),
        url=_link(raw, base),
        title=_html(raw.get("title_detail"), MAX_LINE) or _text(raw.get("title"), MAX_LINE),
        summary=summary,
        content=content,
        author=_author(raw),
        source=_plain((raw.get("source") or {}).get("title"), 300),
        credited=_text(raw.get("dc_source"), 300),
        published=published,
        updated=updated,
        image=_image(raw, content + summary, contents, base),
        categories=_categories(raw),
        language=_language(raw),
    )


def _link(raw: Any, base: str) -> str:
    """The article's own address: FeedBurner's original link, the link, or what is enclosed."""
    for candidate in (raw.get("feedburner_origlink"), raw.get("link")):
        found = _url(candidate, base)
        if found:
            return found
    for link in raw.get("links") or ():
        found = _url(link.get("href"), base)
        if found and link.get("rel") in {"alternate", "enclosure"}:
            return found
    return ""


def _author(raw: Any) -> str:
    """Names without mail addresses, which are nobody's business here."""
    authors = raw.get("authors") or ()
    # feedparser cuts the name of a lone author wrongly where the address ends in a long domain.
    given = [each.get("name") for each in authors] if len(authors) > 1 else [raw.get("author")]
    names = (_EMAIL.sub("", _text(name, 300)).strip(" ()<>,;") for name in given)
    return ", ".join(dict.fromkeys(name for name in names if name))[:300]


def _categories(raw: Any) -> tuple[str, ...]:
    terms = (_text(tag.get("label") or tag.get("term"), 100) for tag in raw.get("tags") or ())
    return tuple(dict.fromkeys(term for term in terms if term))[:20]


def _language(raw: Any) -> str:
    for detail in ("content", "summary_detail", "title_detail"):
        value = raw.get(detail)
        part = value[0] if isinstance(value, list) and value else value
        if isinstance(part, dict) and part.get("language"):
            return _text(part["language"], 40)
    return _text(raw.get("language"), 40)


def _image(raw: Any, markup: str, contents: list[str], base: str) -> Image | None:
    """Media RSS first, then an enclosure, then the first picture in the text that is no pixel."""
    credit = next(
        (_text(each.get("content"), 300) for each in raw.get("media_credit") or ()
         if each.get("content")), ""
    )  # fmt: skip
    alt = _caption(raw, contents)
    offers = [
        *(raw.get("media_content") or ()),
        *(raw.get("enclosures") or ()),
        *({**each, "medium": "image"} for each in raw.get("media_thumbnail") or ()),
    ]
    for offer in offers:
        url = _url(offer.get("url") or offer.get("href"), base)
        if url and _is_image(offer, url):
            return Image(url, alt, credit)
    for tag in _IMG.findall(markup)[:10]:
        named = {name.lower(): html.unescape(value.strip("\"'")) for name, value in
                 _ATTRIBUTE.findall(tag)}  # fmt: skip
        url = _url(named.get("src"), base)
        if url and not {named.get("width"), named.get("height")} & {"0", "1"}:
            return Image(url, _text(named.get("alt"), 500), credit)
    return None


def _caption(raw: Any, contents: list[str]) -> str:
    """Media RSS's description, which feedparser takes for a second, shorter body.

    Where the item has a body and a summary of its own, it lands in the summary's detail alone.
    """
    if not raw.get("media_content"):
        return ""
    detail = str((raw.get("summary_detail") or {}).get("value") or "")
    if detail and raw.get("summary") and detail != raw["summary"] and len(detail) <= 500:
        return _plain(detail, 500)
    if not contents:
        return ""
    shortest = min(contents, key=len)
    alone = len(contents) == 1 and len(raw.get("summary") or "") <= len(shortest)
    if alone or len(shortest) > 500:
        return ""
    return _plain(shortest, 500)


def _is_image(offer: Mapping[str, Any], url: str) -> bool:
    kind, medium = str(offer.get("type") or ""), str(offer.get("medium") or "")
    if kind or medium:
        return kind.startswith("image/") or medium == "image"
    return bool(_IMAGE_PATH.search(urlsplit(url).path))


def _html(detail: Any, limit: int) -> str:
    """The value of a text construct as HTML, whatever its type said."""
    value = str((detail or {}).get("value") or "")[:limit].replace("\x00", "")
    return html.escape(value) if (detail or {}).get("type") == "text/plain" else value


def _text(value: Any, limit: int) -> str:
    """One line of plain text, without control characters, at most ``limit`` long."""
    if not isinstance(value, str):
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in value[: limit * 2]).split())[
        :limit
    ]


def _plain(value: Any, limit: int) -> str:
    """A short text that may carry tags, without them."""
    return _text(html.unescape(re.sub(r"<[^<>]*>", " ", str(value or "")[:MAX_LINE])), limit)


def _url(value: Any, base: str) -> str:
    """An absolute http(s) address, or nothing."""
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_URL:
        return ""
    try:
        found = urljoin(base, value.strip())
        parts = urlsplit(found)
        web = parts.scheme in {"http", "https"} and parts.hostname and found.isprintable()
        return found if web else ""
    except ValueError:
        return ""


def _moment(parts: Any) -> datetime | None:
    """feedparser's UTC time tuple as a moment."""
    if not parts:
        return None
    try:
        year, month, day, hour, minute, second = (int(part) for part in parts[:6])
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
