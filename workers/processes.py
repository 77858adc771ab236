"""Who runs what: the one table of processes. ``digest up``, deploy/ and the tests read it."""

from dataclasses import dataclass

from workers.queues import Queue


@dataclass(frozen=True, slots=True)
class Process:
    """One operating-system process of workers: its queues and how many tasks run at once.

    ``urgent``: somebody waits for its first task, so it loads beforehand what that needs.
    ``niceness``: how far it leaves the machine to others (nice(2)) when there is too much to do.
    """

    name: str
    queues: tuple[Queue, ...]
    concurrency: int
    why: str
    urgent: bool = False
    niceness: int = 0


WORKERS: tuple[Process, ...] = (
    Process(
        "alerts",
        (Queue.ALERTS,),
        2,
        "Idle most of the day, so that an alert waits for none.",
        urgent=True,
    ),
    Process(
        "transactional",
        (Queue.TRANSACTIONAL,),
        1,
        "Confirmations: a reader is waiting.",
        urgent=True,
    ),
    Process(
        "digests",
        (Queue.DIGESTS,),
        2,
        "Fans out and sends editions; may be busy for hours.",
        niceness=10,
    ),
    Process("pushes", (Queue.PUSHES,), 1, "What hubs push is news; it waits for no polling."),
    Process("newsroom", (Queue.INTAKE, Queue.NEWSDESK), 2, "Feeds to stories to editions."),
    Process("upkeep", (Queue.UPKEEP,), 1, "Sweeps what a lost message or a killed worker left."),
)

BEAT = "beat"


def process(name: str) -> Process:
    """The worker process of that name; raises KeyError with the names there are."""
    for each in WORKERS:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in WORKERS)
    raise KeyError(f"There is no process {name!r}; there are {known} and {BEAT}.")
