"""When a send must stop by itself: the other side refuses everything, or too many complain.

Pure: counts in, a reason out. The reason names the bound and what was seen, for the editor who
finds the send paused.
"""

from collections import Counter, deque
from dataclasses import dataclass
from enum import Enum

# A share of less than this many says nothing yet.
LEAST = 50
LEAST_COMPLAINTS = 3
# So many final answers that never come are no accident; so many quota refusals in a row no one
# reader's.
_NOT_BY_CHANCE = 3
_QUOTAS_IN_A_ROW = 3
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


class Answered(Enum):
    """What an answer says of the relay."""

    ACCEPTED = 1
    REFUSED = 2
    """For good."""
    QUOTA = 3
    """We have sent as much as we may."""
    LOST = 4
    """It hung up after the content."""
    OVERDUE = 5
    """It let all the time for the final answer pass."""
    OTHER = 6


class CircuitBreaker:
    """Watches one run's latest answers, so that a relay which refuses everything is not asked a
    hundred thousand times before the next look at the ledger, and one whose final answers are lost
    does not give everybody two copies.

    ``connections``: so many answers may be lost at once when a relay restarts.
    """

    def __init__(self, share: float, *, connections: int = 10, size: int = 2 * LEAST) -> None:
        self._share = share
        self._most_lost = max(connections, _NOT_BY_CHANCE)
        self._latest: deque[Answered] = deque(maxlen=max(size, 2 * self._most_lost))
        self._among: Counter[Answered] = Counter()
        self._in_a_row = 0

    def note(self, answered: Answered, words: str = "") -> str:
        """Count one answer, ``words`` being the other side's; returns why the send must pause."""
        latest, among = self._latest, self._among
        if len(latest) == latest.maxlen:
            among[latest[0]] -= 1
        latest.append(answered)
        among[answered] += 1
        if answered is Answered.ACCEPTED:
            self._in_a_row = 0
            return ""
        self._in_a_row += answered is Answered.QUOTA
        if self._in_a_row >= _QUOTAS_IN_A_ROW:
            return f"What may be sent through the relay is used up. It says: {words}"
        if among[Answered.REFUSED] > max(self._share, 0.8) * len(latest) >= 0.8 * 2 * LEAST:
            return f"The other side refuses nearly everything. It says: {words}"
        return self._lost()

    def _lost(self) -> str:
        """Most of the last final answers were lost: by hanging up more often than a relay that
        restarts once does it, or by letting all the time pass.
        """
        overdue = self._among[Answered.OVERDUE]
        lost = self._among[Answered.LOST] + overdue
        answers = lost + self._among[Answered.ACCEPTED]
        if 2 * lost <= answers or (overdue < _NOT_BY_CHANCE and lost <= self._most_lost):
            return ""
        return (
            f"{lost} of the last {answers} mails were handed over and never answered for. Each of"
            " them may have arrived, and would go out once more: look at the relay, then resume."
        )
