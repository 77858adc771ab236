"""A story's size over time, in even steps."""

from collections.abc import Sequence
from datetime import datetime, timedelta

STEPS = 24
SHORTEST = timedelta(hours=1)


def timeline(arrivals: Sequence[datetime], *, steps: int = STEPS) -> tuple[int, ...]:
    """How many of ``arrivals`` fall in each of ``steps`` even parts of their whole span.

    A span shorter than an hour is taken for an hour, so that a burst looks like one. All zeros
    for no arrivals.
    """
    counts = [0] * steps
    if not arrivals:
        return tuple(counts)
    first, last = min(arrivals), max(arrivals)
    length = max(last - first, SHORTEST)
    for at in arrivals:
        counts[min(int((at - first) / length * steps), steps - 1)] += 1
    return tuple(counts)
