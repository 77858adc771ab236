"""Signs of life of beat and the workers, kept in the Redis-protocol server.

A worker leaves the time of its last task per queue, and that a tick of beat has reached it. Every
queue gets a tick at least every few seconds, so silence means that nobody serves it.
"""

import time
from dataclasses import dataclass, field
from typing import Any

import redis

SERVED, TICKED, FAILING = "digest:served", "digest:ticked", "digest:failing"
# What each channel's own check found, by the channel's name: JSON with "at" and "wrong".
CHANNELS = "digest:channels"
# The queues of workers/queues, most urgent first; a house test keeps the two equal.
QUEUES = ("alerts", "transactional", "digests", "pushes", "intake", "newsdesk", "upkeep")


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """Unix times, by the workers' clocks, and lengths of the queues."""

    ticked_at: float | None
    served_at: dict[str, float]
    waiting: dict[str, int]
    failing: dict[str, float] = field(default_factory=dict)


def note(client: "redis.Redis", queue: str, *, tick: bool) -> None:
    """Write down that ``queue`` has just been served, and whether by a tick of beat."""
    moment = time.time()
    pipe = client.pipeline(transaction=False)
    pipe.hset(SERVED, queue, str(moment))
    if tick:
        pipe.set(TICKED, str(moment))
    pipe.execute()


def note_end(client: "redis.Redis", task: str, *, failed: bool) -> None:
    """Write down that a ticked task ended by an error, or that it no longer does."""
    if failed:
        client.hset(FAILING, task, str(time.time()))
    else:
        client.hdel(FAILING, task)


def read(client: "redis.Redis") -> Heartbeats:
    """Read the signs. Raises redis.RedisError when the server does not answer."""
    pipe = client.pipeline(transaction=False)
    pipe.get(TICKED)
    pipe.hgetall(SERVED)
    pipe.hgetall(FAILING)
    for queue in QUEUES:
        pipe.llen(queue)
    ticked, served, failing, *lengths = pipe.execute()
    return Heartbeats(
        ticked_at=_moment(ticked),
        served_at=_moments(served),
        waiting=dict(zip(QUEUES, lengths, strict=True)),
        failing=_moments(failing),
    )


def _moments(found: dict[Any, Any]) -> dict[str, float]:
    return {
        text(name): moment
        for name, value in found.items()
        if (moment := _moment(value)) is not None
    }


def text(value: Any) -> str:
    """What Redis gave, bytes or not, as text."""
    return value.decode() if isinstance(value, bytes) else str(value)


def _moment(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
