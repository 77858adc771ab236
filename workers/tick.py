"""How a task knows that beat sent it: by a header of the message."""

from typing import Any

HEADER = "tick"


def tick_of(task: Any) -> str:
    """The name of the tick that ``task`` runs for; empty when a wake-up sent it."""
    headers = getattr(task.request, "headers", None) or {}
    return str(headers.get(HEADER) or getattr(task.request, HEADER, None) or "")
