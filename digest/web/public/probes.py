"""One look at each part that the service stands on: does it take what is written to it?

Answering is not enough: a Redis at its memory's end answers, and refuses every write.
"""

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import Error, connection

from digest.kit import heartbeats, valkey

# Beat ticks every five seconds; after so long it, or every worker, has gone (seconds).
SILENT_AFTER = 90
# Below it a disk fills faster than somebody comes (bytes).
LITTLE_ROOM = 1024**3
_WRITTEN = "digest:health"


@dataclass(frozen=True, slots=True)
class StageProbe:
    """One look. ``state`` is ok, late (something waits too long), degraded (something does not
    work, and pages do) or down; ``seconds`` is the age of what waits, or of the last sign."""

    name: str
    state: str
    words: str
    seconds: int | None = None


def database() -> StageProbe:
    """PostgreSQL takes a write: a record in its log, which leaves nothing behind."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('transaction_read_only')")
            if cursor.fetchone()[0] == "on":
                return StageProbe("Database", "down", "takes no writes: it is read-only")
            cursor.execute("SELECT pg_logical_emit_message(true, 'digest.health', '')")
    except Error:
        return StageProbe("Database", "down", "does not answer, or takes no writes")
    return StageProbe("Database", "ok", "answers and takes writes")


def broker(now: datetime) -> StageProbe:
    """Redis takes a write."""
    try:
        valkey.client().set(_WRITTEN, now.isoformat(), ex=60)
    except redis.ResponseError as error:
        # Its own words, such as OOM or MISCONF: they hold no address.
        return StageProbe("Broker", "down", f"refuses writes: {str(error)[:120]}")
    except redis.RedisError:
        return StageProbe("Broker", "down", "does not answer")
    return StageProbe("Broker", "ok", "answers and takes writes")


def ticks(now: datetime) -> list[StageProbe]:
    """When beat last reached a worker, and which ticks fail."""
    try:
        signs = heartbeats.read(valkey.client())
    except redis.RedisError:
        return []
    found = [_last_tick(signs.ticked_at, now)]
    failing = {name: at for name, at in signs.failing.items() if now.timestamp() - at < 3600}
    if failing:
        names = ", ".join(sorted(failing)[:8])
        since = int(now.timestamp() - min(failing.values()))
        found.append(StageProbe("Ticks that fail", "degraded", names, max(0, since)))
    else:
        found.append(StageProbe("Ticks that fail", "ok", "none", 0))
    return found


def _last_tick(at: float | None, now: datetime) -> StageProbe:
    if at is None:
        state = "degraded" if settings.DIGEST_PRODUCTION else "ok"
        return StageProbe("Last tick", state, "none yet")
    age = max(0, int(now.timestamp() - at))
    state = "ok" if age <= SILENT_AFTER else "degraded"
    return StageProbe("Last tick", state, f"{age} s ago", age)


def channels() -> list[StageProbe]:
    """What each channel's own check said when the workers last made it."""
    try:
        stored = valkey.client().hgetall(heartbeats.CHANNELS)
    except redis.RedisError:
        return []
    found = []
    for name, value in sorted(stored.items()):
        told = _told(value)
        channel = heartbeats.text(name)
        label = f"Channel {channel}"
        if channel not in settings.DIGEST_CHANNELS or told is None:
            continue
        wrong = str(told.get("wrong", ""))[:200]
        found.append(StageProbe(label, "degraded" if wrong else "ok", wrong or "passes its check"))
    return found


def _told(value: bytes | str) -> dict[str, Any] | None:
    try:
        found = json.loads(value)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def disk(home: Path, journals_in: Path) -> list[StageProbe]:
    """Journals can be written on this machine, and there is room."""
    # A folder that nothing has made yet can be made, if what it will stand in takes it; what stands
    # in its place cannot be written in.
    way = (journals_in, journals_in.parent, home)
    where = next((each for each in way if each.exists()), home)
    try:
        with tempfile.TemporaryFile(dir=where) as file:
            file.write(b"digest")
            os.fsync(file.fileno())
        journals = StageProbe("Journals", "ok", "can be written")
    except OSError as error:
        words = f"cannot be written, so nothing is sent from here: {error.strerror}"
        journals = StageProbe("Journals", "degraded", words)
    try:
        free = shutil.disk_usage(home).free
    except OSError as error:
        room = StageProbe("Disk", "degraded", f"its room is not known: {error.strerror}")
    else:
        state = "ok" if free >= LITTLE_ROOM else "degraded"
        room = StageProbe("Disk", state, f"{free / 1024**3:,.1f} GiB left")
    return [journals, room]
