"""Beat only ticks: each entry says "look", and rows say what is due.

An entry expires when the next one comes, so that workers that were away for an hour find one
tick waiting, not hundreds. Two beats at once are harmless.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Tick:
    """A task that beat asks for every so many seconds."""

    name: str
    task: str
    every: int


TICKS: tuple[Tick, ...] = (
    Tick("poll", "intake.poll", 5),
    Tick("assign", "newsdesk.assign", 15),
    Tick("tag", "newsdesk.tag", 15),
    Tick("compose", "newsdesk.compose", 15),
    Tick("publish", "newsdesk.publish", 5),
    Tick("alerts", "outbound.alerts", 5),
    Tick("service", "outbound.service", 5),
    Tick("slots", "outbound.slots", 5),
    Tick("plan", "outbound.plan", 5),
    Tick("sweep", "upkeep.sweep", 5),
    Tick("events", "upkeep.events", 10),
    Tick("partitions", "upkeep.partitions", 60),
    Tick("lapse", "upkeep.lapse", 60),
)


def beat_schedule() -> dict[str, dict[str, Any]]:
    """The ticks in Celery's form; the header tells a worker that a tick and no wake-up came."""
    return {
        tick.name: {
            "task": tick.task,
            "schedule": float(tick.every),
            "options": {"expires": tick.every, "headers": {"tick": tick.name}},
        }
        for tick in TICKS
    }
