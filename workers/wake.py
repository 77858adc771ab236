"""What ``digest.kit.wake`` calls: turns the name of a stage into a task on its queue."""

from workers.app import app
from workers.queues import Queue

# Stages whose task takes the ids of what changed; the others look for themselves.
_TASKS: dict[str, str] = {
    "poll": "intake.poll",
    "assign": "newsdesk.assign",
    "tag": "newsdesk.tag",
    "compose": "newsdesk.compose",
    "publish": "newsdesk.publish",
    "alerts": "outbound.alerts",
    "service": "outbound.service",
    "slots": "outbound.slots",
    "plan": "outbound.plan",
    "events": "upkeep.events",
}


def wake(stage: str, *ids: int) -> None:
    """Ask a worker to look at ``stage``; ``fan_out:<lane>`` and ``send:<lane>`` take a send's id.

    Raises what the broker raises; the caller swallows it.
    """
    verb, _, lane = stage.partition(":")
    if verb in {"fan_out", "send"}:
        queue = Queue(lane or Queue.DIGESTS.value).value
        for each in ids:
            app.send_task(f"outbound.{verb}", args=[each], queue=queue, retry=False)
        return
    app.send_task(_TASKS[stage], retry=False)
