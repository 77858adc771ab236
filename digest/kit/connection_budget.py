"""Who may hold how many connections to PostgreSQL: the one table, and the pools made from it.

Each process has a pool that cannot grow beyond its row, so page views can never use up what alerts
need. ``digest doctor`` compares the sum with the server's ``max_connections``; docs/operations.md
shows the same table, and a test compares.
"""

import select
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, Cursor

# The threads of one web process, by lanes: see web/serving/traffic.
WEB_PLACES = 20


@dataclass(frozen=True, slots=True)
class Share:
    """One row: ``processes`` of a kind, ``pooled`` connections each, and ``direct`` ones beside.

    ``direct`` are those that a sending run opens for itself, for its claims and its answers.
    """

    process: str
    processes: int
    pooled: int
    direct: int
    why: str

    @property
    def together(self) -> int:
        """The most connections of all its processes."""
        return self.processes * (self.pooled + self.direct)


SHARES: tuple[Share, ...] = (
    Share("web", 2, WEB_PLACES, 0, "A ceiling: who finds no place is told to come again."),
    Share("alerts", 6, 2, 2, "Reserved for senders: nobody else can take them."),
    Share("transactional", 1, 2, 2, "Reserved for senders."),
    Share("digests", 2, 2, 2, "Reserved for senders."),
    Share("pushes", 1, 2, 0, "One task at a time, and its heartbeat."),
    Share("feeds", 2, 2, 0, "Two tasks, and their heartbeats."),
    Share("newsroom", 2, 3, 0, "Two tasks, their heartbeats, and the stories' lock."),
    Share("upkeep", 1, 2, 0, "One task at a time."),
    Share("beat", 1, 1, 0, "Only ticks."),
    Share("commands", 4, 1, 0, "`digest …` by hand and the returns server."),
)


def needed() -> int:
    """The connections that one machine with everything on it may use together."""
    return sum(share.together for share in SHARES)


def of_another_machine() -> int:
    """What each further machine of workers adds."""
    return sum(share.together for share in SHARES if share.process not in {"web", "commands"})


def pool(process: str) -> Mapping[str, Any] | None:
    """The options of psycopg's pool for a process; None for those of one thread, which need none.

    A page says within two seconds that it has no connection; a worker has time to wait.
    """
    found = next((each for each in SHARES if each.process == process), None)
    if found is None or process == "commands":
        return None
    return {
        "min_size": 1,
        "max_size": found.pooled,
        "timeout": 2.0 if process == "web" else 10.0,
        "max_idle": 60.0,
        "max_lifetime": 1800.0,
        "connection_class": PooledConnection,
    }


def limits(process: str) -> Mapping[str, str]:
    """How long the server works for a process, as PostgreSQL's settings; empty: as the server says.

    A person who waits for a page has given up after twenty seconds, and a query that goes on would
    hold a place that others need: the server ends it, and the page says that it is busy. Workers
    have steps that are longer by nature, and deadlines of their own.
    """
    if process != "web":
        return {}
    return {"statement_timeout": "20s", "idle_in_transaction_session_timeout": "60s"}


class PooledConnection(Connection[Any]):
    """A connection that psycopg's pool finds sound without a round trip.

    The pool asks an empty query before it hands a connection out: a second round trip of each page
    that has one. A server that goes says so, or hangs up, and then there is something to read.
    """

    def execute(self, query: Any, *arguments: Any, **options: Any) -> Cursor[Any]:
        """As psycopg's; the pool's empty question is asked when the server has said something."""
        if query == "" and not self._has_news():
            return self.cursor()
        return super().execute(query, *arguments, **options)

    def _has_news(self) -> bool:
        waiting = select.poll()
        waiting.register(self.fileno(), select.POLLIN)
        return bool(waiting.poll(0))
