"""What a rate promises: so many messages in any window of its length, and so many at once."""

from dataclasses import dataclass
from math import floor

# A second's worth may not go all at once, which relays take for a flood; an hour's or a day's may,
# because nobody sends a daily edition a mail every quarter of an hour.
_OF_A_SECOND = 0.25
# Where the rate is not written but found, as for a domain that was too fast.
_FOUND_WINDOW = 10.0


@dataclass(frozen=True, slots=True)
class Rate:
    """``amount`` messages at most in any window of ``seconds``, and ``burst`` of them at once;
    after a burst they go at the pace that makes ``amount`` of them in ``seconds``.
    """

    amount: int
    seconds: float
    burst: int

    @property
    def per_second(self) -> float:
        """Messages a second in the long run."""
        return self.amount / self.seconds

    @classmethod
    def written(cls, number: float, seconds: float, burst: int | None = None) -> "Rate":
        """As ``number`` in ``seconds``; a number below 1 or with a fraction means a longer window.

        Without ``burst``, that is a quarter of a rate by the second, and the whole of any other.
        """
        if number < 1:
            amount, length = 1, seconds / number
        elif number != floor(number):
            amount, length = floor(number * 10), seconds * 10
        else:
            amount, length = int(number), seconds
        if burst is None:
            burst = max(floor(number * _OF_A_SECOND), 1) if seconds <= 1 else amount
        return cls(amount, length, min(max(burst, 1), amount))

    @classmethod
    def found(cls, per_second: float) -> "Rate":
        """So many a second, as they are seen to go; one in ten seconds at least."""
        amount = max(floor(per_second * _FOUND_WINDOW), 1)
        burst = min(max(floor(per_second * _OF_A_SECOND), 1), amount)
        return cls(amount, _FOUND_WINDOW, burst)

    def share(self, part: float) -> "Rate":
        """A part of it, one message at least."""
        amount = max(floor(self.amount * part), 1)
        return Rate(amount, self.seconds, min(max(floor(self.burst * part), 1), amount))
