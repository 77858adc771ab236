"""Beat only ticks: each entry says "look", and rows say what is due.

A tick is sent only when none like it waits (see workers/beat), so that workers that were away for
an hour find one of each, not hundreds. Ticks do not expire: the one that waits is the one that
counts. Two beats at once are harmless. Ticks follow a clock that nobody sets: a wall clock that is
put back by an hour must not silence beat for an hour.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from celery.schedules import schedule

from workers.tick import HEADER


@dataclass(frozen=True, slots=True)
class Tick:
    """A task that beat asks for every so many seconds."""

    name: str
    task: str
    every: int


TICKS: tuple[Tick, ...] = (
    Tick("poll", "intake.poll", 5),
    Tick("pushes", "intake.pushes", 5),
    Tick("websub", "intake.websub", 15),
    Tick("pages", "intake.pages", 30),
    Tick("lookups", "intake.lookups", 5),
    Tick("assign", "newsdesk.assign", 15),
    Tick("tag", "newsdesk.tag", 15),
    Tick("watch", "newsdesk.watch", 15),
    Tick("revise", "newsdesk.revise", 20),
    Tick("compose", "newsdesk.compose", 15),
    Tick("publish", "newsdesk.publish", 5),
    Tick("alerts", "outbound.alerts", 5),
    Tick("service", "outbound.service", 5),
    Tick("members", "outbound.members", 15),
    Tick("slots", "outbound.slots", 5),
    Tick("notes", "outbound.notes", 60),
    Tick("plan", "outbound.plan", 5),
    Tick("sweep", "upkeep.sweep", 5),
    Tick("guard", "upkeep.guard", 15),
    Tick("retention", "upkeep.retention", 60),
    Tick("events", "upkeep.events", 10),
    Tick("canaries", "upkeep.canaries", 15),
    Tick("returns", "upkeep.returns", 60),
    Tick("partitions", "upkeep.partitions", 60),
    Tick("lapse", "upkeep.lapse", 60),
    Tick("followed", "upkeep.followed", 60),
    Tick("channels", "upkeep.channels", 60),
    Tick("templates", "upkeep.templates", 300),
    Tick("announce", "upkeep.announce", 30),
    Tick("imports", "upkeep.imports", 30),
)


_STARTED, _STARTED_MONOTONIC = datetime.now(UTC), time.monotonic()


def steady() -> datetime:
    """The wall clock as it was when this process began, and the time that has passed since."""
    return _STARTED + timedelta(seconds=time.monotonic() - _STARTED_MONOTONIC)


def beat_schedule() -> dict[str, dict[str, Any]]:
    """The ticks in Celery's form; the header tells a worker that a tick and no wake-up came."""
    return {
        tick.name: {
            "task": tick.task,
            "schedule": schedule(timedelta(seconds=tick.every), nowfun=steady),
            "options": {"headers": {HEADER: tick.name}},
        }
        for tick in TICKS
    }
