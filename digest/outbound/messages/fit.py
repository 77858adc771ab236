"""Making text fit: measured the strict way, cut between words, never inside a link."""

import re
import unicodedata

MARK = "…"
# First strong isolate and its end (UAX #9): what is between them is ordered by itself.
APART, END = "\u2068", "\u2069"

# Scripts written without spaces may be cut between any two characters of theirs.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
_JOINER = "\u200d"
_TRAILING = " \t\n,;:–—-([{“‘«"


def units(text: str) -> int:
    """The length of ``text`` in UTF-16 units, as a phone counts: an emoji is two or more.

    Never less than the number of characters, so a text that fits by this fits by either measure.
    """
    return len(text) + sum(char > "\uffff" for char in text)


def fit(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` units, cut between words and marked with an ellipsis.

    A single word longer than the limit is cut between two whole characters (letters keep their
    accents, emoji stay whole); a single link longer than the limit gives the ellipsis alone. What
    is ordered by itself ends where the text does.
    """
    if units(text) <= limit:
        return text
    cut = _cut(text, limit)
    if still := _open(cut):
        cut = _cut(text, limit - still)
        cut += END * _open(cut)
    return cut


def _open(text: str) -> int:
    """How many isolates are open at the end of ``text``."""
    return max(text.count(APART) - text.count(END), 0)


def _cut(text: str, limit: int) -> str:
    room = limit - units(MARK)
    if room < 0:
        return ""
    end = _index_of_unit(text, room)
    while end > 0 and not _between_words(text, end):
        end -= 1
    if end == 0 and "://" not in text.split(maxsplit=1)[0]:
        end = _index_of_unit(text, room)
        while end > 0 and _inside_character(text, end):
            end -= 1
    return text[:end].rstrip(_TRAILING) + MARK


def share(needs: list[int], room: int) -> list[int]:
    """``room`` dealt out to ``needs``: who needs less than an even share leaves it to the rest."""
    granted = [0] * len(needs)
    waiting = sorted(range(len(needs)), key=lambda index: needs[index])
    while waiting:
        index = waiting.pop(0)
        granted[index] = min(needs[index], max(room, 0) // (len(waiting) + 1))
        room -= granted[index]
    return granted


def _index_of_unit(text: str, limit: int) -> int:
    used = 0
    for index, char in enumerate(text):
        used += 2 if char > "\uffff" else 1
        if used > limit:
            return index
    return len(text)


def _between_words(text: str, end: int) -> bool:
    if text[end].isspace():
        return True
    before, after = text[end - 1], text[end]
    if before.isspace():
        return True
    if not (_UNSPACED.match(before) and _UNSPACED.match(after)):
        return False
    start = max(text.rfind(" ", 0, end), text.rfind("\n", 0, end)) + 1
    return "://" not in text[start:end] and not _inside_character(text, end)


def _inside_character(text: str, end: int) -> bool:
    """Whether a cut before ``text[end]`` would tear a letter from its marks or an emoji apart."""
    before, after = text[end - 1], text[end]
    if _JOINER in (before, after) or unicodedata.category(after) in ("Mn", "Me", "Mc"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    if not ("\U0001f1e6" <= after <= "\U0001f1ff"):
        return False
    # Flags are pairs of regional letters: an odd number before the cut means half a flag.
    run = 0
    while run < end and "\U0001f1e6" <= text[end - 1 - run] <= "\U0001f1ff":
        run += 1
    return run % 2 == 1
