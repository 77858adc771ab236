"""What ``digest.kit.wake`` calls: turns the name of a stage into a task on its queue."""

from contextlib import suppress
from functools import cache
from typing import Any

from kombu import pools
from kombu.connection import Connection
from redis.exceptions import RedisError

from digest.kit import valkey
from digest.outbound.delivery.pacing import right_of_way
from workers.app import app
from workers.queues import Queue

# A page waits for this: a broker that does not answer must not hold it up for long.
_HASTE = {"socket_timeout": 2, "socket_connect_timeout": 1, "max_retries": 0}

# Stages whose task takes the ids of what changed; the others look for themselves.
_TASKS: dict[str, str] = {
    "poll": "intake.poll",
    "pushes": "intake.pushes",
    "websub": "intake.websub",
    "pages": "intake.pages",
    "lookups": "intake.lookups",
    "assign": "newsdesk.assign",
    "tag": "newsdesk.tag",
    "watch": "newsdesk.watch",
    "compose": "newsdesk.compose",
    "publish": "newsdesk.publish",
    "alerts": "outbound.alerts",
    "service": "outbound.service",
    "members": "outbound.members",
    "slots": "outbound.slots",
    "plan": "outbound.plan",
    "events": "upkeep.events",
    "imports": "upkeep.imports",
}


def wake(stage: str, *ids: int) -> None:
    """Ask a worker to look at ``stage``; ``fan_out:<lane>`` and ``send:<lane>`` take a send's id.

    Raises what the broker raises; the caller swallows it.
    """
    verb, _, lane = stage.partition(":")
    if verb in {"fan_out", "send"}:
        queue = Queue(lane or Queue.DIGESTS.value).value
        for each in ids:
            _send(f"outbound.{verb}", args=[each], queue=queue)
    else:
        _send(_TASKS[stage])
    if Queue.ALERTS.value in {verb, lane}:
        with suppress(RedisError):
            right_of_way.take(valkey.client())


def _send(task: str, **options: Any) -> None:
    with pools.producers[_connection()].acquire(block=True, timeout=2) as producer:
        app.send_task(task, producer=producer, retry=False, **options)


@cache
def _connection() -> Connection:
    """Names the broker and how long to wait for it; the pool opens what is needed."""
    connection: Connection = app.connection_for_write(transport_options=_HASTE)
    return connection
