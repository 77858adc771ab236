"""Words of a text, per language: folding, tokens, stop words, stems.

Scripts written without spaces (Han, kana, Thai, Lao, Khmer, Burmese), and Korean, whose particles
cling to the word, are read as pairs of neighbouring characters.
"""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any
from zlib import crc32

import snowballstemmer  # type: ignore[import-untyped]

from digest.newsdesk.stories.text.stopwords import STOP_WORDS

_UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f"  # Burmese
    "\u1100-\u11ff"  # Hangul letters
    "\u1780-\u17ff"  # Khmer
    "\u3040-\u30ff"  # kana
    "\u3130-\u318f"  # Hangul letters, for compatibility
    "\u31f0-\u31ff"  # kana extensions
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"  # Han
    "\uac00-\ud7af"  # Hangul syllables
)
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")
# Vowel signs and the like of the Indic scripts and Tibetan: to a regular expression no letters, and
# yet inside of every word.
_SIGNS = "".join(
    chr(code)
    for first, last in ((0x0900, 0x0DFF), (0x0F18, 0x0FC6), (0xA8E0, 0xA8FF))
    for code in range(first, last + 1)
    if unicodedata.category(chr(code)) in ("Mn", "Mc")
)
_LETTERS_OF_WORDS = f"[^\\W_{_UNSPACED}]+"
_TOKEN = re.compile(f"[{_UNSPACED}]+|{_LETTERS_OF_WORDS}(?:[{_SIGNS}]+(?:{_LETTERS_OF_WORDS})?)*")
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0640]")
_SPACED = {code: " " for code in range(128) if not chr(code).isalnum()}
"""Turns whatever is no letter or digit of ASCII into a space."""
_HASH = (1 << 30) - 1
UNSPACED = 1 << 30
"""Bit of a term's number that says: two characters of a script written without spaces."""
_KEYS_KEPT = 400_000

_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ħ": "h"}
)

_STEMMERS = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}


def primary(language: str) -> str:
    """The first subtag of a BCP 47 tag, in lower case: ``pt-BR`` is ``pt``."""
    return language.replace("_", "-").partition("-")[0].lower()


def fold(value: str) -> str:
    """``value`` without case, width and the diacritics that writers leave out.

    Vowel signs of Thai and the Indic scripts stay: they are letters there, not ornaments.
    """
    if value.isascii():
        return value.lower()
    plain = unicodedata.normalize("NFKC", value).casefold().translate(_LETTERS)
    return unicodedata.normalize("NFKC", _MARKS.sub("", unicodedata.normalize("NFKD", plain)))


def is_unspaced(value: str) -> bool:
    """Whether ``value`` holds a character of a script that is matched without word borders."""
    return not value.isascii() and _UNSPACED_RUN.search(value) is not None


def tokens(folded: str) -> list[str]:
    """The runs of letters and digits in folded text; a run of an unspaced script is one token."""
    return _TOKEN.findall(folded)


def token_spans(folded: str) -> list[tuple[int, str]]:
    """As :func:`tokens`, each with the offset at which it begins."""
    return [(found.start(), found.group()) for found in _TOKEN.finditer(folded)]


def terms(folded: str, language: str) -> list[str]:
    """The terms of folded text in order: stems without stop words, or pairs of characters."""
    stop = STOP_WORDS.get(language, STOP_WORDS["en"])
    found: list[str] = []
    for token in _TOKEN.findall(folded):
        if not token.isascii() and _UNSPACED_RUN.match(token):
            found.extend(pairs(token))
        elif len(token) > 1 and token not in stop:
            found.append(stem(token, language))
    return found


def term_keys(folded: str, language: str) -> list[int]:
    """As :func:`terms`, each as a number of 31 bits; ``UNSPACED`` is set in a pair of characters.

    The number depends on the term alone, so it is the same in every process and after a restart.
    """
    known = _keys(language)
    if len(known) > _KEYS_KEPT:
        known.clear()
    if folded.isascii():
        # As the pattern finds them, in a third of the time.
        return list(filter(None, map(known.__getitem__, folded.translate(_SPACED).split())))
    found: list[int] = []
    for token in _TOKEN.findall(folded):
        if token in known or token.isascii() or not _UNSPACED_RUN.match(token):
            if key := known[token]:
                found.append(key)
        else:
            found.extend(crc32(pair.encode()) & _HASH | UNSPACED for pair in pairs(token))
    return found


def term_key(token: str, language: str) -> int:
    """The number of a folded token's stem; 0 for a stop word or a single letter."""
    if len(token) < 2 or token in STOP_WORDS.get(language, STOP_WORDS["en"]):
        return 0
    return stem_key(stem(token, language))


def stem_key(stemmed: str) -> int:
    """The number of a stem."""
    return crc32(stemmed.encode()) & _HASH or 1


class _Keys(dict[str, int]):
    """The numbers of a language's tokens, worked out when first asked for."""

    def __init__(self, language: str) -> None:
        self._language = language

    def __missing__(self, token: str) -> int:
        key = self[token] = term_key(token, self._language)
        return key


@cache
def _keys(language: str) -> _Keys:
    return _Keys(language)


def pairs(run: str) -> list[str]:
    """Each two neighbouring characters of ``run``; a single one stands for itself."""
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


@lru_cache(maxsize=200_000)
def stem(word: str, language: str) -> str:
    """The Snowball stem of a folded word; the word itself where no stemmer is known."""
    name = _STEMMERS.get(language)
    return str(_stemmer(name).stemWord(word)) if name else word


@cache
def _stemmer(name: str) -> Any:
    return snowballstemmer.stemmer(name)
