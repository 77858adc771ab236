"""What a run is told."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from digest.outbound.channels.base import Patience
from digest.outbound.delivery.models import Send

# A run takes new work for so many seconds, then it makes room for others.
RUN_SECONDS = 30.0
# For the ledger's own patience and the watchers', on a machine that has too much to do.
_TO_END = 60.0


@dataclass(frozen=True, slots=True)
class RunConfiguration:
    """All that a run must know of its send, as values."""

    send_id: int
    age: timedelta
    urgent: bool
    service: bool
    connections: int
    lease: timedelta
    seconds: float
    patience: Patience
    allowed: tuple[str, ...]
    production: bool
    journals: Path
    most_refusals: float = 0.5
    lane: str = Send.Lane.DIGESTS.value
    newsletter: int | None = None
    reported_as: str = ""
    is_reported: bool = False
    """The provider's webhooks say of each copy whether it was taken."""

    @property
    def longest(self) -> float:
        """Seconds after which the run's watchdog ends it: what it may take, and as much again as
        it takes to connect, to record the last answers and to give back what was not begun.
        """
        return longest(self.seconds, self.patience)


def longest(seconds: float, patience: Patience) -> float:
    """Seconds after which a run that takes work for ``seconds`` has ended, or is ended."""
    return seconds + patience.answer + 4 * patience.command + _TO_END


def configured_patience() -> Patience:
    """How long a relay may take, by the settings."""
    return Patience(
        settings.DIGEST_COMMAND_TIMEOUT.total_seconds(),
        settings.DIGEST_ANSWER_TIMEOUT.total_seconds(),
    )
