"""Bytes of a feed in, entries out: feedparser with a fence around it.

feedparser's own sanitising and its rewriting of links inside HTML are switched off: they take
three fifths of its time, and entries are read as text, never shown as the HTML they came in.
Links, titles and dates are resolved all the same.
"""

import html
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import feedparser
import feedparser.api

from digest.intake.feeds.formats import challenges, dates, jsonfeed, pictures, rhythm, tombstones
from digest.intake.feeds.formats.depth import MAX_DEPTH, is_too_deep, without_text
from digest.intake.feeds.formats.encoding import Decoded, decode
from digest.intake.feeds.formats.entries import (
    MAX_ENTRIES,
    About,
    Deleted,
    Entry,
    Image,
    NotAFeed,
    Parsed,
    newest,
    told_of_rest,
)
from digest.intake.feeds.formats.fields import (
    MAX_HTML,
    MAX_LINE,
    MAX_URL,
    markup,
    person,
    plain,
    text,
    web_address,
)
from digest.intake.feeds.formats.strict import reader as strict
from digest.intake.feeds.formats.whole import format_of

__all__ = [
    "MAX_ENTRIES", "MAX_HTML", "About", "Deleted", "Entry", "Image", "NotAFeed", "Parsed", "parse",
]  # fmt: skip


# feedparser needs up to 40 µs a tag for a document made to hurt it: this keeps it near 6 s. The
# largest real feed seen, of 4.4 MB, has 118,000.
MAX_TAGS = 150_000
# A tag's attributes cost with the square of their number, its blanks a hundred times their size.
# Of 1,464 real documents the longest tag but for text in attributes has 12 attributes.
MAX_TAG_BYTES = 256 * 1024
MAX_ATTRIBUTES = 500
_LONG_TAG = re.compile(rb"<(?![!?])[^<]{2000,}")
_ATTRIBUTE_MARK = re.compile(rb"""[\s"'][^\s"'=<>]{1,200}\s*=|\s[^\s"'=<>]{1,200}(?=\s)""")


# feedparser looks for this driver anew, and in vain, at each document: a third of a millisecond.
feedparser.api.PREFERRED_XML_PARSERS = []


def parse(
    body: bytes, headers: Mapping[str, str], url: str, *, fast: bool = True
) -> Parsed | NotAFeed:
    """Read ``body``, fetched from ``url`` with ``headers`` (lower-case names). Never raises.

    ``fast``: clean documents are read without feedparser, to the same end.
    """
    decoded = readable(body, headers)
    if isinstance(decoded, NotAFeed):
        return decoded
    found = read_whole(decoded.body, headers, url, fast=fast)
    return noted(found, decoded.note) if isinstance(found, Parsed) else found


def readable(body: bytes, headers: Mapping[str, str]) -> Decoded | NotAFeed:
    """``body`` in UTF-8, or why it is not even tried."""
    body = trimmed(body)
    refused = refusal(body)
    if refused is not None:
        return refused
    decoded = decode(body, headers)
    if isinstance(decoded, NotAFeed) and (is_page(body) or not _head(body).startswith(b"<")):
        # It is no feed anyway, and that is the better reason.
        return Decoded(body)
    return Decoded(trimmed(decoded.body), decoded.note) if isinstance(decoded, Decoded) else decoded


def noted(found: Parsed, note: str) -> Parsed:
    """With a sentence more for the feed's history, if there is one."""
    return replace(found, notes=(*found.notes, note)) if note else found


def read_whole(
    body: bytes, headers: Mapping[str, str], url: str, *, fast: bool = True
) -> Parsed | NotAFeed:
    """Read a document that is :func:`readable`, as :func:`parse` does. Never raises."""
    if own := format_of(body):
        return own.parse(body, url)
    base = base_of(body, url)
    try:
        read: Any = strict.read(body, headers, base) if fast else None
        if read is None:
            if not is_page(body) and is_too_deep(body):
                return NotAFeed(f"The document nests elements more than {MAX_DEPTH} deep.")
            read = feedparser.parse(
                # As a stream: feedparser opens bytes that happen to be a file's name.
                io.BytesIO(body),
                response_headers=headers_for(body, headers, base),
                sanitize_html=False,
                resolve_relative_uris=False,
            )
        if not read.get("version") and not read.entries:
            return jsonfeed.parse(body, url) if jsonfeed.is_json(body) else _no_feed(body)
        chosen = newest(len(read.entries), lambda n: _moment(read.entries[n]))
        return Parsed(
            _about(read, url, body),
            tuple(_entry(read.entries[n], base) for n in chosen),
            len(read.entries) - len(chosen),
            tombstones.deleted(body),
            told_of_rest(len(read.entries)),
        )
    except MemoryError:
        raise
    except Exception as error:
        return NotAFeed(f"The document cannot be read as a feed ({type(error).__name__}).")


def base_of(body: bytes, url: str) -> str:
    """What an RSS document's relative links hang on: its channel's link where that is absolute.

    RSS leaves it open; a feed that is served by another host than its site means the site. Atom
    (RFC 4287, 2) and whatever names an xml:base hang on the document's own address, ``url``.
    """
    head = body[:_HEAD_BYTES].partition(b"<item")[0]
    if b"xml:base" in body or not _IS_RSS.search(head):
        return url
    found = _CHANNEL_LINK.search(head)
    return web_address(html.unescape(found[1].decode("utf-8", "replace")), url) if found else url


def trimmed(body: bytes) -> bytes:
    """``body`` without the blank lines that some servers put before the XML declaration.

    They make it ill-formed, which would have feedparser guess at all that follows. In UTF-16 a
    blank is more than its first byte.
    """
    return body.lstrip() if body[:1].isspace() and body[1:2] != b"\x00" else body


def refusal(body: bytes) -> NotAFeed | None:
    """Why ``body`` is not even tried, if so: it is empty, or would take too long."""
    if not body.strip():
        return NotAFeed("The server sent an empty document.")
    if body.count(b"<") > MAX_TAGS:
        return NotAFeed(f"The document has more than {MAX_TAGS:,} tags, too many to be read.")
    if not jsonfeed.is_json(body) and not is_page(body):
        return _refused_tag(body)
    return None


def _refused_tag(body: bytes) -> NotAFeed | None:
    """A tag that is made to hurt, or nothing. Time grows with the document's size alone."""
    marks = without_text(body)
    for found in _LONG_TAG.finditer(marks):
        tag = found[0].partition(b">")[0]
        if len(tag) > MAX_TAG_BYTES:
            size = f"{MAX_TAG_BYTES // 1024} KiB"
            return NotAFeed(f"The document has a tag of more than {size}, too long to be read.")
        # A sign of greater may stand in an attribute's value.
        attributes = tag if tag.count(b'"') % 2 == 0 and tag.count(b"'") % 2 == 0 else found[0]
        if sum(1 for _ in _ATTRIBUTE_MARK.finditer(attributes)) > MAX_ATTRIBUTES:
            return NotAFeed(
                f"The document has a tag of more than {MAX_ATTRIBUTES} attributes, too many to be "
                "read."
            )  # fmt: skip
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


def is_page(body: bytes) -> bool:
    """Whether this begins as a web page does."""
    head = _head(body)
    return b"<html" in head or head.startswith(b"<!doctype html")


_HEAD_BYTES = 20_000
_IS_RSS = re.compile(rb"<(?:rss|rdf:RDF)[\s>]")
_CHANNEL_LINK = re.compile(rb"<link>\s*(?:<!\[CDATA\[\s*)?(https?://[^<\]\s]{1,2000})")


def _head(body: bytes) -> bytes:
    return body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()


def _no_feed(body: bytes) -> NotAFeed:
    head = _head(body)
    if is_page(body):
        who = challenges.challenger(body)
        if who:
            return NotAFeed(challenges.reason(who))
        return NotAFeed("This is a web page, not a feed.", is_page=True)
    if b"<opml" in head:
        return NotAFeed("This is an OPML list of feeds: use `digest feeds import`.")
    if head.startswith(b"<"):
        return NotAFeed("This is XML, but neither RSS nor Atom.")
    return NotAFeed("This is not a feed: neither RSS nor Atom begins like this.")


def _about(read: Any, url: str, body: bytes) -> About:
    feed = read.feed
    links = {
        str(link.get("rel")): str(link.get("href") or "")
        for link in reversed(feed.get("links", []))
    }
    return About(
        title=plain(feed.get("title"), 300),
        site_url=web_address(feed.get("link"), url),
        language=text(feed.get("language"), 40),
        ttl_minutes=rhythm.ttl_minutes(feed),
        hub_url=web_address(links.get("hub"), url),
        self_url=web_address(links.get("self"), url),
        format=str(read.get("version") or ""),
        update_minutes=rhythm.update_minutes(feed),
        skip_hours=rhythm.skip_hours(body),
        skip_days=rhythm.skip_days(body),
    )


def _entry(raw: Any, base: str) -> Entry:
    summary = _html(raw.get("summary_detail"), MAX_HTML)
    contents = [_html(part, MAX_HTML) for part in raw.get("content") or () if part]
    content = max(contents, key=len, default="")
    shown = (raw.get("content") or [raw.get("summary_detail") or {}])[0]
    published = dates.read(raw.get("published"), raw.get("published_parsed"))
    if published is None:
        published = dates.read(raw.get("created"), raw.get("created_parsed"))
    # Asked for a key it lacks, feedparser answers with ``published`` and a warning.
    own = dict(raw)
    updated = dates.read(own.get("updated"), own.get("updated_parsed"))
    return Entry(
        id=text(raw.get("id"), MAX_URL),
        url=_link(raw, base),
        title=_html(raw.get("title_detail"), MAX_LINE) or text(raw.get("title"), MAX_LINE),
        summary=summary,
        content=content,
        author=_author(raw),
        source=plain((raw.get("source") or {}).get("title"), 300),
        source_url=_source_url(raw.get("source") or {}, base),
        credited=text(raw.get("dc_source"), 300),
        published=published,
        updated=updated,
        image=pictures.lead(raw, content + summary, contents, str(shown.get("base") or base)),
        categories=_categories(raw),
        language=_language(raw),
    )


def _moment(raw: Any) -> datetime | None:
    raw = dict(raw)
    return dates.read(raw.get("published"), raw.get("published_parsed")) or dates.read(
        raw.get("updated"), raw.get("updated_parsed")
    )


def _link(raw: Any, base: str) -> str:
    """The article's own address: FeedBurner's original link, the link, or what is enclosed."""
    for candidate in (raw.get("feedburner_origlink"), raw.get("link")):
        found = web_address(candidate, base)
        if found:
            return found
    for link in raw.get("links") or ():
        found = web_address(link.get("href"), base)
        if found and link.get("rel") in {"alternate", "enclosure"}:
            return found
    return ""


def _source_url(source: Mapping[str, Any], base: str) -> str:
    """RSS 2.0 asks for the address of the feed an item came from, Atom (RFC 4287) for its links."""
    links = (link.get("href") for link in source.get("links") or ())
    found = (web_address(each, base) for each in (source.get("href"), *links, source.get("id")))
    return next(filter(None, found), "")


def _author(raw: Any) -> str:
    """Names without mail addresses, which are nobody's business here."""
    authors = raw.get("authors") or ()
    # feedparser cuts the name of a lone author wrongly where the address ends in a long domain.
    given = [each.get("name") for each in authors] if len(authors) > 1 else [raw.get("author")]
    names = (person(each) for each in given)
    return ", ".join(dict.fromkeys(name for name in names if name))[:300]


def _categories(raw: Any) -> tuple[str, ...]:
    terms = (text(tag.get("label") or tag.get("term"), 100) for tag in raw.get("tags") or ())
    return tuple(dict.fromkeys(term for term in terms if term))[:20]


def _language(raw: Any) -> str:
    for detail in ("content", "summary_detail", "title_detail"):
        value = raw.get(detail)
        part = value[0] if isinstance(value, list) and value else value
        if isinstance(part, dict) and part.get("language"):
            return text(part["language"], 40)
    return text(raw.get("language"), 40)


def _html(detail: Any, limit: int) -> str:
    """The value of a text construct as HTML, whatever its type said."""
    value = markup(str((detail or {}).get("value") or ""), limit)
    return html.escape(value) if (detail or {}).get("type") == "text/plain" else value
