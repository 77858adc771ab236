"""The entry point of reading: only what is new in a document is parsed.

The items whose digest was seen are cut out of the bytes, and feedparser reads the rest, so that
what it makes of an item is what it would have made of it in the whole document. On any doubt
(see :mod:`digest.intake.feeds.formats.split`) it reads the whole document.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from urllib.parse import urlsplit

from feedparser.encodings import convert_to_utf8
from feedparser.sanitizer import replace_doctype

from digest.intake.feeds.formats import dates, tombstones
from digest.intake.feeds.formats import parse as parsing
from digest.intake.feeds.formats.entries import (
    About,
    Entry,
    NewEntries,
    NotAFeed,
    Parsed,
    newest,
    told_of_rest,
)
from digest.intake.feeds.formats.split import DIGEST_SIZE, Doubt, is_tangled, split, without
from digest.intake.feeds.formats.whole import format_of

__all__ = ["NewEntries", "read"]

_MOST_TRIES = 60
_DATED = re.compile(
    rb"<(?:pubDate|published|dc:date|updated|modified|issued)\b[^<>]*>\s*(?:<!\[CDATA\[)?([^<\]]{4,99})",
    re.IGNORECASE,
)
_UTF8 = {"content-type": "application/xml; charset=utf-8"}


def read(
    body: bytes,
    headers: Mapping[str, str],
    url: str,
    seen: frozenset[bytes] = frozenset(),
    fast: bool = True,
) -> NewEntries | NotAFeed:
    """Read ``body``, fetched from ``url`` with ``headers`` (lower-case names), but for what was
    ``seen``: the ``item_hashes`` of the reading before. Without ``fast`` feedparser reads all that
    is XML, the clean too. Never raises."""
    decoded = parsing.readable(body, headers)
    if isinstance(decoded, NotAFeed):
        return decoded
    found = _read(decoded.body, headers, url, seen, fast)
    if isinstance(found, NotAFeed) or not decoded.note:
        return found
    return replace(found, parsed=parsing.noted(found.parsed, decoded.note))


def _read(
    body: bytes, headers: Mapping[str, str], url: str, seen: frozenset[bytes], fast: bool
) -> NewEntries | NotAFeed:
    if own := format_of(body):
        read_whole = own.parse(body, url)
        return (
            read_whole if isinstance(read_whole, NotAFeed) else _unseen(read_whole, seen, own.name)
        )
    try:
        done = _incremental(body, headers, url, seen, fast)
    except MemoryError:
        raise
    except Exception as error:
        done = Doubt(f"{type(error).__name__} while it was cut")
    if isinstance(done, NewEntries):
        return done
    parsed = parsing.read_whole(body, headers, url, fast=fast)
    return parsed if isinstance(parsed, NotAFeed) else NewEntries(parsed, doubt=done.reason)


def _unseen(whole: Parsed, seen: frozenset[bytes], path: str) -> NewEntries:
    """For formats that are cheap to read: all is read, and what was seen is left out."""
    identities = [entry.id or entry.url for entry in whole.entries]
    if len(set(identities)) < len(identities):
        return NewEntries(whole, path=path, doubt="items share an identifier")
    digests = [_digest(repr(entry)) for entry in whole.entries]
    kept = [
        entry
        for entry, digest in zip(whole.entries, digests, strict=True)
        if digest not in seen
    ]  # fmt: skip
    head = _digest(repr(whole.about))
    if not kept and head in seen:
        path = "nothing-new"
    parsed = replace(whole, entries=tuple(kept))
    return NewEntries(
        parsed, tuple(dict.fromkeys((*digests, head))), path, len(digests) - len(kept)
    )  # fmt: skip


def _digest(words: str) -> bytes:
    return blake2b(words.encode("utf-8", "replace"), digest_size=DIGEST_SIZE).digest()


def _incremental(
    body: bytes, headers: Mapping[str, str], url: str, seen: frozenset[bytes], fast: bool
) -> NewEntries | Doubt:
    told: dict[str, str] = {}
    # The bytes that feedparser's own parser will be given: judged by its rules, not by ours.
    document = convert_to_utf8(parsing.headers_for(body, headers, url), body, told)
    if not told.get("encoding"):
        return Doubt("its encoding is unknown")
    _, judged, _ = replace_doctype(document)
    pieces = split(judged, _context(url))
    if isinstance(pieces, Doubt):
        return pieces
    shift = len(document) - len(judged)
    items = [(start + shift, end + shift) for start, end in pieces.items]
    chosen = newest(len(items), lambda n: _moment(document[slice(*items[n])]))
    kept = [False] * len(items)
    for place in chosen:
        kept[place] = pieces.digests[place] not in seen
    dropped, left_out = len(items) - len(chosen), told_of_rest(len(items))
    skipped = len(chosen) - sum(kept)
    digests = tuple(dict.fromkeys((*(pieces.digests[place] for place in chosen), pieces.frame)))
    if not any(kept) and pieces.frame in seen:
        return NewEntries(
            Parsed(About(), (), dropped, notes=left_out), digests, "nothing-new", skipped
        )  # fmt: skip
    unseen = [item for item, keep in zip(items, kept, strict=True) if keep]
    rest = without(document, [item for item, keep in zip(items, kept, strict=True) if not keep])
    # Of a document without items nothing is cut, and nothing need be told of its encoding.
    parsed = (
        parsing.read_whole(rest, _UTF8, url, fast=fast)
        if items
        else parsing.read_whole(body, headers, url, fast=fast)
    )
    if isinstance(parsed, NotAFeed):
        entries = _salvaged(document, items, unseen, url, [_MOST_TRIES])
        if not entries:
            return Doubt("feedparser fails at it")
        parsed = Parsed(About(), tuple(entries), dropped + len(unseen) - len(entries))
    elif any(is_tangled(document[start:end]) for start, end in unseen):
        return Doubt("an element stands inside another that holds text")
    elif len(parsed.entries) != sum(kept):
        return Doubt("feedparser counts its items otherwise")
    else:
        # An entry that is shown is not deleted, though it was cut.
        parsed = replace(
            parsed, dropped=dropped, deleted=tombstones.deleted(document), notes=left_out
        )
    return NewEntries(parsed, digests, "incremental", skipped)


def _moment(item: bytes) -> datetime | None:
    """When an item says that it was published or changed."""
    found = _DATED.search(item)
    return dates.read(html.unescape(found[1].decode("utf-8", "replace"))) if found else None


def _salvaged(
    document: bytes,
    items: list[tuple[int, int]],
    wanted: list[tuple[int, int]],
    url: str,
    tries: list[int],
) -> list[Entry]:
    """The entries of the ``wanted`` items but those at which feedparser fails, found by halving.

    One item that trips it (a ``textInput`` inside an item does) must not silence its feed.
    """
    if not wanted or tries[0] <= 0:
        return []
    tries[0] -= 1
    chosen = set(wanted)
    rest = without(document, [item for item in items if item not in chosen])
    parsed = parsing.read_whole(rest, _UTF8, url)
    if isinstance(parsed, Parsed) and len(parsed.entries) == len(wanted):
        return list(parsed.entries)
    if len(wanted) == 1:
        return []
    middle = len(wanted) // 2
    return [
        *_salvaged(document, items, wanted[:middle], url, tries),
        *_salvaged(document, items, wanted[middle:], url, tries),
    ]


def _context(url: str) -> bytes:
    """What relative links of an item hang on: the host where the document was found.

    Not its path, so that a push of the feed's topic and a poll of its URL know the same items.
    """
    parts = urlsplit(url)
    return _digest(f"{parts.scheme}://{parts.netloc}")
