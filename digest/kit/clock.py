"""The one place that asks what time it is. Decisions take ``now`` as an argument instead."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC. Only workers, web views and commands call this."""
    return datetime.now(UTC)
