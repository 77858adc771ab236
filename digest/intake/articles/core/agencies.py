"""Agencies that a feed credits often, which no list of ours names: learned from the feed itself.

A name behind a colon may be an agency's or that of whom the report is about ("Sources: Harbour
Wire", "Sources: Kim, Lee"). Whom several of a feed's items credit, in the form of a credit, is an
agency; whom one does is nobody yet.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

# So many different items, and so many names kept of a feed; of those that are agencies fewer, so
# that there is always room for one to become known.
OFTEN = 3
KEPT = 40
KEPT_LEARNED = 30


def learned(times: Mapping[str, int]) -> frozenset[str]:
    """The names, in small letters, that were credited often."""
    counted: Counter[str] = Counter()
    for name, count in times.items():
        counted[name.casefold()] += count
    return frozenset(name for name, count in counted.items() if count >= OFTEN)


def remembered(before: Mapping[str, int], names: Iterable[str]) -> dict[str, int]:
    """The counts to keep; ``names`` are credited by items not seen before.

    In the order in which they were credited last, the latest at the end. Where there is no more
    room, whom nobody credited for longest goes: an agency only where there are many of them, so
    that what a feed used to credit makes way for what it credits now. A name counts up to a
    thousand.
    """
    counted = dict(before)
    for name in names:
        counted[name] = min(counted.pop(name, 0) + 1, 1_000)
        if len(counted) > KEPT:
            known = [each for each, times in counted.items() if times >= OFTEN]
            others = [each for each, times in counted.items() if times < OFTEN]
            del counted[known[0] if len(known) > KEPT_LEARNED else others[0]]
    return counted
