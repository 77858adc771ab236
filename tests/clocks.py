"""Time travel that the workers take part in: they ask the database's clock, which stays."""

import pytest

from digest.kit import clock
from workers import newsdesk, outbound


def travel_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the workers' tasks ask this process's clock, which a test moves."""
    for tasks in (newsdesk, outbound):
        monkeypatch.setattr(tasks, "now", clock.now)
