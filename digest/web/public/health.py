"""How the service is: its parts, and how long the oldest thing has waited at each stage."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import redis
from django.db import Error, connection

from digest.kit import valkey


@dataclass(frozen=True, slots=True)
class StageProbe:
    """One look. ``state`` is ok, late or down; ``seconds`` is the age of the oldest waiting."""

    name: str
    state: str
    words: str
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """``state`` is the worst of the readings."""

    state: str
    readings: tuple[StageProbe, ...]

    @property
    def is_up(self) -> bool:
        """Whether requests can be served: parts answer, however late the river runs."""
        return self.state != "down"

    def to_document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"status": self.state, "readings": [asdict(each) for each in self.readings]}


# What waits at each stage: since when the oldest of it has, and how long is too long.
_WAITING: tuple[tuple[str, str, timedelta], ...] = (
    (
        "Feeds waiting to be polled",
        "SELECT min(next_check_at) FROM digest_feed WHERE state = 'active'",
        timedelta(minutes=15),
    ),
    (
        "Stories waiting for topics",
        "SELECT min(assigned_at) FROM digest_story_article WHERE tagged_at IS NULL",
        timedelta(minutes=15),
    ),
    (
        "Personal digests waiting",
        "SELECT min(due_at) FROM digest_slot WHERE state IN ('open', 'ready')",
        timedelta(minutes=15),
    ),
    *(
        (
            f"Sends waiting: {lane}",
            "SELECT min(due_at) FROM digest_send"  # noqa: S608 - constants of this file
            f" WHERE lane = '{lane}' AND state IN ('pending', 'running')"
            " AND fanned_out_at IS NULL",
            patience,
        )
        for lane, patience in (
            ("alerts", timedelta(minutes=1)),
            ("transactional", timedelta(minutes=5)),
            ("digests", timedelta(minutes=10)),
        )
    ),
    (
        "Provider events waiting",
        "SELECT min(received_at) FROM digest_provider_event WHERE processed_at IS NULL",
        timedelta(minutes=15),
    ),
)


def health(*, now: datetime) -> ServiceHealth:
    """Look at everything once; an answer comes even when nothing else does."""
    database = _database()
    readings = [database, _valkey()]
    if database.state == "ok":
        readings += _stages(now)
    worst = max(readings, key=lambda each: ("ok", "late", "down").index(each.state))
    return ServiceHealth(worst.state, tuple(readings))


def _database() -> StageProbe:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return StageProbe("Database", "down", "does not answer")
    return StageProbe("Database", "ok", "answers")


def _valkey() -> StageProbe:
    try:
        valkey.client().ping()
    except redis.RedisError:
        return StageProbe("Broker", "down", "does not answer")
    return StageProbe("Broker", "ok", "answers")


def _stages(now: datetime) -> list[StageProbe]:
    found = []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT max(succeeded_at) FROM digest_feed")
            found.append(_newest_poll(cursor.fetchone()[0], now))
            for name, sql, patience in _WAITING:
                cursor.execute(sql)
                found.append(_waiting(name, cursor.fetchone()[0], patience, now))
    except Error:
        found.append(StageProbe("Tables", "down", "are not there; run digest up or migrate"))
    return found


def _newest_poll(at: datetime | None, now: datetime) -> StageProbe:
    if at is None:
        return StageProbe("Newest poll", "ok", "none yet")
    return StageProbe("Newest poll", "ok", f"{_spoken(now - at)} ago", _seconds(now - at))


def _waiting(name: str, since: datetime | None, patience: timedelta, now: datetime) -> StageProbe:
    if since is None or since > now:
        return StageProbe(name, "ok", "none", 0)
    age = now - since
    state = "late" if age > patience else "ok"
    return StageProbe(name, state, f"the oldest for {_spoken(age)}", _seconds(age))


def _seconds(age: timedelta) -> int:
    return max(0, int(age.total_seconds()))


def _spoken(age: timedelta) -> str:
    seconds = _seconds(age)
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {word}"
    return f"{seconds} s"
