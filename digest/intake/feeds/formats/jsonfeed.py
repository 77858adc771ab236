"""JSON Feed 1.0 and 1.1 (jsonfeed.org): bytes in, entries out."""

import json
from collections.abc import Mapping
from typing import Any

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
from digest.intake.feeds.formats.fields import (
    MAX_LINE,
    MAX_URL,
    escaped,
    markup,
    person,
    text,
    web_address,
)
from digest.intake.feeds.formats.pictures import first_in, is_counter


def looks_like(body: bytes) -> bool:
    """Whether this is JSON that names the format."""
    return is_json(body) and b"jsonfeed.org" in body


def is_json(body: bytes) -> bool:
    """Whether this is JSON, a feed or not."""
    return body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}


def parse(body: bytes, base: str) -> Parsed | NotAFeed:
    """Read ``body``, found at ``base``. Never raises."""
    try:
        document = json.loads(body.decode("utf-8-sig", "replace"))
    except RecursionError:
        return NotAFeed("This is JSON nested too deeply to be read.")
    except ValueError:
        return NotAFeed("This is JSON, but broken, so it cannot be read as a feed.")
    if not isinstance(document, dict) or "jsonfeed.org/version" not in text(
        document.get("version"), 200
    ):
        return NotAFeed("This is JSON, not a feed.")
    items = [item for item in _list(document, "items", None) if isinstance(item, dict)]
    chosen = newest(
        len(items),
        lambda n: dates.read(items[n].get("date_published") or items[n].get("date_modified")),
    )
    return Parsed(
        _about(document, base),
        tuple(_entry(items[n], base, _names(document)) for n in chosen),
        len(items) - len(chosen),
        notes=told_of_rest(len(items)),
    )


def _about(document: Mapping[str, Any], base: str) -> About:
    hubs = [hub for hub in _list(document, "hubs") if isinstance(hub, dict)]
    websub = (hub.get("url") for hub in hubs if text(hub.get("type"), 20).lower() == "websub")
    return About(
        title=text(document.get("title"), 300),
        site_url=web_address(document.get("home_page_url"), base),
        language=text(document.get("language"), 40),
        hub_url=web_address(next(websub, None), base),
        self_url=web_address(document.get("feed_url"), base),
        format="json11" if "1.1" in text(document.get("version"), 200) else "json1",
    )


def _entry(item: Mapping[str, Any], base: str, feed_author: str) -> Entry:
    identity = item.get("id")
    # The specification lets a reader take numbers for strings.
    identity = str(identity) if isinstance(identity, int | float) else identity
    address = web_address(item.get("url"), base) or web_address(item.get("external_url"), base)
    within = address or base
    return Entry(
        id=text(identity, MAX_URL),
        url=address or _attached(item, within, "") or web_address(identity, base),
        title=escaped(item.get("title"), MAX_LINE),
        summary=escaped(item.get("summary")),
        content=markup(item.get("content_html")) or escaped(item.get("content_text")),
        author=_names(item) or feed_author,
        published=dates.read(item.get("date_published")),
        updated=dates.read(item.get("date_modified")),
        image=_image(item, within),
        categories=_categories(item),
        language=text(item.get("language"), 40),
    )


def _image(item: Mapping[str, Any], base: str) -> Image | None:
    named = (web_address(item.get(each), base) for each in ("image", "banner_image"))
    found = next((each for each in named if each and not is_counter(each)), "") or _attached(
        item, base, "image/"
    )
    return Image(found) if found else first_in(markup(item.get("content_html")), base)


def _attached(item: Mapping[str, Any], base: str, kind: str) -> str:
    for each in _list(item, "attachments"):
        if isinstance(each, dict) and text(each.get("mime_type"), 100).startswith(kind):
            found = web_address(each.get("url"), base)
            if found:
                return found
    return ""


def _names(item: Mapping[str, Any]) -> str:
    """The authors of 1.1, or the one of 1.0."""
    people = _list(item, "authors") or [item.get("author")]
    names = (person(each.get("name")) for each in people if isinstance(each, dict))
    return ", ".join(dict.fromkeys(filter(None, names)))[:300]


def _categories(item: Mapping[str, Any]) -> tuple[str, ...]:
    terms = (text(tag, 100) for tag in _list(item, "tags"))
    return tuple(dict.fromkeys(filter(None, terms)))[:20]


def _list(holder: Mapping[str, Any], key: str, limit: int | None = 50) -> list[Any]:
    found = holder.get(key)
    return found[:limit] if isinstance(found, list) else []
