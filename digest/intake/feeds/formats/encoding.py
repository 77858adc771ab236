"""The letters of a document: its bytes as UTF-8, whatever codec they came in, or a refusal.

One bad byte must not garble a feed. A declared codec is read as the superset that the software
behind it writes (the WHATWG's Encoding Standard, section 4.2, names most of them), what is nearly
all UTF-8 is UTF-8, and a byte that fits nowhere becomes U+FFFD. Words that would come out as
mojibake are refused, with a reason, and never stored.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from digest.intake.feeds.formats.entries import NotAFeed

LOST = "\ufffd"
_DECLARED = re.compile(
    rb"""^\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z][\w.:-]{0,40})["']""", re.I
)
_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]{0,300}\?>")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_LANGUAGE = re.compile(
    rb"""<(?:dc:)?language[^>]{0,99}>\s*([a-z]{2})|xml:lang=["']([a-z]{2})""", re.I
)
# By Python's name of the declared codec, those that read what is really written under its name.
_SUPERSETS = {
    "euc_kr": ("cp949", "johab"), "cp949": ("cp949",), "iso2022_kr": ("iso2022_kr", "cp949"),
    "shift_jis": ("cp932", "shift_jis_2004"), "cp932": ("cp932", "shift_jis_2004"),
    "euc_jp": ("euc_jp", "euc_jis_2004"), "iso2022_jp": ("iso2022_jp_2004", "iso2022_jp_ext"),
    "gb2312": ("gb18030",), "gbk": ("gb18030",), "gb18030": ("gb18030",), "hz": ("hz", "gb18030"),
    "big5": ("big5hkscs", "cp950"), "cp950": ("big5hkscs", "cp950"), "big5hkscs": ("big5hkscs",),
    "ascii": ("cp1252",), "iso8859-1": ("cp1252",), "iso8859-9": ("cp1254",),
    "iso8859-11": ("cp874",), "tis-620": ("cp874",), "iso8859-8": ("cp1255",),
    "koi8-r": ("koi8-u",),
}  # fmt: skip
_ALIASES = {
    "windows-949": "cp949", "uhc": "cp949", "x-windows-949": "cp949", "ks_c_5601-1989": "cp949",
    "x-sjis": "cp932", "ms_kanji": "cp932", "windows-31j": "cp932", "x-ms-cp932": "cp932",
    "x-euc-jp": "euc_jp", "cp51932": "euc_jp", "eucjp-ms": "euc_jp", "x-gbk": "gb18030",
    "gb_2312-80": "gb18030", "x-euc-cn": "gb18030", "cn-big5": "big5", "x-x-big5": "big5",
    "cn-gb": "gb18030", "x-cp1252": "cp1252", "x-cp1251": "cp1251", "windows-874": "cp874",
    "iso-8859-8-i": "iso8859-8", "iso-8859-8-e": "iso8859-8", "dos-874": "cp874", "tis620": "cp874",
    "unicode-1-1-utf-8": "utf-8", "utf8mb4": "utf-8", "x-unicode20utf8": "utf-8", "koi": "koi8-r",
}  # fmt: skip
# What stands at 80 to 9F under the name of a codec that has control characters there.
_WINDOWS = {
    "iso8859-2": "cp1250", "iso8859-3": "cp1254", "iso8859-4": "cp1257", "iso8859-5": "cp1251",
    "iso8859-6": "cp1256", "iso8859-7": "cp1253", "iso8859-10": "cp1257", "iso8859-13": "cp1257",
    "iso8859-15": "cp1252", "iso8859-16": "cp1250",
}  # fmt: skip
_BY_LANGUAGE = {
    "ko": ("cp949",), "ja": ("cp932", "euc_jp"), "zh": ("gb18030", "big5hkscs"),
    "ru": ("cp1251", "koi8-u"), "uk": ("cp1251", "koi8-u"), "bg": ("cp1251",), "el": ("cp1253",),
    "tr": ("cp1254",), "he": ("cp1255",), "ar": ("cp1256",), "fa": ("cp1256",), "th": ("cp874",),
    "pl": ("cp1250", "iso8859-2"), "cs": ("cp1250", "iso8859-2"), "hu": ("cp1250", "iso8859-2"),
    "ro": ("cp1250", "iso8859-2"), "vi": ("cp1258",),
}  # fmt: skip
# By codec, its script and the letters that make up a known share of any text in it: of a text read
# with the wrong codec they make up next to nothing.
_JAPANESE = "のにをはがとしでたるいてなっさかもられスンルトリ日国"
_CHINESE = (
    "的一是在不了有和人大上我以要他用生到作地出就分成可主年工也能下而方后多定行部新日北美京市"
)
_TELLING = {
    "cp949": (
        "[\uac00-\ud7a3]",
        "이다는의에을가한고를은기지로도사인대해리시서어아자하정전부국일수원제상장북김위주라",
        0.2,
    ),
    "cp932": ("[\u3041-\u30fe\u4e00-\u9fff]", _JAPANESE, 0.15),
    "euc_jp": ("[\u3041-\u30fe\u4e00-\u9fff]", _JAPANESE, 0.15),
    "gb18030": ("[\u4e00-\u9fff]", _CHINESE + "这中为个国时来们于对会发动说产种面学经将总", 0.12),
    "big5hkscs": ("[\u4e00-\u9fff]", _CHINESE + "這中為個國時來們於對會發動說產種面學經將總", 0.12),
    "cp1251": ("[а-яёіїєґ]", "оеаинтс", 0.35),
    "koi8-u": ("[а-яёіїєґ]", "оеаинтс", 0.35),
    "cp1253": ("[\u0370-\u03ff]", "αοιετσνόίά", 0.45),
    "cp1255": ("[\u05d0-\u05ea]", "יוהלאתרבמש", 0.5),
    "cp1256": ("[\u0621-\u064a]", "اليمونرتبةع", 0.5),
    "cp874": ("[\u0e01-\u0e4e]", "านรอกเงมยลวดทสตะปบคห", 0.6),
}  # fmt: skip
_ASCII = re.compile("[\x00-\x7f]+")
_CONTROLS = re.compile("[\x80-\x9f]")
# Three accented letters in a row: no western language has many, a codec misread has little else.
_CROWDED = re.compile("[\x80-\xff\u0152-\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{3,}")
_BEYOND_WESTERN = ("cp1252", "latin_1", "iso8859-15", "cp1254", "cp1250", "iso8859-2")
# Where most of it decodes, what does not is replaced.
_MOST_LOST = 0.25


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
        if not declared.startswith(("iso2022", "hz", "utf-7")) and b"\x00" not in body[:4]:
            return Decoded(body)
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


def _by_declaration(body: bytes, declared: list[str]) -> Decoded | NotAFeed:
    text = body.decode("utf-8", "replace")
    bad = text.count(LOST)
    good = _beyond_ascii(text) - bad
    says_utf8 = not declared or declared[0] == "utf-8"
    if good and (good >= bad if says_utf8 else good > 2 * bad):
        return _done(text)
    named = [name for each in declared for name in _SUPERSETS.get(each, (each,)) if name != "utf-8"]
    # A server's default charset is no knowledge: letters of two bytes that fit are.
    named.sort(key=lambda name: name in _BEYOND_WESTERN)
    for name in named:
        found = _strictly(body, name)
        if found is not None and not _is_crowded(found, name):
            return _done(found)
    for name in [*named, *_guesses(body)]:
        found = _loosely(body, name)
        if found is not None and not _is_crowded(found, name):
            return _done(found)
    said = f"says that it is {declared[0]}" if declared else "does not say in which codec it is"
    return NotAFeed(
        f"Its letters cannot be read: the document {said}, and its bytes are not that. Ask its "
        "publisher for UTF-8."
    )  # fmt: skip


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
            known = codecs.lookup(_ALIASES.get(name.lower(), name.lower()))
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
    sibling = _WINDOWS.get(name)
    if sibling is None or not _CONTROLS.search(text):
        return text
    return _CONTROLS.sub(lambda at: bytes([ord(at[0])]).decode(sibling, "replace"), text)


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
        yield from _BY_LANGUAGE.get((told[1] or told[2]).decode("ascii").lower(), ())
    for name, (script, frequent, share) in _TELLING.items():
        found = _strictly(body, name)
        letters = _ASCII.sub("", found)[:20_000] if found else ""
        letters = "".join(filter(str.isalnum, letters)) if name != "cp874" else letters
        ours = [each for each in letters if re.match(script, each)]
        common = sum(each.casefold() in frequent for each in ours)
        if len(ours) > 5 and len(ours) >= 0.7 * len(letters) and common >= share * len(ours):
            yield name
    yield "cp1252"


def _mended(body: bytes, text: str) -> Decoded:
    """UTF-8, or UTF-8 that its publisher took for Windows-1252 and encoded once more."""
    # Of two bytes taken for letters the first is one of few.
    if any(first in text for first in "ÃÂâÐÑìíêëãåæçè"):
        again = _once_more(text)
        if again is not None:
            return _done(again, "Its letters were encoded twice and have been mended.")
    return Decoded(body)


def _once_more(text: str) -> str | None:
    """What was meant, if every letter beyond ASCII is part of a second encoding."""
    try:
        again = text.encode("cp1252", "digest.controls").decode("utf-8")
    except UnicodeError:
        return None
    return again if len(text) - len(again) >= 3 else None


def _controls(error: UnicodeError) -> tuple[bytes, int]:
    """The control characters that stand for the five bytes Windows-1252 leaves undefined."""
    assert isinstance(error, UnicodeEncodeError)
    wrong = error.object[error.start : error.end]
    if not all("\x80" <= char <= "\x9f" for char in wrong):
        raise error
    return wrong.encode("latin-1"), error.end


codecs.register_error("digest.controls", _controls)


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
