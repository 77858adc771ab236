"""Rates as values: how many messages may leave now, and when the next ones.

Two rules at once. A token bucket (it holds a burst, and fills at the rate's pace) says how closely
messages may follow each other; a sliding window, counted in slots, that no window of the rate's
length has more than its amount. A slot counts until all of it lies a whole length back, so the
count is never too low, and too high for one slot's time.

The shared state lives in Redis, where the same rule runs as a script (see ``redis_scripts``); a
test holds the two equal. With Redis gone a worker keeps states of this kind of its own.
"""

from dataclasses import dataclass, field, replace
from math import floor

from digest.outbound.delivery.core.rate import Rate

# Lanes by rank: 0 alerts, 1 transactional, 2 digests. Each leaves so much of a full bucket to the
# more urgent ones, and so much of a window that one would have to wait for.
RESERVES = (0.0, 0.1, 0.25)
LONG_WINDOW = 60.0
# After an urgent lane got less than it wanted, the others get nothing for so many seconds.
YIELD = 2.0
# Tokens are leased in blocks of so many seconds' worth.
BLOCK = 0.25


@dataclass(frozen=True, slots=True)
class Bucket:
    """The state of one rate at a moment: ``tokens``, and what each slot of its window let go.

    ``rank`` wanted more than it got and goes first until ``until``.
    """

    rate: Rate
    tokens: float
    at: float
    slots: dict[int, int] = field(default_factory=dict)
    rank: int = 9
    until: float = 0.0

    @classmethod
    def full(cls, rate: Rate, now: float) -> "Bucket":
        """A new one, filled to the brim."""
        return cls(rate, float(rate.burst), now)

    @property
    def used(self) -> int:
        """What the window holds."""
        return sum(self.slots.values())


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was granted; with less than was wanted, ask again after ``wait`` seconds."""

    buckets: tuple[Bucket, ...]
    granted: int
    wait: float


def slots_of(rate: Rate) -> int:
    """Into how many slots its window is divided: 50 ms of a second, 5 minutes of a day."""
    if rate.seconds <= 10:
        return 20
    return 60 if rate.seconds <= 3600 else 288


def draw(buckets: tuple[Bucket, ...], wanted: int, *, rank: int, now: float) -> Drawn:
    """Take up to ``wanted`` from every bucket at once, as many as the scarcest has.

    A clock that is set back costs nobody more than a full burst and one length of waiting.
    """
    filled = tuple(_fill(each, now) for each in buckets)
    free = min((_free(each, rank, now) for each in filled), default=float(wanted))
    granted = max(0, min(wanted, floor(free)))
    short = wanted - granted
    after = tuple(_after(each, granted, short, rank, now) for each in filled)
    wait = max((_wait(each, short, rank, now) for each in after), default=0.0) if short else 0.0
    return Drawn(after, granted, wait)


def give_back(bucket: Bucket, unused: int, *, now: float) -> Bucket:
    """Take back what was granted a moment ago and not used.

    From the oldest slots, because nobody remembers which it was: so the count is never too low.
    """
    bucket = _fill(bucket, now)
    slots, left = dict(bucket.slots), unused
    for slot in sorted(slots):
        taken = min(slots[slot], left)
        slots[slot] -= taken
        left -= taken
        if not slots[slot]:
            del slots[slot]
    tokens = min(bucket.tokens + unused - left, float(bucket.rate.burst))
    return replace(bucket, slots=slots, tokens=tokens)


def _slot(rate: Rate, now: float) -> int:
    return floor(now / (rate.seconds / slots_of(rate)))


def _fill(bucket: Bucket, now: float) -> Bucket:
    rate, slots = bucket.rate, dict[int, int]()
    tokens = bucket.tokens + max(now - bucket.at, 0.0) * rate.per_second
    present = _slot(rate, now)
    for slot, count in bucket.slots.items():
        if slot >= present - slots_of(rate):
            # One that lies ahead was written by another clock.
            slots[min(slot, present)] = slots.get(min(slot, present), 0) + count
    return replace(bucket, tokens=min(tokens, float(rate.burst)), at=now, slots=slots)


def _after(bucket: Bucket, granted: int, short: int, rank: int, now: float) -> Bucket:
    slots = bucket.slots
    if granted:
        present = _slot(bucket.rate, now)
        slots = slots | {present: slots.get(present, 0) + granted}
    left = replace(bucket, tokens=bucket.tokens - granted, slots=slots)
    if short and rank < 2 and not _yields(bucket, rank, now):
        return replace(left, rank=rank, until=now + YIELD)
    return left


def _yields(bucket: Bucket, rank: int, now: float) -> bool:
    """Whether a more urgent lane goes first. A moment too far ahead is of another clock."""
    return bucket.rank < rank and 0 < bucket.until - now <= YIELD


def _reserve(rate: Rate, rank: int) -> float:
    return min(RESERVES[rank] * rate.burst, rate.burst - 1.0)


def _kept_back(rate: Rate, rank: int) -> int:
    """What of a long window is the more urgent lanes' own."""
    if rate.seconds < LONG_WINDOW:
        return 0
    return min(floor(RESERVES[rank] * rate.amount), rate.amount - 1)


def _free(bucket: Bucket, rank: int, now: float) -> float:
    if _yields(bucket, rank, now):
        return 0.0
    rate = bucket.rate
    return min(
        bucket.tokens - _reserve(rate, rank), rate.amount - _kept_back(rate, rank) - bucket.used
    )


def _wait(bucket: Bucket, short: int, rank: int, now: float) -> float:
    if _yields(bucket, rank, now):
        return bucket.until - now
    rate = bucket.rate
    useful = min(float(short), max(rate.per_second * BLOCK, 1.0))
    missing = min(useful + _reserve(rate, rank), float(rate.burst)) - bucket.tokens
    wait = max(missing / rate.per_second, 0.0)
    if bucket.slots and bucket.used >= rate.amount - _kept_back(rate, rank):
        count = slots_of(rate)
        ends = (min(bucket.slots) + count + 1) * (rate.seconds / count)
        wait = max(wait, ends - now)
    return wait
