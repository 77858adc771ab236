"""Bytes of a feed in, byte ranges of its items out, or the reason for leaving it whole.

expat judges the form, at the speed of C and without a callback per element; where it finds no
fault, ``<item`` outside comments, CDATA and instructions begins an item and nothing else does.
Whatever could let one item change what feedparser makes of another is a doubt, and a doubt
leaves the document whole: cutting is an economy, never a second opinion.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from xml.parsers import expat

DIGEST_SIZE = 16
_ROOT = re.compile(rb"<(?:[^\s<>/:]*:)?((?i:rss|rdf|feed))(?=[\s/>])")
# Item names and what can hold an identifier, by the name of the root.
_ITEM = {b"rss": b"item", b"rdf": b"item", b"feed": b"entry"}
_IDS = {b"rss": (b"<guid", b"<id>"), b"rdf": (b"rdf:about=", b"<guid"), b"feed": (b"<id",)}
_AFTER_NAME = b" \t\r\n/>"
_TOKEN = re.compile(
    rb"<(?:(?P<aside>!--|!\[CDATA\[|\?)"
    rb"|(?P<end>/?)(?P<prefix>[^\s<>/:]*:)?(?P<name>(?i:item|entry|channel|feed|rss|rdf))(?=[\s/>]))"
)
_ASIDE_ENDS = {b"!--": b"-->", b"![CDATA[": b"]]>", b"?": b"?>"}
_TAG_REST = re.compile(rb"""(?:[^>"']|"[^"]*"|'[^']*')*>""")
_FRAME = re.compile(rb"<(?:[^\s<>/:!?]*:)?(?i:channel|feed|rss|rdf)(?=[\s/>])")
_PROLOG = re.compile(rb"\s*<(!--|\?)")
_SCOPE = re.compile(rb"""(?:base|lang)\s*=\s*("[^"]*"|'[^']*')""")
_NAMESPACE = re.compile(rb"""\bxmlns:([^\s=]{1,100})\s*=\s*["']([^"']*)["']""")
_ID = re.compile(
    rb"<(?:guid|id)(?:\s[^<>]*)?>\s*((?:<!\[CDATA\[)?[^<]{1,2000})"
    rb"|rdf:about\s*=\s*(\"[^\"]*\"|'[^']*')"
)
_LINK = re.compile(
    rb"<link(?:\s[^<>]*)?(?<!/)>\s*(?:<!\[CDATA\[\s*)?([^<\]#\s]{1,2000})"
    rb"|<link\b(?![^<>]*\brel\s*=\s*[\"'](?!alternate))[^<>]*\bhref\s*=\s*[\"']([^<>\"'#]{1,2000})"
)
# Parameters by which an address is one and another only for those who count clicks.
_COUNTED = re.compile(rb"(?<=[?&;])(?:utm|at|mtm)_\w+=[^&]*(?:&(?:amp;)?)?")
_RSS = re.compile(rb"<(?:[^\s<>/:]*:)?(?i:rss)[\s/>]")
# An element inside another that holds text, unless it is HTML's: feedparser loses count there.
_NESTED = re.compile(
    rb"<((?i:title|description|link|guid|pubdate|summary|id|updated|published|category|comments))"
    rb"(?:\s[^<>]*)?(?<!/)>[^<]*<(?!/)(?!(?i:a|abbr|b|big|blockquote|br|center|cite|code|del|div|dl|"
    rb"em|figure|font|h[1-6]|hr|i|iframe|img|ins|li|ol|p|pre|q|s|small|span|strike|strong|sub|sup|"
    rb"table|tt|u|ul|video)[\s/>])"
)
_FOREIGN = re.compile(rb"<(?i:textinput|channel|feed|rss|rdf)[\s/>]")
_ASIDE = re.compile(rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>", re.DOTALL)
# What a publisher's clock alone changes in the head.
_CLOCK = re.compile(
    rb"<(lastBuildDate|pubDate|updated|modified|dc:date)\b[^<>]*>[^<>]{0,100}</\1\s*>"
)


@dataclass(frozen=True, slots=True)
class Pieces:
    """A document whose items can be cut out: what is left is as well formed as it was.

    ``items``: start and end of each, in order, disjoint. ``digests``: 16 bytes for each, over its
    own bytes and what around it decides their meaning. ``frame``: the same for all the rest but
    the moments in it.
    """

    items: tuple[tuple[int, int], ...]
    digests: tuple[bytes, ...]
    frame: bytes


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a document is not to be cut."""

    reason: str


class _Doubtful(Exception):
    """Raised inside this file where a document turns out not to be cut."""


def split(document: bytes, context: bytes = b"") -> Pieces | Doubt:
    """The items of ``document``: RSS 0.9x, 1.0, 2.0 or Atom, UTF-8 and declared so.

    ``context`` enters every digest: what outside the document decides what an item means. Time
    and memory grow with the size of the document alone. Never raises.
    """
    try:
        return _pieces(document, context)
    except _Doubtful as doubt:
        return Doubt(str(doubt))


def without(document: bytes, cuts: list[tuple[int, int]]) -> bytes:
    """``document`` without the ranges ``cuts``, which are in order and disjoint."""
    kept, at = [], 0
    for start, end in cuts:
        kept.append(document[at:start])
        at = end
    kept.append(document[at:])
    return b"".join(kept)


def is_tangled(item: bytes) -> bool:
    """Whether an element that is not HTML's stands inside another that holds text.

    Such an item costs those after it their words, so its document is read whole. It is enough to
    ask of items not seen: a document that is read whole leaves no digests behind.
    """
    bare = _ASIDE.sub(b"", item) if b"<!" in item or b"<?" in item else item
    return bool(_NESTED.search(bare) or _FOREIGN.search(bare))


def _pieces(document: bytes, context: bytes) -> Pieces:
    _judge(document)
    root, at = _root(document)
    scopes, items = _stride(document, root, at) or _walk(document, at)
    if not items:
        return Pieces((), (), _frame(document))
    first, last = items[0][0], items[-1][1]
    region = document[first:last]
    rest = without(document, items)
    _check_namespaces(region, rest)
    _check_scopes(document, region)
    _check_version(root, region)
    wholes = [document[start:end] for start, end in items]
    _check_ids(root, region, wholes)
    _check_links(wholes)
    base = blake2b(digest_size=DIGEST_SIZE)
    for part in (context, *scopes, *(found.group() for found in _SCOPE.finditer(rest))):
        base.update(len(part).to_bytes(4, "big") + part)
    digests = []
    for start, end in items:
        digest = base.copy()
        digest.update(document[start:end])
        digests.append(digest.digest())
    return Pieces(tuple(items), tuple(digests), _frame(rest))


def _judge(document: bytes) -> None:
    """What SAX would refuse, feedparser reads by guessing, and guesses run across items."""
    parser = expat.ParserCreate("utf-8", " ")
    parser.StartDoctypeDeclHandler = _no_document_type
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise _Doubtful(f"it is not well formed: {error}") from None


def _no_document_type(*declared: object) -> None:
    raise _Doubtful("it declares a document type")


@dataclass(frozen=True, slots=True)
class _Tag:
    """A tag that can frame or be an item; ``start`` and ``end`` are those of the tag itself."""

    name: bytes
    prefixed: bool
    is_end: bool
    start: int
    end: int


def _stride(
    document: bytes, root: bytes, at: int
) -> tuple[list[bytes], list[tuple[int, int]]] | None:
    """What :func:`_walk` finds, for documents that leave no question, at a fraction of the cost.

    A place lies inside a comment, a section or an instruction only if one began before it and
    none ended since, so a look at what stands between two tags is enough.
    """
    begin, end = b"<" + _ITEM[root], b"</" + _ITEM[root]
    # Most documents hold one kind of aside, or none.
    asides = [
        (b"<" + begin, close)
        for begin, close in _ASIDE_ENDS.items()
        if document.find(b"<" + begin, at) >= 0
    ]
    items = []
    while (start := _find_tag(document, begin, at)) >= 0:
        stop = _find_tag(document, end, start)
        again = _find_tag(document, begin, start + 1, stop)
        if stop < 0 or again >= 0:
            return None
        if any(
            _open(document, aside, at, start) or _open(document, aside, start, stop)
            for aside in asides
        ):
            return None
        at = document.index(b">", stop) + 1
        items.append((start, at))
    if not items or _find_tag(document, end, at) >= 0:
        return None
    first = document[: items[0][0]]
    scopes = [found.group() + _rest_of_tag(first, found.end()) for found in _FRAME.finditer(first)]
    return scopes, items


def _find_tag(document: bytes, opening: bytes, start: int, end: int | None = None) -> int:
    """Where ``opening`` stands as a whole name."""
    at = document.find(opening, start, end)
    while at >= 0 and document[at + len(opening)] not in _AFTER_NAME:
        at = document.find(opening, at + 1, end)
    return at


def _open(document: bytes, aside: tuple[bytes, bytes], start: int, end: int) -> bool:
    """Whether ``end`` may lie inside an ``aside`` that began after ``start``."""
    begin, close = aside
    return document.find(begin, max(start, document.rfind(close, start, end)), end) >= 0


def _walk(document: bytes, root: int) -> tuple[list[bytes], list[tuple[int, int]]]:
    """The tags that frame the items, and the items' ranges."""
    scopes: list[bytes] = []
    items: list[tuple[int, int]] = []
    opened: _Tag | None = None
    for tag in _tags(document, root):
        is_item = tag.name in {b"item", b"entry"}
        if not is_item:
            if opened:
                raise _Doubtful("a feed stands inside an item")
            if not tag.is_end:
                scopes.append(document[tag.start : tag.end])
        elif tag.prefixed:
            raise _Doubtful("its items carry a prefix")
        elif opened:
            if not tag.is_end:
                raise _Doubtful("an item stands inside another")
            items.append((opened.start, tag.end))
            opened = None
        elif document[tag.end - 2 : tag.end] == b"/>":
            items.append((tag.start, tag.end))
        else:
            opened = tag
    return scopes, items


def _tags(document: bytes, at: int) -> Iterator[_Tag]:
    """The framing tags of a well-formed document, none from comments, CDATA or instructions."""
    while found := _TOKEN.search(document, at):
        aside = found["aside"]
        if aside is not None:
            at = document.index(_ASIDE_ENDS[aside.upper()], found.end())
            continue
        at = found.end() + len(_rest_of_tag(document, found.end()))
        name, is_end = found["name"].lower(), bool(found["end"])
        yield _Tag(name, found["prefix"] is not None, is_end, found.start(), at)


def _rest_of_tag(document: bytes, at: int) -> bytes:
    rest = _TAG_REST.match(document, at)
    if rest is None:
        raise _Doubtful("a tag does not end")
    return rest.group()


def first_element(document: bytes) -> int:
    """Where the first element begins, which comments before it may spell in advance.

    The document's length where none does.
    """
    at = 3 if document.startswith(b"\xef\xbb\xbf") else 0
    while found := _PROLOG.match(document, at):
        end = _ASIDE_ENDS[found[1]]
        stop = document.find(end, found.end())
        if stop < 0:
            return len(document)
        at = stop + len(end)
    start = document.find(b"<", at)
    return start if start >= 0 else len(document)


def _root(document: bytes) -> tuple[bytes, int]:
    """The first element's name and place."""
    found = _ROOT.match(document, first_element(document))
    if found is None:
        raise _Doubtful("its first element is that of no feed")
    return found[1].lower(), found.start()


def _check_namespaces(region: bytes, rest: bytes) -> None:
    """feedparser keeps a prefix bound after the item that bound it has ended."""
    if b"xmlns:" not in region:
        return
    inside = set(_NAMESPACE.findall(region))
    pairs = inside | set(_NAMESPACE.findall(rest))
    prefixes = {prefix.lower() for prefix, _ in pairs}
    addresses = {address for _, address in pairs}
    if not len(pairs) == len(prefixes) == len(addresses) and not inside <= (
        set(_NAMESPACE.findall(rest))
    ):
        raise _Doubtful("its items bind prefixes differently")


def _check_scopes(document: bytes, region: bytes) -> None:
    """feedparser loses count of bases and languages at a ``div`` in text declared escaped."""
    if b"div" not in region or not (b"xml:base" in region or b"xml:lang" in region):
        return
    if len(set(_SCOPE.findall(region))) < 2:
        return
    inside = [False]

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2].lower()
        if local == "div" and not inside[-1]:
            raise _Doubtful("its items change base or language around blocks of text")
        kind = attributes.get("type", "").lower()
        inside.append(inside[-1] or kind.endswith(("xhtml", "xml")) or local == "body")

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: inside.pop()
    parser.Parse(document, True)


def _check_version(root: bytes, region: bytes) -> None:
    """An RSS element inside an Atom entry makes feedparser read what follows as RSS."""
    if root == b"feed" and _RSS.search(region):
        raise _Doubtful("a feed stands inside an item")


def _check_ids(root: bytes, region: bytes, items: list[bytes]) -> None:
    """Entries that share an identifier are told apart by their company, so that must be whole."""
    for marker in _IDS[root]:
        values = [each[: each.find(b"<", 2)] for each in region.split(marker)[1:]]
        if len(set(values)) < len(values):
            break
    else:
        return
    seen: dict[bytes, bytes] = {}
    for item in items:
        found = _ID.search(_sourceless(item))
        if found and seen.setdefault(found.group(found.lastindex or 0), item) != item:
            raise _Doubtful("items share an identifier")


def _check_links(items: list[bytes]) -> None:
    """Entries that share an address are told apart by their company, too."""
    seen: dict[bytes, bytes] = {}
    for item in items:
        if found := _LINK.search(_sourceless(item) if b"<source" in item else item):
            link = found[1] or found[2]
            if b"_" in link:
                link = _COUNTED.sub(b"", link)
            if seen.setdefault(link, item) != item:
                raise _Doubtful("items share an address")


def _sourceless(item: bytes) -> bytes:
    """Without the feed that an aggregated entry names as its source, and that feed's own id."""
    cuts, at = [], 0
    while (start := item.find(b"<source", at)) >= 0:
        at = item.find(b"</source", start)
        if at < 0:
            break
        cuts.append((start, at))
    return without(item, cuts)


def _frame(rest: bytes) -> bytes:
    return blake2b(_CLOCK.sub(b"", rest), digest_size=DIGEST_SIZE).digest()
