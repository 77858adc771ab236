"""How the service is: its parts, and how long the oldest thing has waited at each stage."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import Error, connection

from digest.outbound.delivery.ledger import recover
from digest.web.public import probes
from digest.web.public.probes import StageProbe


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """``state`` is ok; degraded when something is late or does not work; down when the database or
    the broker refuses."""

    state: str
    readings: tuple[StageProbe, ...]

    @property
    def is_up(self) -> bool:
        """Whether requests can be served: parts take writes, however late the river runs."""
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
        "Articles waiting for stories",
        "SELECT min(first_seen_at) FROM digest_article WHERE withdrawn_at IS NULL AND id >"
        " (SELECT coalesce(max(article_id), 0) FROM digest_story_article)",
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
            " AND (fanned_out_at IS NULL OR fan_out_after IS NOT NULL)",
            patience,
        )
        for lane, patience in (
            ("alerts", timedelta(minutes=1)),
            ("transactional", timedelta(minutes=5)),
            ("digests", timedelta(minutes=10)),
        )
    ),
    (
        "Sends held up",
        "SELECT min(held_up_since) FROM digest_send WHERE state IN ('pending', 'running')",
        timedelta(minutes=2),
    ),
    (
        "Pushed feeds waiting",
        "SELECT min(received_at) FROM digest_push",
        timedelta(minutes=5),
    ),
    (
        "Editions waiting to be published",
        "SELECT min(slot_at) FROM digest_edition WHERE state = 'approved'",
        timedelta(minutes=10),
    ),
    (
        "Deliveries waiting",
        "SELECT min(d.next_try_at) FROM digest_send s CROSS JOIN LATERAL ("
        " SELECT next_try_at FROM digest_delivery"
        " WHERE send_id = s.id AND next_try_at IS NOT NULL ORDER BY next_try_at LIMIT 1"
        ") AS d WHERE s.state = 'running'",
        timedelta(minutes=15),
    ),
    (
        "Provider events waiting",
        "SELECT min(received_at) FROM digest_provider_event WHERE processed_at IS NULL",
        timedelta(minutes=15),
    ),
)


# What was too late, or paused by the service itself; not what somebody paused. Of the newest sends,
# for there may be millions.
_FOR_AN_EDITOR = """
SELECT count(*) FROM digest_send WHERE id > (SELECT max(id) - 20000 FROM digest_send)
AND (state = 'held' OR (state = 'paused' AND state_reason NOT LIKE 'Paused by %'))
"""


def health(*, now: datetime) -> ServiceHealth:
    """Look at everything once; an answer comes even when nothing else does."""
    database, broker = probes.database(), probes.broker(now)
    readings = [database, broker]
    if broker.state == "ok":
        readings += [*probes.ticks(now), *probes.channels()]
    readings += probes.disk(settings.DIGEST_HOME, recover.journals())
    if database.state == "ok":
        readings += _stages(now)
    return ServiceHealth(_overall(readings), tuple(readings))


def _overall(readings: list[StageProbe]) -> str:
    states = {each.state for each in readings}
    if "down" in states:
        return "down"
    return "ok" if states == {"ok"} else "degraded"


def _stages(now: datetime) -> list[StageProbe]:
    found = []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT max(succeeded_at) FROM digest_feed")
            found.append(_newest_poll(cursor.fetchone()[0], now))
            for name, sql, patience in _WAITING:
                cursor.execute(sql)
                found.append(_waiting(name, cursor.fetchone()[0], patience, now))
            cursor.execute(_FOR_AN_EDITOR)
            found.append(_for_an_editor(cursor.fetchone()[0]))
    except Error:
        found.append(StageProbe("Tables", "degraded", "are not there; run digest migrate"))
    return found


def _for_an_editor(sends: int) -> StageProbe:
    words = f"{sends}; the desk says why" if sends else "none"
    return StageProbe("Sends that wait for an editor", "late" if sends else "ok", words)


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
