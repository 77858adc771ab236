"""The queues, most urgent first. A breaking alert never waits behind a digest."""

from collections.abc import Iterable
from enum import Enum


class Queue(str, Enum):
    """A Celery queue; the lanes of a send carry the names of the first three."""

    ALERTS = "alerts"
    TRANSACTIONAL = "transactional"
    DIGESTS = "digests"
    PUSHES = "pushes"
    INTAKE = "intake"
    NEWSDESK = "newsdesk"
    UPKEEP = "upkeep"


# Which queue a task waits in when its caller names none. ``outbound.send`` and
# ``outbound.fan_out`` are sent to the queue of the send's lane instead.
ROUTES: dict[str, Queue] = {
    "intake.pushes": Queue.PUSHES,
    "intake.lookups": Queue.PUSHES,  # an editor is waiting
    "intake.poll": Queue.INTAKE,
    "intake.websub": Queue.INTAKE,
    "intake.pages": Queue.INTAKE,
    "newsdesk.assign": Queue.NEWSDESK,
    "newsdesk.tag": Queue.NEWSDESK,
    "newsdesk.watch": Queue.NEWSDESK,
    "newsdesk.revise": Queue.NEWSDESK,
    "newsdesk.compose": Queue.NEWSDESK,
    "newsdesk.publish": Queue.NEWSDESK,
    "outbound.alerts": Queue.ALERTS,
    "outbound.service": Queue.TRANSACTIONAL,
    "outbound.members": Queue.TRANSACTIONAL,
    "outbound.slots": Queue.DIGESTS,
    "outbound.notes": Queue.DIGESTS,
    "outbound.plan": Queue.DIGESTS,
    "outbound.fan_out": Queue.DIGESTS,
    "outbound.send": Queue.DIGESTS,
    "upkeep.sweep": Queue.UPKEEP,
    "upkeep.partitions": Queue.UPKEEP,
    "upkeep.guard": Queue.UPKEEP,
    "upkeep.retention": Queue.UPKEEP,
    "upkeep.followed": Queue.UPKEEP,
    "upkeep.events": Queue.UPKEEP,
    "upkeep.canaries": Queue.UPKEEP,
    "upkeep.returns": Queue.UPKEEP,
    "upkeep.lapse": Queue.UPKEEP,
    "upkeep.channels": Queue.UPKEEP,
    "upkeep.templates": Queue.UPKEEP,
    "upkeep.announce": Queue.UPKEEP,
    "upkeep.imports": Queue.UPKEEP,
}


def modules(queues: Iterable[Queue]) -> list[str]:
    """The modules with the tasks of ``queues``: all that a worker which drains them has to load."""
    wanted = set(queues)
    return sorted(
        {f"workers.{task.partition('.')[0]}" for task, queue in ROUTES.items() if queue in wanted}
    )
