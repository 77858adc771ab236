"""Copies of one text: the wire report that ten outlets carry, found by its shingles.

A text is its overlapping runs of five words. Of their hashes, winnowing (Schleimer, Wilkerson and
Aiken, 2003) keeps few, such that two texts sharing a run of 28 words share at least one: those
are stored and looked up. Whether two texts are copies is then decided on all their shingles, by
containment, because outlets cut a wire report wherever they please.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

RUN = 5
WINDOW = 24
_BITS, _SIGN = (1 << 64) - 1, 1 << 63
# Odd numbers without a pattern: the golden ratio's and SplitMix64's.
_STEP, _SCATTER = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9
_STEP_OF_RUN = pow(_STEP, RUN, 1 << 64)
# Reports begin with the wire's words; what an outlet adds comes later.
MAX_WORDS = 200
LEAST = 24
SAME = 0.8
SAME_OUTLET = 0.95
_LEAST_IN_HEADLINE = 4
_WORD = re.compile(r"\w+")
# Scripts that write no spaces: each character counts as a word.
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class ComparedText:
    """What is compared: the words, and who signs them."""

    title: str
    text: str
    source: str
    by_aggregator: bool = False


def all_fingerprints(title: str, text: str) -> list[int]:
    """What an article is found by: its text's fingerprints, and one of its headline.

    The headline's is for aggregators, whose items are a headline and a link.
    """
    words = _headline_words(title)
    if len(words) < _LEAST_IN_HEADLINE:
        return fingerprints(text)
    return [*fingerprints(text), _of_run(words)]


# Words come again and again, so that most are found here. 8,192 take about 1 MB.
@lru_cache(maxsize=8_192)
def _of_word(word: str) -> int:
    """64 bits, the same in every process: what is made of them is stored."""
    digest = blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def _of_run(words: Sequence[str]) -> int:
    rolled = 0
    for word in words:
        rolled = (rolled * _STEP + _of_word(word)) & _BITS
    return _scattered(rolled)


def _scattered(rolled: int) -> int:
    """A rolled sum as 64 bits with a sign, of which each hangs on all of the sum's.

    A multiplication and two shifts, as hash functions end (Steele, Lea and Flood, 2014).
    """
    rolled = ((rolled ^ (rolled >> 32)) * _SCATTER) & _BITS
    return ((rolled ^ (rolled >> 29)) ^ _SIGN) - _SIGN


def shingles(text: str) -> list[int]:
    """The hashes of the runs of words at the head of ``text``, in its order."""
    head = text[: MAX_WORDS * 20].lower()
    if _UNSPACED.search(head):
        head = _UNSPACED.sub(r" \g<0> ", head)
    words = list(map(_of_word, _WORD.findall(head)[:MAX_WORDS]))
    # Each run's sum from the one before it (Karp and Rabin, 1987).
    rolled = 0
    found: list[int] = []
    for place, word in enumerate(words):
        gone = words[place - RUN] if place >= RUN else 0
        rolled = (rolled * _STEP + word - gone * _STEP_OF_RUN) & _BITS
        if place >= RUN - 1:
            found.append(_scattered(rolled))
    return found


def fingerprints(text: str) -> list[int]:
    """The few hashes under which ``text`` is found, as 64-bit integers with a sign.

    Empty for a text too short to be anybody's copy.
    """
    whole = shingles(text)
    if len(whole) < LEAST:
        return []
    return sorted(_least_of_windows(whole, min(WINDOW, len(whole))))


def _least_of_windows(values: Sequence[int], width: int) -> set[int]:
    """The least value of each run of ``width``: looked for anew only where the last one leaves."""
    kept: set[int] = set()
    place, least = -1, 0
    for end in range(width, len(values) + 1):
        if place < end - width:
            window = values[end - width : end]
            least = min(window)
            place = end - width + window.index(least)
        elif values[end - 1] <= least:
            place, least = end - 1, values[end - 1]
        kept.add(least)
    return kept


def are_copies(one: ComparedText, other: ComparedText) -> bool:
    """Whether two reports are one text, whole or cut, under whatever headlines.

    An aggregator's item is its outlet's report under the same headline.

    Four fifths of the shorter one's shingles stand in the longer one. Of one outlet's own two
    reports far more is asked, the headline included: its tables and forecasts look alike.
    """
    if one.by_aggregator or other.by_aggregator:
        return _is_passed_on(one, other)
    same_outlet = one.source.casefold() == other.source.casefold()
    if same_outlet and one.title.casefold() != other.title.casefold():
        return False
    return containment(one.text, other.text) >= (SAME_OUTLET if same_outlet else SAME)


def _is_passed_on(one: ComparedText, other: ComparedText) -> bool:
    words = _headline_words(one.title)
    return (
        len(words) >= _LEAST_IN_HEADLINE
        and words == _headline_words(other.title)
        and one.source.casefold() == other.source.casefold()
    )


def _headline_words(title: str) -> list[str]:
    return _WORD.findall(_UNSPACED.sub(r" \g<0> ", title.lower()))


def containment(one: str, other: str) -> float:
    """Which share of the shorter text's shingles the longer one has; 0 for texts too short."""
    mine, theirs = set(shingles(one)), set(shingles(other))
    least = min(len(mine), len(theirs))
    return len(mine & theirs) / least if least >= LEAST else 0.0
