"""What ends most items of one feed is no news: learned from the feed itself, in any language.

A rule in words knows "Read more →"; it cannot know "Laman utama kami di sini.", nor that an outlet
signs every summary. So each new item leaves the last words that it came with, and what most of a
feed's items end with is taken off. The entry's own title counts as a blank, for invitations name
what is to be read: "Lees “{title}” verder".
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

# How many items' last words are kept, and how many there must be before any is judged.
KEPT = 60
ENOUGH = 6
# The share of items that must agree, and how many at least.
_SHARE = 0.6
_LEAST = 5
_LENGTH = 200
_BLANK = "\ufffc"
# Where an ending may begin: at a line, behind the end of a sentence, at a bracket, dash or arrow.
_START = re.compile(
    r"\n|(?<=[.!?…।۔؟])\s|(?<=[。！？])(?=\S)|\s(?=[\[(|•·→»›–—-])|(?<=\s[|•·→»›–—-])\s"
)


def last_words(text: str, title: str) -> str:
    """The end of a text, at most 200 characters, in which its title is a blank."""
    if len(title) >= 8:
        text = text[-_LENGTH - 4 * len(title) :].replace(title, _BLANK)
    return text[-_LENGTH:]


def learned(ends: Sequence[str]) -> frozenset[str]:
    """What most of ``ends``, the last words of different items, have for an ending.

    Empty while fewer than six are known. A text of which nothing else is left counts too: a feed
    whose every summary is "Comments" has no summaries.
    """
    ends = [end for end in ends if end]
    if len(ends) < ENOUGH:
        return frozenset()
    least = max(_LEAST, _SHARE * len(ends))
    # Texts that end alike end in the same two characters: mostly too few do.
    last = Counter(end[-2:] for end in ends)
    alike = [end for end in ends if last[end[-2:]] >= least]
    counted = Counter(ending for end in alike for ending in set(_endings(end)))
    return frozenset(ending for ending, times in counted.items() if times >= least)


def without(text: str, title: str, known: frozenset[str]) -> str:
    """``text`` without the longest ending that is known."""
    if not known or not text:
        return text
    end = last_words(text, title)
    for ending in _endings(end):
        if ending in known:
            spelled = ending.replace(_BLANK, title)
            return text[: -len(spelled)].rstrip(" \n|•·–—-") if text.endswith(spelled) else text
    return text


def remembered(before: Sequence[str], new: Iterable[str]) -> list[str]:
    """The last words to keep: the latest sixty."""
    return [*before, *(end for end in new if end)][-KEPT:]


def _endings(end: str) -> list[str]:
    """Every ending that ``end`` could have, the longest first."""
    starts = [found.end() for found in _START.finditer(end)]
    whole = [end] if len(end) < _LENGTH else []
    found = whole + [end[start:] for start in starts]
    return [ending for ending in found if len(ending.strip(_BLANK + " ")) > 1]
