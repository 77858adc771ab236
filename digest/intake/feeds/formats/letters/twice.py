"""Letters that were encoded twice: UTF-8 taken for Windows-1252 and encoded once more.

Where a whole document was, all of it is turned back. Where one author's text was, between others
that are right, what no language writes is: "â€™" is an apostrophe, "Ã©" is an é.
"""

import codecs
import re

# Of the bytes of a letter in UTF-8, as Windows-1252 shows them: those that follow the first. What
# quotes and closes a sentence may follow a real letter, and tells nothing after one of two bytes.
_AFTER = (
    "\x80-\xbf\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d"
    "\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178"
)
_SYMBOL = "\xa1-\xaa\xac-\xba\xbc-\xbf\u20ac\u0192\u2020\u2021\u02c6\u2030\u02dc\u2122"
_LETTER = "\u0152\u0153\u0160\u0161\u0178\u017d\u017e"
_LONG = f"[\xe0-\xef][{_AFTER}]{{2}}|[\xf0-\xf4][{_AFTER}]{{3}}"
_TWICE = re.compile(
    # Two letters of three bytes with what is between them; a dash, a quotation mark; a trade mark.
    f"(?:{_LONG})(?:{_LONG}|[\xc2-\xdf][{_AFTER}]|[ -~](?={_LONG}))*(?:{_LONG})"
    f"|\xe2\u20ac[{_AFTER}]|\xe2\u201e\xa2"
    # Several of two bytes, one that no language writes, or a capital after a small letter.
    f"|(?:[\xc3-\xdf][{_AFTER}]){{3,}}|(?:[\xd0\xd1][{_SYMBOL}]){{2,}}"
    f"|\xc3[{_SYMBOL}{_LETTER}]|(?<=[a-z])[\xc3-\xc5][{_AFTER}]|\xc2[\xa0\xa1\xa3\xa7\xa9\xae\xb0\xbf]"
)
# Without one of these nothing was encoded twice; most documents have none, or few.
_FIRST = re.compile("[\xc2-\xf4]")


def mended(text: str) -> str:
    """``text`` with what was encoded twice as it was meant; itself where nothing was."""
    if not _FIRST.search(text):
        return text
    return _whole(text) or _TWICE.sub(_turned, text)


def _whole(text: str) -> str:
    """What was meant, if every letter beyond ASCII is part of a second encoding."""
    try:
        again = text.encode("cp1252", "digest.controls").decode("utf-8")
    except UnicodeError:
        return ""
    return again if len(text) - len(again) >= 3 else ""


def _turned(found: "re.Match[str]") -> str:
    try:
        return found[0].encode("cp1252", "digest.controls").decode("utf-8")
    except UnicodeError:
        return found[0]


def _controls(error: UnicodeError) -> tuple[bytes, int]:
    """The control characters that stand for the five bytes Windows-1252 leaves undefined."""
    assert isinstance(error, UnicodeEncodeError)
    wrong = error.object[error.start : error.end]
    if not all("\x80" <= char <= "\x9f" for char in wrong):
        raise error
    return wrong.encode("latin-1"), error.end


codecs.register_error("digest.controls", _controls)
