"""Which entries of one document are one article, and under which address each is kept.

A link alone does not tell: some feeds give one to all their items (a page of comments, a list of
offers, a live report), others change an item's identifier whenever they correct it. Where a
document repeats an address, its identifiers tell the items apart, or their headlines where it
gives none.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urldefrag

from digest.intake.articles.core import canonical
from digest.intake.feeds.formats.entries import Entry


@dataclass(frozen=True, slots=True)
class Addressed:
    """An entry with its ``key`` in the feed, the article's canonical ``url`` and its ``identity``.

    ``shared``: the identity of the address alone, where several entries have it, otherwise empty.
    ``is_version``: its identifier counts the versions of one article, as BBC News's do.
    """

    entry: Entry
    key: bytes
    url: str
    identity: bytes
    shared: bytes = b""
    is_version: bool = False


def addressed(entries: Iterable[Entry], feed_url: str) -> list[Addressed]:
    """Every entry that says something, each key once, in the document's order.

    Of two that are versions of one (the same identifier and link) the newest is kept.
    """
    entries = [entry for entry in entries if entry.title or entry.summary or entry.content]
    kept: dict[bytes, Entry] = {}
    for key, entry in zip(_keys(entries), entries, strict=True):
        if key not in kept or _is_newer(entry, kept[key]):
            kept[key] = entry
    urls = {key: _address(entry, key, feed_url) for key, entry in kept.items()}
    groups: dict[bytes, list[bytes]] = {}
    for key, url in urls.items():
        groups.setdefault(canonical.identity(url), []).append(key)
    found: dict[bytes, Addressed] = {}
    for identity, keys in groups.items():
        if len(keys) == 1:
            key = keys[0]
            entry = kept[key]
            found[key] = Addressed(entry, key, urls[key], identity, b"", _counts_versions(entry))
        else:
            for each in _told_apart([(key, kept[key]) for key in keys], urls, identity):
                found[each.key] = each
    return [found[key] for key in kept]


def entry_key(entry_id: str) -> bytes:
    """What stands for an entry's identifier, where it is the entry's alone."""
    return _digest(entry_id)


def _keys(entries: Sequence[Entry]) -> list[bytes]:
    """An identifier that several links share (some publishers repeat one for all) is told apart
    by the link, both by the headline, and one headline by what stands under it."""
    links: dict[str, set[str]] = {}
    for entry in entries:
        links.setdefault(entry.id, set()).add(entry.url)
    if len(links) == len(entries) and "" not in links:
        return [entry_key(entry.id) for entry in entries]
    heads: dict[tuple[str, str], set[str]] = {}
    bodies: dict[tuple[str, str, str], set[tuple[str, str]]] = {}
    for entry in entries:
        heads.setdefault((entry.id, entry.url), set()).add(_head(entry))
        if not _has_versions(entry):
            body = entry.summary, entry.content
            bodies.setdefault((entry.id, entry.url, _head(entry)), set()).add(body)
    keys = []
    for entry in entries:
        if not entry.id and not entry.url:
            keys.append(_digest(entry.title, entry.summary, entry.content))
        elif len(bodies.get((entry.id, entry.url, _head(entry)), ())) > 1:
            words = entry.title, entry.summary, entry.content
            keys.append(_digest(entry.id, entry.url, *words))
        elif len(heads[entry.id, entry.url]) > 1:
            keys.append(_digest(entry.id, entry.url, _head(entry)))
        elif len(links[entry.id]) > 1 or not entry.id:
            keys.append(_digest(entry.id, entry.url))
        else:
            keys.append(entry_key(entry.id))
    return keys


def _head(entry: Entry) -> str:
    """What tells items with one identifier and one link apart.

    Nothing does where each says when it was changed: two Atom entries of one id are versions of
    one (RFC 4287, 4.1.1).
    """
    if _has_versions(entry):
        return ""
    return " ".join(entry.title.split()).casefold() or entry.summary or entry.content


def _has_versions(entry: Entry) -> bool:
    return bool(entry.id) and entry.updated is not None


def _is_newer(one: Entry, other: Entry) -> bool:
    if one.updated is None or other.updated is None:
        return False
    return one.updated > other.updated


def _told_apart(
    group: Sequence[tuple[bytes, Entry]], urls: dict[bytes, str], identity: bytes
) -> list[Addressed]:
    """Entries whose links come down to one address."""
    fragments = [urldefrag(entry.url).fragment for _, entry in group]
    by_words: dict[tuple[str, str, str], str] = {}
    found = []
    for (key, entry), fragment in zip(group, fragments, strict=True):
        url = urls[key]
        if _counts_versions(entry):
            found.append(Addressed(entry, key, url, identity, is_version=True))
            continue
        if fragments.count(fragment) > 1:
            url = f"{url.partition('#')[0]}#/entry-{key.hex()[:16]}"
        elif fragment and "#" not in url:
            url = canonical.with_fragment(url, fragment)
        # The same words twice are one article, whatever they are called.
        url = by_words.setdefault((entry.title, entry.summary, entry.content), url)
        found.append(Addressed(entry, key, url, canonical.identity(url), identity))
    return found


def _counts_versions(entry: Entry) -> bool:
    """Whether the identifier is the link with a number behind it: "…/articles/c1#2"."""
    link, mark, number = entry.id.rpartition("#")
    if not mark:
        return False
    return bool(re.fullmatch(r"\d{1,4}", number)) and link == entry.url.partition("?")[0]


def _address(entry: Entry, key: bytes, feed_url: str) -> str:
    """The article's canonical address; one inside its feed's for an entry that has none.

    A front page is no article's address: feeds that link every entry to it would otherwise keep
    one article for ever.
    """
    url = canonical.canonical(entry.url) if entry.url else None
    if url is not None and not canonical.is_front_page(url):
        return url
    base = (url or canonical.canonical(feed_url) or feed_url).partition("#")[0]
    return f"{base}#/entry-{key.hex()[:16]}"


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).digest()
