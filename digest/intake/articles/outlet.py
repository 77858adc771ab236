"""Whose report an entry is: the outlet's name, which is never that of a picture's credit."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from digest.intake.articles import canonical
from digest.intake.feeds.parse import Entry
from digest.kit.text import cut, one_line

LONGEST = 200
_LONGEST_TAIL = 60
_SHORTEST_HEAD = 12
_DASH = " - "
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
