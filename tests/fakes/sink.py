"""The sink of the fault runs: it records every recipient and the moment, and drops the content."""

import time
from dataclasses import dataclass, field

from tests.fakes.smtp import Sink, Taken


@dataclass
class Register(Sink):
    """A strict relay that writes down who got a copy. ``moments``: of each, by the steady clock."""

    moments: list[float] = field(default_factory=list)

    def _take(self, mail: Taken) -> None:
        self.taken.append(Taken(mail.sender, mail.recipient, b""))
        self.moments.append(time.monotonic())

    def forget(self) -> None:
        """As new, for the next case; connections stay open."""
        for script in (self.on_recipient, self.on_data, self.on_content):
            script.clear()
        self.greetings.clear()
        self.delays.clear()
        self.taken.clear()
        self.moments.clear()
        self.delay = 0.0
        self.most_in_flight = 0
