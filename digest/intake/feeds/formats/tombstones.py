"""Entries that their publisher deleted: RFC 6721's ``at:deleted-entry``, which feedparser omits."""

from xml.parsers import expat

from digest.intake.feeds.formats import dates
from digest.intake.feeds.formats.entries import MAX_ENTRIES, Deleted
from digest.intake.feeds.formats.fields import MAX_URL, text

_NAME = "http://purl.org/atompub/tombstones/1.0 deleted-entry"


class _Enough(Exception):
    """Raised inside this file to leave the parser."""


def deleted(document: bytes) -> tuple[Deleted, ...]:
    """The tombstones of a document, without those of entries that it still shows. Never raises.

    None of a document that is not well formed or declares a document type: what is deleted is
    never guessed at.
    """
    if b"deleted-entry" not in document:
        return ()
    found: dict[str, Deleted] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        ref = text(attributes.get("ref"), MAX_URL) if name == _NAME else ""
        if ref:
            found.setdefault(ref, Deleted(ref, dates.read(attributes.get("when"))))
        if len(found) >= MAX_ENTRIES:
            raise _Enough

    def refuse(*declared: object) -> None:
        found.clear()
        raise _Enough

    parser = expat.ParserCreate(None, " ")
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(document, True)
    except _Enough:
        pass
    except (expat.ExpatError, ValueError):
        return ()
    return tuple(each for ref, each in found.items() if not _shown(document, ref))


def _shown(document: bytes, ref: str) -> bool:
    return b">" + ref.encode("utf-8", "replace") + b"<" in document
