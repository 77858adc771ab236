"""The letters of a document: its bytes as UTF-8, whatever codec they came in, or a refusal.

One bad byte must not garble a feed. A declared codec is read as the superset that the software
behind it writes (the WHATWG's Encoding Standard, section 4.2, names most of them), what is nearly
all UTF-8 is UTF-8, and a byte that fits nowhere becomes U+FFFD. Words that would come out as
mojibake are refused, with a reason, and never stored.
"""

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from digest.intake.feeds.formats.entries import NotAFeed
from digest.intake.feeds.formats.letters.labels import ALIASES, SUPERSETS, WINDOWS
from digest.intake.feeds.formats.letters.telling import BY_LANGUAGE, TELLING, tells
from digest.intake.feeds.formats.letters.twice import mended

LOST = "\ufffd"
_DECLARED = re.compile(
    rb"""^\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z][\w.:-]{0,40})["']""", re.I
)
_SAYS_WIDE = re.compile(
    rb"""\s*<\?xml\b[^>]{0,200}?encoding\s*=\s*["'](?:utf-?(?:16|32)|ucs|iso-10646)""", re.I
)
_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]{0,300}\?>")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_LANGUAGE = re.compile(
    rb"""<(?:dc:)?language[^>]{0,99}>\s*([a-z]{2})|xml:lang=["']([a-z]{2})""", re.I
)
_CONTROLS = re.compile("[\x80-\x9f]")
# A capital alpha with its accent, which Windows has where the standard has an apostrophe.
_GREEK_ALPHA = re.compile(r"(?<!\w)’(?=[α-ωά-ώ])")
# Three accented letters in a row: no western language has many, a codec misread has little else.
_CROWDED = re.compile("[\x80-\xff\u0152-\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{3,}")
_BEYOND_WESTERN = ("cp1252", "latin_1", "iso8859-15", "cp1254", "cp1250", "iso8859-2")
# Where most of it decodes, what does not is replaced.
_MOST_LOST = 0.25
# Of fewer letters a name or two may have unusual ones: the declaration holds.
_MANY = 15
_SAMPLE = 300_000


@dataclass(frozen=True, slots=True)
class Decoded:
    """A document in UTF-8 that declares nothing else, and what was lost on the way, if anything."""

    body: bytes
    note: str = ""


def decode(body: bytes, headers: Mapping[str, str]) -> Decoded | NotAFeed:
    """``body`` in UTF-8. ``headers`` have lower-case names. Never raises.

    In this order: what is valid UTF-8; UTF-16 and UTF-32 by their marks; what is nearly all
    UTF-8; the declared codec's supersets, the header's (RFC 7303, 3.2) before the document's
    own; the codec that the document's language or its letters speak for.
    """
    if body.isascii():
        # Seven-bit codecs hide other letters behind escapes.
        declared = next(_declared(body, headers), "")
        if declared == "utf-7":
            return _not_hidden(body)
        if not declared.startswith(("iso2022", "hz")) and b"\x00" not in body[:4]:
            return _done(body.decode("ascii")) if _SAYS_WIDE.match(body[:400]) else Decoded(body)
    wide = _wide(body)
    if wide:
        return _done(body.decode(wide, "replace").lstrip("\ufeff"))
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        if not body.isascii():
            return _mended(body, text)
    return _by_declaration(body, list(dict.fromkeys(_declared(body, headers))))


def _not_hidden(body: bytes) -> Decoded | NotAFeed:
    """ASCII that is declared UTF-7: as it stands, unless something hides in it."""
    text = body.decode("ascii")
    try:
        hides = body.decode("utf-7") != text
    except UnicodeError:
        hides = False
    if not hides:
        return _done(text)
    return NotAFeed(
        "It is written in UTF-7, which nobody reads any more, since markup can hide in it. Ask its "
        "publisher for UTF-8."
    )  # fmt: skip


def _by_declaration(body: bytes, declared: list[str]) -> Decoded | NotAFeed:
    text = body.decode("utf-8", "replace")
    bad = text.count(LOST)
    good = _beyond_ascii(text) - bad
    says_utf8 = not declared or declared[0] == "utf-8"
    if good and (good >= bad if says_utf8 else good > 2 * bad):
        return _done(text)
    known = (name for each in declared for name in SUPERSETS.get(each, (each,)))
    named = [name for name in known if name not in {"utf-8", "utf-7"}]
    # A server's default charset is no knowledge: letters of two bytes that fit are.
    named.sort(key=lambda name: name in _BEYOND_WESTERN)
    for name in named:
        found = _strictly(body, name)
        if found is not None and not _is_crowded(found, name):
            return _done(_best(found, name, body))
    for name in [*named, *_guesses(body)]:
        found = _mixed(body, name) if good and name in _BEYOND_WESTERN else _loosely(body, name)
        if found is not None and not _is_crowded(found, name):
            return _done(_best(found, name, body))
    said = f"says that it is {declared[0]}" if declared else "does not say in which codec it is"
    return NotAFeed(
        f"Its letters cannot be read: the document {said}, and its bytes are not that. Ask its "
        "publisher for UTF-8."
    )  # fmt: skip


def _best(found: str, name: str, body: bytes) -> str:
    """``found`` with this codec, or with the one its letters speak for where they deny this one."""
    if tells(found, name, least=_MANY) is not False:
        return found
    return (
        next((_strictly(body, each) for each in _told_by_letters(body, _strictly)), None) or found
    )


def _wide(body: bytes) -> str:
    """UTF-16 or UTF-32, by mark or by the zeros around the first two characters."""
    for mark, name in (
        (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):  # fmt: skip
        if body.startswith(mark):
            return name
    zeros = "".join("0" if byte == 0 else "x" for byte in body[:4])
    return {
        "x0x0": "utf-16-le", "0x0x": "utf-16-be", "x000": "utf-32-le", "000x": "utf-32-be",
    }.get(zeros, "")  # fmt: skip


def _declared(body: bytes, headers: Mapping[str, str]) -> Iterator[str]:
    """The codecs that header and document name, by Python's names, as far as it knows them."""
    header = _CHARSET.search(headers.get("content-type", "")[:300])
    document = _DECLARED.match(body.removeprefix(codecs.BOM_UTF8)[:400])
    for name in (header and header[1], document and document[1].decode("ascii")):
        if not name:
            continue
        try:
            known = codecs.lookup(ALIASES.get(name.lower(), name.lower()))
        except (LookupError, ValueError):
            continue
        if known._is_text_encoding and not known.name.startswith(("utf-16", "utf-32", "idna")):
            yield known.name.replace("utf-8-sig", "utf-8")


def _strictly(body: bytes, name: str) -> str | None:
    try:
        return _windows(body.decode(name), name)
    except (UnicodeError, ValueError):
        return None


def _loosely(body: bytes, name: str) -> str | None:
    """With what does not fit replaced; None when that is much of what is beyond ASCII."""
    try:
        text = body.decode(name, "replace")
    except (UnicodeError, ValueError):
        return None
    lost, beyond = text.count(LOST), _beyond_ascii(text)
    return _windows(text, name) if lost <= max(1, beyond * _MOST_LOST) else None


def _windows(text: str, name: str) -> str:
    """With what Windows has at the places of control characters, which nobody writes.

    Where those are letters that the declared codec has elsewhere, it is Windows' codec that was
    written throughout, and other letters have other places in it, too.
    """
    sibling = WINDOWS.get(name)
    if sibling is None or not _CONTROLS.search(text):
        return text
    meant = {
        each: bytes([ord(each)]).decode(sibling, "replace") for each in _CONTROLS.findall(text)
    }
    if any(each.isalpha() and _has(name, each) for each in meant.values()) or (
        name == "iso8859-7" and _GREEK_ALPHA.search(text)
    ):
        try:
            return text.encode(name).decode(sibling)
        except UnicodeError:
            pass
    return _CONTROLS.sub(lambda at: meant[at[0]], text)


def _has(codec: str, letter: str) -> bool:
    try:
        letter.encode(codec)
    except UnicodeError:
        return False
    return True


def _is_crowded(text: str, name: str) -> bool:
    """Whether a western reading yields what no western language writes."""
    if name not in _BEYOND_WESTERN:
        return False
    beyond = _beyond_ascii(text)
    return beyond > 5 and sum(len(run[0]) for run in _CROWDED.finditer(text)) * 2 > beyond


def _guesses(body: bytes) -> Iterator[str]:
    """Codecs nobody named: by the feed's language, then by what the letters come out as."""
    told = _LANGUAGE.search(body[:20_000])
    if told:
        yield from BY_LANGUAGE.get((told[1] or told[2]).decode("ascii").lower(), ())
    yield from _told_by_letters(body, _strictly)
    yield from _told_by_letters(body, _loosely)
    yield "cp1252"


def _told_by_letters(
    body: bytes, decoded: Callable[[bytes, str], str | None]
) -> Iterator[str]:  # fmt: skip
    # The head is enough, up to the end of a tag: of no letter a byte is cut off.
    head = body if len(body) <= _SAMPLE else body[: body.rfind(b">", 0, _SAMPLE) + 1 or _SAMPLE]
    for name in TELLING:
        found = decoded(head, name)
        if found is not None and tells(found, name):
            yield name


def _mixed(body: bytes, name: str) -> str:
    """What is UTF-8 as that, and the bytes between by a western codec: two authors' work."""

    def by_other(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)
        return error.object[error.start : error.end].decode(name, "replace"), error.end

    codecs.register_error("digest.mixed", by_other)
    return body.decode("utf-8", "digest.mixed")


def _mended(body: bytes, text: str) -> Decoded:
    """UTF-8, or UTF-8 that its publisher took for Windows-1252 and encoded once more."""
    again = mended(text)
    if again == text:
        return Decoded(body)
    return _done(again, "Its letters were encoded twice and have been mended.")


def _beyond_ascii(text: str) -> int:
    """How many characters are not ASCII, without a list of them."""
    return len(text) - len(text.encode("ascii", "ignore"))


def _done(text: str, note: str = "") -> Decoded:
    lost = text.count(LOST)
    if lost and not note:
        count = f"{lost} characters" if lost > 1 else "One character"
        note = f"{count} could not be read and {'are' if lost > 1 else 'is'} shown as {LOST}."
    text = _DECLARATION.sub('<?xml version="1.0" encoding="utf-8"?>', text, count=1)
    return Decoded(text.encode("utf-8", "replace"), note)
