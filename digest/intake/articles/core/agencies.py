"""Agencies that a feed credits often, which no list of ours names: learned from the feed itself.

A name behind a colon may be an agency's or that of whom the report is about ("Sources: Harbour
Wire", "Sources: Kim, Lee"). Whom several of a feed's items credit, in the form of a credit, is an
agency; whom one does is nobody yet.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

# So many different items, and so many names kept of a feed.
OFTEN = 3
KEPT = 40


def learned(times: Mapping[str, int]) -> frozenset[str]:
    """The names, in small letters, that were credited often."""
    counted: Counter[str] = Counter()
    for name, count in times.items():
        counted[name.casefold()] += count
    return frozenset(name for name, count in counted.items() if count >= OFTEN)


def remembered(before: Mapping[str, int], names: Iterable[str]) -> dict[str, int]:
    """The counts to keep, those of the commonest; ``names`` are credited by items not seen before.

    A name counts up to a thousand, so that a row stays what it is once all is known.
    """
    counted = Counter(before)
    for name in names:
        counted[name] = min(counted[name] + 1, 1_000)
    return dict(counted.most_common(KEPT))
