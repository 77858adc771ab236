"""OPML lists of feeds, in and out (OPML 2.0, https://opml.org/spec2.opml)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

MAX_FEEDS = 10_000
_BARE_AMPERSAND = re.compile(rb"&(?!(?:#\d+|#x[0-9a-fA-F]+|[A-Za-z]\w*);)")


class NotOpml(ValueError):
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

    Two thirds of the lists that go round on the web carry bare ampersands in their addresses:
    they are read all the same. Entity declarations are refused altogether: OPML needs none, and
    they are how a small file becomes a huge one or reads another.
    """
    try:
        return _read(document.lstrip())
    except expat.ExpatError:
        pass
    try:
        return _read(_BARE_AMPERSAND.sub(b"&amp;", document.lstrip()))
    except expat.ExpatError as error:
        raise NotOpml(f"The file is not well-formed XML: {error}.") from None


def _read(document: bytes) -> list[Outline]:
    found: dict[str, Outline] = {}
    folders: list[str] = []
    root: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if not root:
            root.append(name.lower())
        if name.lower() != "outline":
            return
        given = {key.lower(): value.strip() for key, value in attributes.items()}
        title = given.get("title") or given.get("text", "")
        url = given.get("xmlurl", "")
        folders.append("" if url else title)
        if url and len(found) < MAX_FEEDS:
            folder = "/".join(filter(None, folders))[:200]
            outline = Outline(
                url, title[:300], given.get("htmlurl", ""), given.get("language", "")[:16], folder
            )
            found.setdefault(url, outline)

    def end(name: str) -> None:
        if name.lower() == "outline" and folders:
            folders.pop()

    def refuse(*_: object) -> int:
        raise NotOpml("The file declares XML entities, which a list of feeds has no use for.")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    try:
        parser.Parse(document, True)
    except NotOpml:
        raise
    except (ValueError, LookupError) as error:
        raise NotOpml(f"The file's encoding cannot be read: {error}.") from None
    if root != ["opml"]:
        raise NotOpml("The file is XML, but not OPML: its root element is not <opml>.")
    return list(found.values())


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
