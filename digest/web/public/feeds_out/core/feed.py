"""A feed that others read, as a value, and its three dialects (pure).

RSS 2.0 (https://www.rssboard.org/rss-specification), Atom (RFC 4287) and JSON Feed 1.1
(https://jsonfeed.org/version/1.1). ``hub`` is announced as WebSub asks
(https://www.w3.org/TR/websub/, section 4).
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Any
from xml.etree import ElementTree as ET

_ATOM, _DC = "http://www.w3.org/2005/Atom", "http://purl.org/dc/elements/1.1/"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# XML 1.0 has no way to write these (section 2.2).
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class ToldStory:
    """One story of an entry's content: plain text and a checked address."""

    title: str
    url: str
    text: str = ""
    sources: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry. ``id`` never changes; the moments are aware."""

    id: str
    url: str
    title: str
    published: datetime
    updated: datetime
    summary: str
    lines: tuple[ToldStory, ...]
    language: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class OutFeed:
    """A whole feed, newest entry first; all addresses are whole. ``url`` is its page."""

    id: str
    title: str
    about: str
    url: str
    self_url: str
    language: str
    updated: datetime
    author: str
    icon: str
    entries: tuple[FeedEntry, ...]
    hub: str = ""


def rss(feed: OutFeed) -> bytes:
    """RSS 2.0."""
    root = ET.Element("rss", {"version": "2.0"})
    channel = ET.SubElement(root, "channel")
    _texts(channel, title=feed.title, link=feed.url, description=feed.about or feed.title)
    _texts(channel, language=feed.language, lastBuildDate=_rfc822(feed.updated))
    for rel, href in _links(feed):
        kind = {"type": "application/rss+xml"} if rel == "self" else {}
        ET.SubElement(channel, f"{{{_ATOM}}}link", {"rel": rel, "href": href, **kind})
    for each in feed.entries:
        item = ET.SubElement(channel, "item")
        _texts(item, title=each.title, link=each.url, description=content(each))
        ET.SubElement(item, "guid", {"isPermaLink": "false"}).text = each.id
        ET.SubElement(item, "pubDate").text = _rfc822(each.published)
        if each.author:
            ET.SubElement(item, f"{{{_DC}}}creator").text = _xml(each.author)
    return _written(root)


def atom(feed: OutFeed) -> bytes:
    """Atom."""
    root = ET.Element(f"{{{_ATOM}}}feed", {_LANG: feed.language})
    _atoms(root, id=feed.id, title=feed.title, updated=_rfc3339(feed.updated))
    if feed.about:
        _atoms(root, subtitle=feed.about)
    _atoms(ET.SubElement(root, f"{{{_ATOM}}}author"), name=feed.author)
    _atoms(root, icon=feed.icon)
    for rel, href in (*_links(feed), ("alternate", feed.url)):
        ET.SubElement(root, f"{{{_ATOM}}}link", {"rel": rel, "href": href})
    for each in feed.entries:
        tongue = {_LANG: each.language}
        entry = ET.SubElement(root, f"{{{_ATOM}}}entry", tongue if each.language else {})
        _atoms(entry, id=each.id, title=each.title, updated=_rfc3339(each.updated))
        _atoms(entry, published=_rfc3339(each.published), summary=each.summary)
        ET.SubElement(entry, f"{{{_ATOM}}}link", {"rel": "alternate", "href": each.url})
        if each.author:
            _atoms(ET.SubElement(entry, f"{{{_ATOM}}}author"), name=each.author)
        ET.SubElement(entry, f"{{{_ATOM}}}content", {"type": "html"}).text = _xml(content(each))
    return _written(root)


def json_feed(feed: OutFeed) -> bytes:
    """JSON Feed 1.1."""
    told: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.url,
        "feed_url": feed.self_url,
        "description": feed.about,
        "icon": feed.icon,
        "language": feed.language,
        "authors": [{"name": feed.author}],
        "hubs": [{"type": "WebSub", "url": feed.hub}] if feed.hub else [],
        "items": [_item(each) for each in feed.entries],
    }
    return json.dumps(_filled(told), ensure_ascii=False).encode("utf-8", "replace")


# By the end of a feed's address: its media type, and how it is written.
KINDS: dict[str, tuple[str, Callable[[OutFeed], bytes]]] = {
    "rss": ("application/rss+xml", rss),
    "atom": ("application/atom+xml", atom),
    "json": ("application/feed+json", json_feed),
}


def content(entry: FeedEntry) -> str:
    """An entry's stories as HTML; whatever came from outside is escaped."""
    if len(entry.lines) == 1:
        return _told(entry.lines[0])
    return "<ol>" + "".join(f"<li>{_told(each)}</li>" for each in entry.lines) + "</ol>"


def _told(line: ToldStory) -> str:
    tongue = f' lang="{escape(line.language)}"' if line.language else ""
    words = f'<a href="{escape(line.url)}">{escape(line.title)}</a>'
    text = f"<br>{escape(line.text)}" if line.text else ""
    sources = f"<br><small>{escape(line.sources)}</small>" if line.sources else ""
    return f"<p{tongue}>{words}{text}{sources}</p>"


def _item(each: FeedEntry) -> dict[str, Any]:
    return _filled(
        {
            "id": each.id,
            "url": each.url,
            "title": each.title,
            "content_html": content(each),
            "summary": each.summary,
            "date_published": _rfc3339(each.published),
            "date_modified": _rfc3339(each.updated),
            "language": each.language,
            "authors": [{"name": each.author}] if each.author else [],
        }
    )


def _filled(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value or name == "items"}


def _links(feed: OutFeed) -> tuple[tuple[str, str], ...]:
    hub = (("hub", feed.hub),) if feed.hub else ()
    return (("self", feed.self_url), *hub)


def _texts(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = _xml(text)


def _atoms(parent: ET.Element, **texts: str) -> None:
    _texts(parent, **{f"{{{_ATOM}}}{name}": text for name, text in texts.items()})


def _xml(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)


def _written(root: ET.Element) -> bytes:
    ET.register_namespace("atom" if root.tag == "rss" else "", _ATOM)
    ET.register_namespace("dc", _DC)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
