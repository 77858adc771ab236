"""How many characters a reader sees (pure): never fewer than Unicode's grapheme clusters."""

import unicodedata

_JOINER = "\u200d"


def graphemes(text: str) -> int:
    """Characters with their marks; a family of emoji counts once.

    Where the rules differ from script to script it counts one too many, never one too few
    (Unicode Standard Annex 29).
    """
    count, run, pictured, joined = 0, 0, False, False
    for char in text:
        if "\U0001f1e6" <= char <= "\U0001f1ff":
            run += 1
            count += run % 2
            pictured, joined = False, False
            continue
        run = 0
        if char == _JOINER:
            joined = pictured
            count += count == 0
            continue
        if _extends(char):
            count += count == 0
            continue
        is_picture = char >= "\U0001f000" or unicodedata.category(char) == "So"
        count += not (joined and is_picture)
        pictured, joined = is_picture, False
    return count


def _extends(char: str) -> bool:
    return (
        unicodedata.category(char) in ("Mn", "Me")
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
    )
