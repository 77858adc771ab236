"""What an article's page says of itself, for an editor to correct: Open Graph, JSON-LD, its title.

A stranger's page: everything is bounded, nothing is believed to be safe to show or to fetch.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from digest.intake.articles.core import byline, canonical, clean, fulltext, language, page_head
from digest.intake.articles.core.gates import asks_consent
from digest.intake.articles.core.outlet import host
from digest.intake.articles.core.page_head import absolute
from digest.intake.feeds.formats import dates
from digest.kit.text import cut, one_line

# The extractor of texts is loaded where it is installed, before the page is counted.
LOADED_FIRST = fulltext.LOADED_FIRST
_MOST_NODES = 400
_DEEPEST = 6
_ARTICLE = re.compile(r"(?:Article|Report|BlogPosting|Posting)$")
# By what is told, where a page may say it: the best first.
_META = {
    "title": ("og:title", "twitter:title"),
    "summary": ("og:description", "twitter:description", "description"),
    "image": ("og:image:secure_url", "og:image", "og:image:url", "twitter:image"),
    "image_alt": ("og:image:alt", "twitter:image:alt"),
    "source": ("og:site_name", "application-name"),
    "published": (
        "article:published_time", "og:article:published_time", "datepublished", "date",
        "dc.date", "dcterms.created", "parsely-pub-date",
    ),
    "author": ("author", "article:author", "dc.creator"),
    "language": ("og:locale", "content-language"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Plain text on one line each, but for ``text``; empty where the page does not say.

    ``published`` is a moment in ISO 8601, ``url`` what the page calls its own address if that can
    be believed. ``gate``: why the page shows no article.
    """

    title: str = ""
    summary: str = ""
    source: str = ""
    language: str = ""
    published: str = ""
    author: str = ""
    image_url: str = ""
    image_alt: str = ""
    image_credit: str = ""
    url: str = ""
    text: str = ""
    gate: str = ""


def read(body: bytes, url: str, content_type: str = "") -> PageFacts:
    """What ``body``, the page at ``url``, says. Never raises."""
    if held := asks_consent(body, url):
        return PageFacts(gate=held)
    head = page_head.read(body, content_type)
    said = _article(head.scripts)
    found = fulltext.extract(body, url) if fulltext.available() else fulltext.Found("")
    text = found.text

    def told(what: str, *more: str, limit: int = 500) -> str:
        meta = next((head.meta[name] for name in _META[what] if head.meta.get(name)), "")
        return cut(_plain(next((each for each in (*more, meta) if each), "")), limit)

    title = told("title", _string(said.get("headline"))) or cut(
        _plain(head.heading or head.title), 500
    )
    source = told("source", _name(said.get("publisher")), limit=200)
    source = source or host(canonical.canonical(url) or url)
    moment = dates.read(told("published", _string(said.get("datePublished"))) or head.time)
    image, credit = _image(said.get("image"))
    summary = told("summary", _string(said.get("description")), limit=2_000)
    declared = _string(said.get("inLanguage")) or head.lang or told("language")
    author = told("author", _name(said.get("author")), limit=300)
    return PageFacts(
        title=title,
        summary=summary or cut(one_line(text), 300),
        source=source,
        language=language.detect(f"{title}\n{text or summary}", declared.replace("_", "-")),
        published=moment.isoformat() if moment else "",
        author="" if "://" in author else byline.names(author),
        image_url=absolute(url, image or told("image", limit=4_000)),
        image_alt=told("image_alt"),
        image_credit=cut(clean.picture_credit(credit), 300),
        url=_own_address(url, absolute(url, head.canonical)),
        text=text,
        gate=found.gate,
    )


def _own_address(fetched: str, named: str) -> str:
    """The page's canonical address where its own word on it can be believed, else the fetched."""
    here = canonical.canonical(fetched) or ""
    there = canonical.canonical(named) if named else None
    if there is None or canonical.is_front_page(there):
        return here
    return there if canonical.site(there) == canonical.site(here) else here


def _plain(value: str) -> str:
    # Some sites write entities into a value that is no markup: it is resolved once more.
    value = clean.headline(value.replace("<", "&lt;"), 4_000) if "&" in value else one_line(value)
    return value.encode("utf-8", "replace").decode()


def _article(scripts: list[str]) -> Mapping[str, Any]:
    """The first thing in JSON-LD that is an article; an empty one without any."""
    for script in scripts:
        try:
            document = json.loads(script)
        except (ValueError, RecursionError):
            continue
        for node in _nodes(document):
            kinds = node.get("@type")
            kinds = kinds if isinstance(kinds, list) else [kinds]
            if any(isinstance(kind, str) and _ARTICLE.search(kind) for kind in kinds):
                return node
    return {}


def _nodes(document: Any) -> Iterator[Mapping[str, Any]]:
    """Every object of the document near its root."""
    waiting, seen = [(document, 0)], 0
    while waiting and seen < _MOST_NODES:
        node, depth = waiting.pop(0)
        seen += 1
        if isinstance(node, dict):
            yield node
        children = node.values() if isinstance(node, dict) else node
        if isinstance(node, dict | list) and depth < _DEEPEST:
            waiting += [
                (each, depth + 1)
                for each in list(children)[:_MOST_NODES]
                if isinstance(each, dict | list)
            ]


def _string(value: Any) -> str:
    return value[:4_000] if isinstance(value, str) else ""


def _name(value: Any) -> str:
    """Of one thing with a name, or of several."""
    if isinstance(value, list):
        return ", ".join(filter(None, map(_name, value[:5])))
    return _string(value.get("name")) if isinstance(value, dict) else _string(value)


def _image(value: Any) -> tuple[str, str]:
    """The address of the first picture, and whom it credits."""
    if isinstance(value, list):
        return _image(value[0]) if value and not isinstance(value[0], list) else ("", "")
    if isinstance(value, dict):
        credit = _string(value.get("creditText")) or _name(value.get("creator"))
        return _string(value.get("url")) or _string(value.get("contentUrl")), credit
    return _string(value), ""
