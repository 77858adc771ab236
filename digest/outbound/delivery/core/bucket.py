"""Token buckets as values: how many messages may leave now, and when the next ones.

The shared buckets live in Redis, where the same rule runs as a script (see ``pacer``); a test holds
the two equal. With Redis gone a worker keeps buckets of this kind of its own.
"""

from dataclasses import dataclass, replace
from math import floor

# A bucket holds what flows in during this many seconds.
DEPTH = 1.0
# Lanes by rank: 0 alerts, 1 transactional, 2 digests. Each leaves so much of a full bucket to the
# more urgent ones.
RESERVES = (0.0, 0.1, 0.25)
# After an urgent lane got less than it wanted, the others get nothing for so many seconds.
YIELD = 2.0
# Tokens are leased in blocks of so many seconds' worth.
BLOCK = 0.25


@dataclass(frozen=True, slots=True)
class Bucket:
    """Tokens at a moment; ``rank`` wanted more than it got and goes first until ``until``."""

    rate: float
    tokens: float
    at: float
    rank: int = 9
    until: float = 0.0

    @classmethod
    def full(cls, rate: float, now: float) -> "Bucket":
        """A new one, filled to the brim."""
        return cls(rate, depth(rate), now)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was granted; with less than was wanted, ask again after ``wait`` seconds."""

    buckets: tuple[Bucket, ...]
    granted: int
    wait: float


def depth(rate: float) -> float:
    """How many tokens fit: one at least, or nothing could ever leave."""
    return max(rate * DEPTH, 1.0)


def draw(buckets: tuple[Bucket, ...], wanted: int, *, rank: int, now: float) -> Drawn:
    """Take up to ``wanted`` tokens from every bucket at once, as many as the scarcest has.

    A clock that is set back costs nobody more than what a full bucket holds, and stops nobody.
    """
    filled = tuple(_fill(each, now) for each in buckets)
    free = min((_free(each, rank, now) for each in filled), default=float(wanted))
    granted = max(0, min(wanted, floor(free)))
    short = wanted - granted
    after = tuple(_after(each, granted, short, rank, now) for each in filled)
    wait = max((_wait(each, short, rank, now) for each in after), default=0.0) if short else 0.0
    return Drawn(after, granted, wait)


def _fill(bucket: Bucket, now: float) -> Bucket:
    tokens = bucket.tokens + max(now - bucket.at, 0.0) * bucket.rate
    return replace(bucket, tokens=min(tokens, depth(bucket.rate)), at=now)


def _after(bucket: Bucket, granted: int, short: int, rank: int, now: float) -> Bucket:
    left = replace(bucket, tokens=bucket.tokens - granted)
    if short and rank < 2 and not _yields(bucket, rank, now):
        return replace(left, rank=rank, until=now + YIELD)
    return left


def _yields(bucket: Bucket, rank: int, now: float) -> bool:
    """Whether a more urgent lane goes first. A moment too far ahead is of another clock."""
    return bucket.rank < rank and 0 < bucket.until - now <= YIELD


def _reserve(bucket: Bucket, rank: int) -> float:
    full = depth(bucket.rate)
    return min(RESERVES[rank] * full, full - 1.0)


def _free(bucket: Bucket, rank: int, now: float) -> float:
    if _yields(bucket, rank, now):
        return 0.0
    return bucket.tokens - _reserve(bucket, rank)


def _wait(bucket: Bucket, short: int, rank: int, now: float) -> float:
    if _yields(bucket, rank, now):
        return bucket.until - now
    useful = min(float(short), max(bucket.rate * BLOCK, 1.0))
    missing = useful + _reserve(bucket, rank) - bucket.tokens
    return max(missing / bucket.rate, 0.0)
