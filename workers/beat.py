"""Beat's scheduler: a tick is not sent while one like it waits.

Redis keeps a message until somebody takes it, expired or not, and so an hour without workers
would leave thousands of ticks behind. One says as much as a thousand.
"""

from typing import Any

from celery.beat import ScheduleEntry, Scheduler

from digest.kit import valkey
from digest.kit.observe import log
from workers.queues import ROUTES
from workers.tick import HEADER

# So many of the newest messages of a queue are looked through. Beyond lie wake-ups by the
# hundred, and the sweepers' work is then waiting its turn anyway.
_LOOK_THROUGH = 500


class Ticks(Scheduler):  # type: ignore[misc]
    """Celery's in-memory scheduler that sends less."""

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Send the tick, unless one waits."""
        if not waits(entry.name, ROUTES[entry.task].value):
            super().apply_entry(entry, producer=producer)


def waits(tick: str, queue: str) -> bool:
    """Whether a message of ``tick`` is in ``queue``; False as well when the broker is gone."""
    mark = f'"{HEADER}": "{tick}"'.encode()
    try:
        newest = valkey.client().lrange(queue, 0, _LOOK_THROUGH - 1)
    except Exception as error:
        log.warning("queue not looked at", queue=queue, reason=str(error))
        return False
    return any(mark in message for message in newest)
