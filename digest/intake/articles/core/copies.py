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
from struct import Struct

RUN = 5
WINDOW = 24
# Odd numbers without a pattern: the golden ratio's and SplitMix64's.
_STEP, _SCATTER = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9
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
def _of_word(word: str) -> bytes:
    """64 bits and as much room, the same in every process: what is made of them is stored."""
    return blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()[::-1] + bytes(8)


def _of_run(words: Sequence[str]) -> int:
    (found,) = _of_runs(words, len(words))
    return found


def _of_runs(words: Sequence[str], run: int) -> list[int]:
    """The hash of each run of so many words, as 64 bits with a sign.

    Each is a sum of its words' times powers of a constant (Karp and Rabin, 1987), scattered so
    that each bit hangs on all of the sum's, with a multiplication and two shifts, as hash
    functions end (Steele, Lea and Flood, 2014). All are made at once: one large number holds
    them side by side, each in 128 bits, of which a product of two of 64 fills no more.
    """
    lanes = len(words) - run + 1
    every = int.from_bytes(b"".join(map(_of_word, words)), "little")
    low, packed = _layout(lanes)
    rolled = every & low
    for place in range(1, run):
        rolled = (rolled * _STEP + ((every >> (128 * place)) & low)) & low
    rolled = ((rolled ^ (rolled >> 32)) & low) * _SCATTER & low
    rolled = (rolled ^ (rolled >> 29)) & low
    return list(packed.unpack(rolled.to_bytes(packed.size, "little")))


@lru_cache(maxsize=MAX_WORDS)
def _layout(lanes: int) -> tuple[int, Struct]:
    """So many numbers side by side: their low halves, and how they are read."""
    return int.from_bytes((b"\xff" * 8 + bytes(8)) * lanes, "little"), Struct("<" + "q8x" * lanes)


def shingles(text: str) -> list[int]:
    """The hashes of the runs of words at the head of ``text``, in its order."""
    words = _WORD.findall(_spaced(text[: MAX_WORDS * 20].lower()))[:MAX_WORDS]
    return _of_runs(words, RUN) if len(words) >= RUN else []


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
    return _WORD.findall(_spaced(title.lower()))


def _spaced(words: str) -> str:
    return words if words.isascii() else _UNSPACED.sub(r" \g<0> ", words)


def containment(one: str, other: str) -> float:
    """Which share of the shorter text's shingles the longer one has; 0 for texts too short."""
    mine, theirs = set(shingles(one)), set(shingles(other))
    least = min(len(mine), len(theirs))
    return len(mine & theirs) / least if least >= LEAST else 0.0
