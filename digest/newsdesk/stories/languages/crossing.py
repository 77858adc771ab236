"""Stories in two languages that report one event, told by the numbers and names they share.

No dictionary and no model: what survives translation is compared. Numbers are read with their
words for thousands and millions; names by their consonants, whatever letters they are spelled in
(Latin, Cyrillic, Hangul, kana); and names that an editor listed as aliases. Han and Arabic names
are found by aliases alone.

Where vectors of the texts are given, they are evidence beside that. What two stories share counts
twice if their texts are alike, and one thing shared may then be enough. Likeness alone never is:
models place two elections or two quakes near each other. Nor does unlikeness part what shares
enough without it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from types import MappingProxyType

from digest.newsdesk.stories.languages.embedder import Vector
from digest.newsdesk.stories.text.words import fold, primary

DAY = 86_400.0
ENOUGH = 2.0
"""Weight of what two stories must share: two rare names and a number, say. Of 3,000 real reports
that had nothing to do with each other, no two in different languages shared as much."""
ALIKE = 0.8
"""Cosine from which two texts are alike, unless told otherwise. A guess on the careful side: it
is the model's scale, and none was measured."""
_TWICE = 2.0
_WIDEST = 200
"""Stories that are compared over one name or number."""
_LEAST = 2
"""Distinct names and numbers that they must share, whatever these weigh."""

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


Names = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ComparedStory:
    """A story as far as it is compared. ``at``: when it was first reported, in seconds."""

    story: int
    at: float
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Crossing:
    """Two stories, the earlier first, that report one event in two languages, and why.

    ``cosine`` of their texts, where vectors of both were given.
    """

    one: int
    other: int
    weight: float
    shared: tuple[str, ...]
    cosine: float | None = None


@dataclass(frozen=True, slots=True)
class SharedEvidence:
    """Two stories in two languages and all they share: enough, or enough if they are alike."""

    one: ComparedStory
    other: ComparedStory
    weight: float
    shared: tuple[str, ...]


def crossings(
    stories: Sequence[ComparedStory],
    names: Iterable[Sequence[str]] = (),
    *,
    within: float = DAY,
    vectors: Mapping[str, Vector] = MappingProxyType({}),
    alike: float = ALIKE,
) -> tuple[Crossing, ...]:
    """The pairs that share enough and have no better partner; ``names``: sets of one thing's names.

    What many stories share weighs little. A story is in one pair at most: in its best. ``vectors``:
    of length 1, by text, as far as they are known.
    """
    found = []
    for pair in near(stories, names, within=within):
        cosine = _cosine(pair, vectors)
        weight = verdict(pair.weight, len(pair.shared), cosine, alike)
        if weight is not None:
            found.append((weight, cosine, pair))
    taken: set[int] = set()
    chosen = []
    for weight, cosine, pair in sorted(found, key=lambda each: -each[0]):
        both = {pair.one.story, pair.other.story}
        if not taken & both:
            taken |= both
            first, last = sorted((pair.one, pair.other), key=lambda s: (s.at, s.story))
            chosen.append(Crossing(first.story, last.story, round(weight, 2), pair.shared, cosine))
    return tuple(chosen)


def verdict(weight: float, shared: int, cosine: float | None, alike: float) -> float | None:
    """The weight of all evidence if it is enough to join two stories, None if it is not.

    ``weight`` of the ``shared`` names and numbers; ``cosine`` of the texts, if known.
    """
    if cosine is not None and cosine >= alike:
        return weight * _TWICE if shared and weight * _TWICE >= ENOUGH else None
    return weight if shared >= _LEAST and weight >= ENOUGH else None


def near(
    stories: Sequence[ComparedStory], names: Iterable[Sequence[str]] = (), *, within: float = DAY
) -> list[SharedEvidence]:
    """The pairs whose texts it is worth to compare, those that share most first."""
    sets = tuple(tuple(row) for row in names)
    anchors = [anchors_of(each.text, each.language, sets) for each in stories]
    spread = Counter(key for found in anchors for key in found)
    holders: dict[str, list[int]] = {}
    for at, found in enumerate(anchors):
        for key in found:
            holders.setdefault(key, []).append(at)
    rarity = {key: log(len(stories) / n + 1) / log(len(stories) + 1) for key, n in spread.items()}
    shared: dict[tuple[int, int], list[str]] = {}
    for key, held in holders.items():
        for rank, one in enumerate(held[:_WIDEST]):
            for other in held[rank + 1 : _WIDEST]:
                if _may_cross(stories[one], stories[other], within):
                    shared.setdefault((one, other), []).append(key)
    pairs = []
    for (one, other), both in shared.items():
        weight = sum(min(anchors[one][key], anchors[other][key]) * rarity[key] for key in both)
        if weight * _TWICE >= ENOUGH:
            pairs.append((-weight, one, other, tuple(sorted(both))))
    return [
        SharedEvidence(stories[one], stories[other], -less, keys)
        for less, one, other, keys in sorted(pairs)
    ]


def _cosine(pair: SharedEvidence, vectors: Mapping[str, Vector]) -> float | None:
    one, other = vectors.get(pair.one.text), vectors.get(pair.other.text)
    return None if one is None or other is None else float(one @ other)


def _may_cross(one: ComparedStory, other: ComparedStory, within: float) -> bool:
    return primary(one.language) != primary(other.language) and abs(one.at - other.at) <= within


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
    """What of a text survives translation, each with its weight."""
    found: dict[str, float] = {}
    folded = fold(text)
    for number in _numbers(folded):
        digits = len(number.strip("0").replace(".", ""))
        found[f"#{number}"] = 0.5 if digits < 2 else 1.0 if digits < 4 else 1.5
    keys, pattern = _known(names)
    for name in pattern.findall(folded):
        found[keys[name]] = 1.0
    for word in _WORD.findall(text):
        for code in _codes(word, primary(language)):
            if len(code) >= 3:
                found[code] = {3: 0.5, 4: 0.9}.get(len(code), 1.3)
    for word in _KANA.findall(text):
        code = "".join(_KATAKANA.get(kana, "") for kana in word)
        if len(code) >= 3:
            found[code] = {3: 0.5, 4: 0.9}.get(len(code), 1.3)
    return found


def _numbers(folded: str) -> Iterable[str]:
    for match in _NUMBER.finditer(folded):
        plain = _GROUPED.sub("", match.group()).replace(",", ".")
        value = float(plain)
        scale = _SCALE.match(folded[match.end() :].lstrip(" -"))
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
