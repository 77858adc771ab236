"""Whose report an entry is: the outlet's name, which is never that of a picture's credit."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from digest.intake.articles.core import canonical
from digest.intake.articles.core.sections import is_section
from digest.intake.feeds.formats.entries import Entry
from digest.kit.text import cut, one_line

LONGEST = 200
_LONGEST_TAIL = 60
_SHORTEST_HEAD = 12
_DASH = " - "
_BETWEEN = re.compile(r"\s+[-–—|>»·:]+\s+|\s*(?:::|»|\|)\s*|:\s+|(?<=[a-z]):(?=[A-Z])")
_FEED = re.compile(r"\s*\b(?:rss|atom)(?:\s+feeds?)?$", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_FROM = re.compile(
    r"^(?:(?:the|all|latest|top|recent|new|breaking)\s+)*(?:stories|news|headlines|articles|posts)"
    r"\s+(?:from|at|by)\s+(?=\S)", re.IGNORECASE,
)  # fmt: skip
# Who sells pictures, and how a photographer is named beside the house: "Jo Kim / AFP".
_PICTURES = re.compile(
    r"\b(?:getty|shutterstock|istock(?:photo)?|alamy|unsplash|pexels|pixabay|depositphotos"
    r"|adobe stock|dreamstime|imago|picture alliance|zuma press|global look press|ap photo"
    r"|photograph|photo by|photo)\b|^\s*©|фото|사진|图片|写真"
    r"|\s/\s(?:afp|ap|reuters|epa|efe|dpa|ansa|тасс|tass|ria|риа новости|yonhap|xinhua|kyodo)\b",
    re.IGNORECASE,
)


def outlet(entry: Entry, feed_name: str, known: Mapping[str, str]) -> str:
    """The outlet of ``entry``: its source when that is one, otherwise the feed's own.

    A source counts when it comes with its address, as RSS 2.0 asks, or bears the feed's own name;
    some feeds put there whose picture it is. ``known`` names outlets by the host of their pages.
    An aggregator's entry without a source ends its title with the outlet.
    """
    name = one_line(entry.source)
    if _is_outlet(name) and (entry.source_url or name.casefold() in feed_name.casefold()):
        return cut(known.get(host(entry.source_url)) or name, LONGEST)
    if not canonical.is_aggregators(entry.url):
        return cut(one_line(feed_name), LONGEST)
    head, _, tail = one_line(entry.title).rpartition(_DASH)
    signed = len(head) >= _SHORTEST_HEAD and len(tail) <= _LONGEST_TAIL
    return cut(tail if signed else one_line(feed_name), LONGEST)


def plain_name(title: str, site_url: str = "") -> str:
    """An outlet's name out of its feed's title, without section, slogan and "RSS Feed".

    "BBC News | News Front Page | UK Edition" is BBC News. Of several parts the one that the site's
    address spells wins, otherwise the first that is more than the name of a section.
    """
    line = one_line(title)
    bare = (_FROM.sub("", _FEED.sub("", part)).strip() for part in _BETWEEN.split(line))
    parts = [part for part in bare if part]
    telling = [part for part in parts if not is_section(part)]
    spelled = _squeezed(host(site_url))
    # "Taiwan News" is made of a section's words, and its site's address spells it.
    named = [*telling, *(part for part in parts if " " in part)]
    ours = (part for part in named if len(part) > 2 and _squeezed(part) in spelled)
    # Where the title names a section alone ("Top Stories", "Asia"), the site's own name serves.
    return next(ours, next(iter(telling), host(site_url) or line))


def _squeezed(name: str) -> str:
    return "".join(_WORD.findall(re.sub(r"^the\s+", "", name.lower())))


def without_outlet(title: str, entry: Entry, name: str) -> str:
    """An aggregator's ``title`` without the outlet at its end; any other title as it is."""
    if not canonical.is_aggregators(entry.url):
        return title
    head, _, tail = title.rpartition(_DASH)
    signs = {one_line(each).casefold() for each in (entry.source, name) if each}
    return head if len(head) >= _SHORTEST_HEAD and tail.casefold() in signs else title


def host(url: str) -> str:
    """Whose page an address is, without what marks a mobile variant; "" for none."""
    try:
        return canonical.site(url) or urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_outlet(name: str) -> bool:
    return bool(name) and "://" not in name and not _PICTURES.search(name)
