"""Who runs what: the one table of processes. ``digest up``, deploy/ and the tests read it."""

from dataclasses import dataclass

from workers.queues import Queue


@dataclass(frozen=True, slots=True)
class Process:
    """One operating-system process of workers: its queues and how many tasks run at once.

    ``first``: called before the first task, as a dotted path: what somebody would otherwise wait
    for, or what takes longer than a task may.
    ``niceness``: how far it leaves the machine to others (nice(2)) when there is too much to do.
    """

    name: str
    queues: tuple[Queue, ...]
    concurrency: int
    why: str
    first: str = ""
    niceness: int = 0


WARM_UP = "digest.outbound.delivery.sending.warm_up.warm_up"
# A fresh installation compiles the clusterer, on a slow machine for minutes.
COMPILE = "digest.newsdesk.stories.clustering.evaluate.warm"

WORKERS: tuple[Process, ...] = (
    Process(
        "alerts",
        (Queue.ALERTS,),
        6,
        "Idle most of the day, so that an alert waits for none, and no channel of it for another.",
        first=WARM_UP,
    ),
    Process(
        "transactional",
        (Queue.TRANSACTIONAL,),
        1,
        "Confirmations: a reader is waiting.",
        first=WARM_UP,
    ),
    Process(
        "digests",
        (Queue.DIGESTS,),
        2,
        "Fans out and sends editions; may be busy for hours.",
        niceness=10,
    ),
    Process("pushes", (Queue.PUSHES,), 1, "What hubs push is news; it waits for no polling."),
    Process("feeds", (Queue.INTAKE,), 2, "A look at a feed in time waits for no story."),
    Process(
        "newsroom",
        (Queue.NEWSDESK,),
        2,
        "Articles to stories to editions.",
        first=COMPILE,
        niceness=5,
    ),
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
