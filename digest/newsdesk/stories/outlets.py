"""Who is one outlet under several names: its sections' feeds, and what aggregators call it."""

import re
from collections.abc import Iterable

from digest.newsdesk.stories.words import fold

_BETWEEN = re.compile(r"\s+[-–—|>»·]+\s+|\s*(?:::|»)\s*")
_AROUND = re.compile(r"^the\s+|\.(?:com|org|net|co\.uk|com\.au|de|fr|es|ru|it|co\.kr|kr|cn)$")
# fmt: off
_SECTIONS = frozenset([
    "africa", "all", "america", "americas", "and", "asia", "breaking", "business", "culture",
    "daily", "economy", "edition", "entertainment", "europe", "feed", "feeds", "front",
    "headlines", "health", "home", "homepage", "international", "latest", "local", "main",
    "markets", "national", "newest", "news", "online", "page", "politics", "recent", "region",
    "rss", "science", "section", "sport", "sports", "stories", "tech", "technology", "the",
    "top", "uk", "us", "video", "world",
])
# fmt: on


def outlet_key(name: str) -> str:
    """The same for all names of one outlet: "The Post", "Post.com", "Post - Top stories"."""
    parts = [part for part in _BETWEEN.split(fold(name).strip()) if part]
    telling = (part for part in parts if not set(re.findall(r"\w+", part)) <= _SECTIONS)
    plain = _AROUND.sub("", next(telling, " ".join(parts)).strip())
    return _AROUND.sub("", plain)


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """The outlets among ``names``, each under the first name it is met by; empty names go."""
    found: dict[str, str] = {}
    for name in names:
        if name:
            found.setdefault(outlet_key(name), name)
    return tuple(found.values())
