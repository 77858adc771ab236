"""OPML lists of feeds, in and out (OPML 2.0, https://opml.org/spec2.opml)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from digest.intake.feeds.formats.encoding import Decoded, decode
from digest.kit.errors import InvalidInput

MAX_FEEDS = 10_000
_LONGEST_FOLDER = 200


class NotOpml(InvalidInput):
    """A file that is no list of feeds; the text says why."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list. ``folder``: the outlines around it, outermost first, with slashes."""

    url: str
    title: str = ""
    site_url: str = ""
    language: str = ""
    folder: str = ""


def read(document: bytes) -> list[Outline]:
    """The feeds of an OPML document, each address once. Raises :class:`NotOpml`.

    Two thirds of the lists that go round on the web are not well-formed, by bare ampersands and
    the like: they are read as browsers read HTML. Entity declarations are refused altogether:
    OPML needs none, and they are how a small file becomes a huge one or reads another.
    """
    document = document.lstrip()
    if b"<!ENTITY" in document:
        raise NotOpml("The file declares XML entities, which a list of feeds has no use for.")
    seen = _Outlines()
    try:
        _strictly(document, seen)
    except (expat.ExpatError, ValueError, LookupError):
        seen = _Outlines()
        _loosely(document, seen)
    if seen.root != "opml":
        raise NotOpml("The file is not OPML: it does not begin with <opml>.")
    return list(seen.found.values())


class _Outlines:
    """Collects feeds while a parser walks the document."""

    def __init__(self) -> None:
        self.root = ""
        self.found: dict[str, Outline] = {}
        # Each as a whole path: of a list that is one folder deep in another, as often as it may be,
        # the names would be put together again for every feed.
        self._folders: list[str] = []

    def start(self, name: str, attributes: Mapping[str, str | None]) -> None:
        self.root = self.root or name.lower()
        if name.lower() != "outline":
            return
        given = {key.lower(): (value or "").strip() for key, value in attributes.items()}
        title = given.get("title") or given.get("text", "")
        url = given.get("xmlurl", "")
        around = self._folders[-1] if self._folders else ""
        if url and len(self.found) < MAX_FEEDS:
            outline = Outline(
                url, title[:300], given.get("htmlurl", ""), given.get("language", "")[:16], around
            )
            self.found.setdefault(url, outline)
        inside = "/".join(filter(None, (around, "" if url else title)))[:_LONGEST_FOLDER]
        self._folders.append(inside)

    def end(self, name: str) -> None:
        if name.lower() == "outline" and self._folders:
            self._folders.pop()


def _strictly(document: bytes, seen: _Outlines) -> None:
    def refuse(*_: object) -> int:
        raise NotOpml("The file declares XML entities, which a list of feeds has no use for.")

    parser = expat.ParserCreate()
    parser.StartElementHandler = seen.start
    parser.EndElementHandler = seen.end
    # Once more: a declaration in UTF-16 does not look like one in bytes.
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.Parse(document, True)


def _loosely(document: bytes, seen: _Outlines) -> None:
    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.start(tag, dict(attrs))

        def handle_endtag(self, tag: str) -> None:
            seen.end(tag)

    # In the letters it says it has: HTMLParser knows of none, and reads UTF-16 as no list at all.
    read = decode(document, {})
    text = read.body if isinstance(read, Decoded) else document
    try:
        Reader().feed(text.decode("utf-8", "replace"))
    except (AssertionError, ValueError):
        # html.parser gives up on some malformed declarations: what was found so far counts.
        pass


def write(outlines: Iterable[Outline], *, title: str) -> str:
    """An OPML 2.0 document; feeds of one folder stand together, folders in alphabetical order."""
    by_folder: dict[str, list[Outline]] = {}
    for outline in outlines:
        by_folder.setdefault(outline.folder, []).append(outline)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<opml version="2.0">',
        f"  <head><title>{escape(_printable(title))}</title></head>",
        "  <body>",
    ]
    for folder in sorted(by_folder):
        names = folder.split("/") if folder else []
        lines += [f"    <outline text={_attribute(name)}>" for name in names]
        lines += [f"      {_element(outline)}" for outline in by_folder[folder]]
        lines += ["    </outline>"] * len(names)
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _element(outline: Outline) -> str:
    title = outline.title or outline.url
    pairs = {
        "type": "rss",
        "text": title,
        "title": title,
        "xmlUrl": outline.url,
        "htmlUrl": outline.site_url,
        "language": outline.language,
    }
    written = (f"{name}={_attribute(value)}" for name, value in pairs.items() if value)
    return f"<outline {' '.join(written)}/>"


def _attribute(value: str) -> str:
    return quoteattr(_printable(value))


def _printable(value: str) -> str:
    """Without the control characters and lone surrogates that XML 1.0 cannot carry."""
    return "".join(
        char if char.isprintable() or char.isspace() else "�" for char in value
    ).translate({0x0B: " ", 0x0C: " ", 0x1C: " ", 0x1D: " ", 0x1E: " ", 0x1F: " "})
