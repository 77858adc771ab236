"""When a send must stop by itself: the other side refuses everything, or too many complain.

Pure: counts in, a reason out. The reason names the bound and what was seen, for the editor who
finds the send paused.
"""

from collections import deque
from dataclasses import dataclass

# A share of less than this many says nothing yet.
LEAST = 50
LEAST_COMPLAINTS = 3
# Of so many, one at least must have been accepted.
_NOT_ONE = 4 * LEAST


@dataclass(frozen=True, slots=True)
class Bounds:
    """Shares of what was handed over: hard bounces, complaints; and of refusals among answers."""

    bounces: float = 0.1
    complaints: float = 0.003
    refusals: float = 0.5


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a send so far. ``refused``: turned away for good by the other side;
    ``deferred``: told to come again later; ``words``: what it said most often.
    """

    sent: int
    refused: int
    deferred: int
    bounced: int
    complained: int
    words: str = ""


def verdict(seen: Seen, bounds: Bounds) -> str:
    """Why the send must pause; empty when it may go on."""
    if seen.complained >= LEAST_COMPLAINTS and seen.complained > bounds.complaints * seen.sent:
        return (
            f"{seen.complained} of {seen.sent} readers reported it as spam; more than"
            f" {bounds.complaints:.2%} stops a send. Look at the list and the words first."
        )
    if seen.bounced >= LEAST and seen.bounced > bounds.bounces * seen.sent:
        return (
            f"{seen.bounced} of {seen.sent} addresses do not exist; more than {bounds.bounces:.0%}"
            " stops a send. The list may be old: clean it first."
        )
    said = f" It says most often: {seen.words}" if seen.words else ""
    if not seen.sent and seen.refused + seen.deferred >= _NOT_ONE:
        return f"None of the first {seen.refused + seen.deferred} was accepted.{said}"
    answers = seen.sent + seen.refused
    if seen.refused >= LEAST and seen.refused > bounds.refusals * answers:
        return (
            f"{seen.refused} of {answers} were refused; more than {bounds.refusals:.0%} stops a"
            f" send.{said}"
        )
    return ""


class CircuitBreaker:
    """Watches one run's latest answers, so that a relay which refuses everything is not asked a
    hundred thousand times before the next look at the ledger.
    """

    def __init__(self, share: float, size: int = 2 * LEAST) -> None:
        self._share = share
        self._latest: deque[bool] = deque(maxlen=size)
        self._refused = 0

    def note(self, refused: bool) -> bool:
        """Count one answer; True when too many of the latest were refusals for good."""
        latest = self._latest
        if len(latest) == latest.maxlen:
            self._refused -= latest[0]
        latest.append(refused)
        self._refused += refused
        return len(latest) == latest.maxlen and self._refused > max(self._share, 0.8) * len(latest)
