"""Signs of life of beat and the workers, kept in the Redis-protocol server.

A worker leaves the time of its last task per queue, and that a tick of beat has reached it. Every
queue gets a tick at least every few seconds, so silence means that nobody serves it.
"""

import time
from dataclasses import dataclass
from typing import Any

import redis

SERVED, TICKED = "digest:served", "digest:ticked"
# The queues of workers/queues, most urgent first; a house test keeps the two equal.
QUEUES = ("alerts", "transactional", "digests", "pushes", "intake", "newsdesk", "upkeep")


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """Unix times, by the workers' clocks, and lengths of the queues."""

    ticked_at: float | None
    served_at: dict[str, float]
    waiting: dict[str, int]


def note(client: "redis.Redis", queue: str, *, tick: bool) -> None:
    """Write down that ``queue`` has just been served, and whether by a tick of beat."""
    moment = time.time()
    pipe = client.pipeline(transaction=False)
    pipe.hset(SERVED, queue, str(moment))
    if tick:
        pipe.set(TICKED, str(moment))
    pipe.execute()


def read(client: "redis.Redis") -> Heartbeats:
    """Read the signs. Raises redis.RedisError when the server does not answer."""
    pipe = client.pipeline(transaction=False)
    pipe.get(TICKED)
    pipe.hgetall(SERVED)
    for queue in QUEUES:
        pipe.llen(queue)
    ticked, served, *lengths = pipe.execute()
    return Heartbeats(
        ticked_at=_moment(ticked),
        served_at={
            _text(queue): moment
            for queue, value in served.items()
            if (moment := _moment(value)) is not None
        },
        waiting=dict(zip(QUEUES, lengths, strict=True)),
    )


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _moment(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
