"""In which portions an alert's readers are written into the ledger (pure).

By their addresses' ids: a small one at first, so that the first readers have it at once whatever
the number of all, then larger ones, so that writing them costs little more than writing all at
once. How far it came is written with each, so that whoever goes on after a kill leaves nobody out.
"""

from dataclasses import dataclass

from digest.audience.core.spans import AddressSpan

FIRST = 2_000
GROWS = 4
# So long as one is written its send cannot be paused: a second at most.
MOST = 50_000


@dataclass(frozen=True, slots=True)
class Shard:
    """One portion. ``hears_first``: no earlier revision of the alert got as far as its readers.
    ``is_last``: nobody is left after it.
    """

    span: AddressSpan
    hears_first: bool
    is_last: bool


def size_of_next(last: int, written: int) -> int:
    """How many readers the next one may have; by the ``last`` one's size, or what is ``written``
    where somebody else wrote that.
    """
    return max(FIRST, min(MOST, GROWS * max(last, written // 2)))


def next_shard(left: AddressSpan, bound: int | None, told_to: int | None) -> Shard:
    """What is written down next of what is ``left``.

    ``bound`` is the last address of a full portion; without one the rest is smaller than that.
    Earlier revisions came as far as ``told_to``; None: they reached all. No portion lies on both
    sides of it.
    """
    to = left.to if bound is None else bound
    hears_first = told_to is not None and left.after >= told_to
    if told_to is not None and not hears_first and told_to < to:
        return Shard(AddressSpan(left.after, told_to), hears_first, is_last=False)
    return Shard(AddressSpan(left.after, to), hears_first, is_last=bound is None)
