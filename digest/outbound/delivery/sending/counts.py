"""What a run counts: for its own result, and for the metrics of all."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from digest.kit import counters, env, supervise
from digest.outbound.delivery.ledger.answers import Answer
from digest.outbound.delivery.models import Delivery, Send

State = Delivery.State

# Answers are written several times a second. An alert that goes by drops needs no haste.
_MANY = 20


@dataclass(slots=True)
class RunCounts:
    """Counters of a run in progress."""

    sent: int = 0
    failed: int = 0
    deferred: int = 0
    unknown: int = 0
    skipped: int = 0

    def add(self, state: Delivery.State) -> None:
        """One more delivery is in that state."""
        name = state.name.lower()
        setattr(self, name, getattr(self, name) + 1)


def tell(channel: str, lane: str, batch: Sequence[Answer]) -> None:
    """Count a batch of the ledger's answers for the metrics. Many of an alert's make haste."""
    if lane == Send.Lane.ALERTS and len(batch) >= _MANY:
        supervise.make_haste(env.home())
    for state, number in Counter(each.state for each in batch).items():
        counters.count("attempts", channel, lane, state.name.lower(), by=number)
