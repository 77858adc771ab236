"""What of a text survives translation: numbers, places, and names by the consonants they keep.

A name is transliterated, not translated: Мишустин, Mishustin, Mischustin and 미슈스틴
keep their consonants, give or take those that an alphabet cannot tell apart. Each word that may be
a name becomes a code of consonant classes, as Soundex does (R. Russell, 1918) without its letters.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from digest.newsdesk.stories.languages.places import is_place, places_of
from digest.newsdesk.stories.text.words import fold, primary

_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,\u00a0\u202f ]\d{3})*(?:[.,]\d+)?(?!\d)")
_GROUPED = re.compile(r"[.,\u00a0\u202f ](?=\d{3}(?!\d))")
_SCALES = (
    (10**3, r"thousand|tausend|mille|mil(?!l)|тыс\w*|천|千"),
    (10**4, r"만|万|萬"),
    (10**6, r"million\w*|millones|millón|mio|milion\w*|млн|миллион\w*|백만|百万"),
    (10**8, r"억|亿|億"),
    (10**9, r"billion|bn|milliard\w*|mrd|miliard\w*|mil millones|млрд|миллиард\w*"),
)
_SCALE = re.compile("|".join(rf"(?P<s{n}>{words})" for n, (_, words) in enumerate(_SCALES)))
_WORD = re.compile(r"[^\W\d_]+")
_HANGUL = re.compile("^[가-힣]+$")
_KANA = re.compile("[ァ-ヺー]{3,}")

_ONSETS = (*"GKNDTRMBPSS", "", *"JCCKTP", "")
_ENDS = {1: "K", 2: "K", 4: "N", 7: "T", 8: "R", 16: "M", 17: "P", 19: "T", 20: "T", 21: "N"} | {
    22: "T", 23: "T", 24: "K", 25: "T", 26: "P"
}  # fmt: skip
_CYRILLIC = dict(zip("бвгджзклмнпрстфцчшщ", "BBGDJJKRMNPRSTPCCSS", strict=True))
_LATIN = dict(zip("bvwgdjzkcqlmnprstfx", "BBBGDJJKKKRMNPRSTPS", strict=True))
_SOFT = (("sch", "s"), ("tsch", "ch"), ("sh", "s"), ("tch", "C"), ("ch", "C"), ("ph", "p"),
         ("th", "t"), ("zh", "j"), ("ts", "C"), ("tz", "C"), ("sz", "s"), ("ck", "k"), ("kh", "k"),
         ("ng", "n"), ("ce", "se"), ("ci", "si"), ("cy", "sy"))  # fmt: skip
_ROWS = {"カキクケコ": "K", "ガギグゲゴ": "G", "サシスセソ": "S", "ザジズゼゾ": "J", "タテト": "T",
         "チツ": "C", "ダデド": "D", "ナニヌネノン": "N", "バビブベボヴ": "B", "パピプペポフ": "P",
         "マミムメモ": "M", "ラリルレロ": "R"}  # fmt: skip
_KATAKANA = {kana: code for row, code in _ROWS.items() for kana in row}
_PLACE = 1.2
_NEAR = 24
"""Characters behind a number in which its scale is looked for."""

Names = tuple[tuple[str, ...], ...]


@lru_cache(4)
def _known(sets: Names) -> tuple[dict[str, str], re.Pattern[str]]:
    """Each folded name with the key of its set, and what finds them all."""
    keys = {fold(name): f"={fold(row[0])}" for row in sets for name in row if len(name) > 1}
    longest = sorted(keys, key=len, reverse=True)
    return keys, re.compile("|".join(_bounded(name) for name in longest) or "(?!)")


def _bounded(name: str) -> str:
    return rf"(?<!\w){re.escape(name)}(?!\w)" if name[:1] < "\u0e00" else re.escape(name)


@lru_cache(8_192)
def anchors_of(text: str, language: str, names: Names = ()) -> Mapping[str, float]:
    """What of a text survives translation, each with its weight.

    ``names``: sets of names of one thing, the first of which stands for it.
    """
    return anchors(text, language, names)


def anchors(
    text: str, language: str, names: Names = (), *, places: bool = False
) -> dict[str, float]:
    """As :func:`anchors_of`, not remembered; with ``places``, countries and cities among them."""
    found: dict[str, float] = {}
    folded = fold(text)
    for number in _numbers(folded):
        digits = len(number.strip("0").replace(".", ""))
        found[f"#{number}"] = 0.5 if digits < 2 else 1.0 if digits < 4 else 1.5
    keys, pattern = _known(names)
    for name in pattern.findall(folded):
        found[keys[name]] = 1.0
    spoken = primary(language)
    for word in set(_WORD.findall(text)):
        if word[0].islower() or (places and is_place(word, spoken)):
            continue
        for code in _codes(word, spoken):
            if len(code) >= 3:
                found[code] = {3: 0.5, 4: 0.9}.get(len(code), 1.3)
    if places:
        found |= dict.fromkeys((f"@{at}" for at in places_of(folded, spoken)), _PLACE)
    for word in _KANA.findall(text):
        code = "".join(_KATAKANA.get(kana, "") for kana in word)
        if len(code) >= 3:
            found[code] = {3: 0.5, 4: 0.9}.get(len(code), 1.3)
    return found


def _numbers(folded: str) -> Iterable[str]:
    for match in _NUMBER.finditer(folded):
        plain = _GROUPED.sub("", match.group()).replace(",", ".")
        value = float(plain)
        scale = _SCALE.match(folded[match.end() : match.end() + _NEAR].lstrip(" -"))
        if scale and scale.lastgroup:
            value *= _SCALES[int(scale.lastgroup[1:])][0]
        elif 1900 <= value <= 2100 or (value < 10 and "." not in plain):
            continue
        yield f"{value:.10g}"


@lru_cache(50_000)
def _codes(word: str, language: str) -> tuple[str, ...]:
    """The consonants of a word that may be a name, in classes that alphabets tell apart alike."""
    if _HANGUL.match(word):
        # Particles cling to the word.
        return tuple({_hangul(word[:end]) for end in range(max(2, len(word) - 2), len(word) + 1)})
    if not word[:1].isupper():
        return ()
    folded = fold(word)
    if folded[:1] > "\u0400":
        # Cases change the ending.
        stems = {folded, folded.rstrip("аеиоуыюяй"), folded.removesuffix("ого").removesuffix("ом")}
        return tuple({_squeezed("".join(_CYRILLIC.get(c, "") for c in stem)) for stem in stems})
    for spelled, sound in _SOFT:
        folded = folded.replace(spelled, sound)
    return (_squeezed("".join(c if c == "C" else _LATIN.get(c, "") for c in folded)),)


def _hangul(word: str) -> str:
    code = ""
    for syllable in word:
        index = ord(syllable) - 0xAC00
        code += _ONSETS[index // 588] + _ENDS.get(index % 28, "")
    return _squeezed(code)


def _squeezed(code: str) -> str:
    return re.sub(r"(.)\1+", r"\1", code)
