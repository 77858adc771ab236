"""How much work it is to keep ten thousand feeds read.

``python -m tests.bench.poll --json`` prints, per phase (``unchanged_304``, ``same_bytes``,
``one_new_item``, ``cold``): ``feeds_per_s`` by the clock on the wall, ``cpu_ms_per_feed`` of the
polling process with fetching, preparing and its side of the database, ``reading_cpu_ms_per_feed``
of the process apart that reads its documents, and ``postgres_cpu_ms_per_feed`` of the server
process that serves it (0 for a server elsewhere). ``poller_mb`` and ``reader_mb`` are the two at
their largest in each phase, resident; ``rss_mb`` the largest of all. ``cold`` is polled by two
processes. The figures on parsing alone come from tests/bench/parsing.
"""

import argparse
import json
import multiprocessing
import resource
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil

from digest.kit.apart.process import own
from tests.bench.stands import newsstand

PHASES = ("cold", "unchanged_304", "same_bytes", "one_new_item")


# A feed's first look parses and stores everything: as two workers would, so that the run ends.
PROCESSES = {"cold": 2}


@dataclass(frozen=True, slots=True)
class Took:
    """Of one phase: seconds on the wall, of the pollers' CPU, their readers', PostgreSQL's (0 if it
    is elsewhere), and the largest poller's and reader's memory in MB."""

    wall: float
    cpu: float
    reading: float
    postgres: float
    poller_mb: float
    reader_mb: float


def main() -> int:
    """Serve the feeds, poll them in four phases, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    # Here, for the pollers' processes need nothing of it.
    from tests.scenes import servers

    valkey = servers.prepare(DIGEST_ALLOW_PRIVATE_FETCH="1", DIGEST_WAKER="")
    stand = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.stands.newsstand"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert stand.stdin and stand.stdout
    try:
        origin = f"http://127.0.0.1:{stand.stdout.readline().strip()}"
        _store(origin, given.feeds)
        took = {phase: _phase(phase, origin, given.feeds) for phase in PHASES}
    finally:
        stand.stdin.close()
        stand.wait(30)
    valkey.stop()
    from tests.bench import parsing

    order = [*PHASES[1:], PHASES[0]]
    found = {
        "feeds": given.feeds,
        "items": newsstand.ITEMS,
        "feeds_per_s": {name: round(given.feeds / took[name].wall, 1) for name in order},
        "cpu_ms_per_feed": {
            name: round(took[name].cpu / given.feeds * 1000, 3) for name in order
        },
        "postgres_cpu_ms_per_feed": {
            name: round(took[name].postgres / given.feeds * 1000, 3) for name in order
        },
        "reading_cpu_ms_per_feed": {
            name: round(took[name].reading / given.feeds * 1000, 3) for name in order
        },
        "poller_mb": {name: round(took[name].poller_mb, 1) for name in order},
        "reader_mb": {name: round(took[name].reader_mb, 1) for name in order},
        "rss_mb": round(max(max(each.poller_mb, each.reader_mb) for each in took.values()), 1),
        "pollers": {name: PROCESSES.get(name, 1) for name in order},
        **parsing.measure(),
    }  # fmt: skip
    print(json.dumps(found) if given.json else found)
    return 0


def _store(origin: str, feeds: int) -> None:
    from digest.kit.clock import now
    from digest.models import Feed

    Feed.objects.bulk_create(
        [Feed(url=f"{origin}/feed/{number}.xml", next_check_at=now()) for number in range(feeds)],
        batch_size=2_000,
    )


def _phase(phase: str, origin: str, feeds: int) -> Took:
    """Poll every feed once. Raises RuntimeError when one did not go as the phase wants."""
    from django.db import connection, connections

    from digest.kit.clock import now

    urllib.request.urlopen(f"{origin}/phase/{phase}", timeout=30).close()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE digest_feed SET next_check_at = %s", [now() - timedelta(days=1)])
        cursor.execute("VACUUM ANALYZE")
    connections.close_all()
    # Fresh ones, as workers are: a fork would count what this process has in memory.
    fresh = multiprocessing.get_context("spawn")
    found = fresh.SimpleQueue()
    pollers = PROCESSES.get(phase, 1)
    ready = fresh.Barrier(pollers + 1)
    processes = [
        fresh.Process(target=_poll, args=(feeds, ready, found)) for _ in range(pollers)
    ]  # fmt: skip
    for poller in processes:
        poller.start()
    ready.wait(120)
    wall = time.perf_counter()
    for poller in processes:
        poller.join()
        if poller.exitcode:
            raise RuntimeError(f"A poller ended with {poller.exitcode} in {phase}.")
    wall = time.perf_counter() - wall
    reports = [found.get() for _ in processes]
    counted = {name: sum(each[name] for each in reports) for name in reports[0]}
    new = {"cold": newsstand.ITEMS, "one_new_item": 1}.get(phase, 0)
    good = counted["ok" if new else "unchanged"]
    if (counted["due"], good, counted["new_articles"]) != (feeds, feeds, feeds * new):
        raise RuntimeError(f"{phase} went wrong: {counted}")
    took = Took(
        wall, counted["cpu"], counted["reading"], counted["postgres"],
        max(each["poller_mb"] for each in reports), max(each["reader_mb"] for each in reports),
    )  # fmt: skip
    print(f"{phase}: {took}", file=sys.stderr)
    return took


def _poll(feeds: int, ready: Any, found: Any) -> None:
    """One poller's work, in a process of its own: what it did, and what it took.

    Begins when all are ``ready`` (a barrier); the answer goes into the queue ``found``.
    """
    import django

    django.setup()
    from digest.intake.articles.ingest import ingest, ingest_all
    from digest.intake.feeds.poll import poll_due
    from digest.kit.clock import now

    server = _server()
    readers = _Readers()
    ready.wait(120)
    postgres, cpu = _spent(server), time.process_time()
    report = poll_due(
        now_fn=now,
        limit=feeds + 1,
        worker="bench",
        ingest=ingest,
        ingest_all=ingest_all,
        on_result=readers.look,
    )
    cpu = time.process_time() - cpu
    found.put(
        {
            "due": report.due,
            "ok": report.ok,
            "unchanged": report.unchanged,
            "new_articles": report.new_articles,
            "cpu": cpu,
            "reading": readers.end(),
            "postgres": _spent(server) - postgres,
            "poller_mb": _largest_mb("self"),
            "reader_mb": readers.largest_mb,
        }
    )


class _Readers:
    """The processes apart that read for this one: how large they grow, and what they take."""

    EVERY = 20

    def __init__(self) -> None:
        self.largest_mb = 0.0
        self._looks = 0

    def look(self, due: object) -> None:
        """To be called after each feed; some are looked at, since a process may be replaced."""
        self._looks += 1
        if self._looks % self.EVERY == 1:
            self._measure()

    def end(self) -> float:
        """Close them: the CPU seconds that all of them took, those replaced included."""
        self._measure()
        own().close()
        own("heavy").close()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    def _measure(self) -> None:
        for child in psutil.Process().children():
            self.largest_mb = max(self.largest_mb, _largest_mb(str(child.pid)))


def _largest_mb(pid: str) -> float:
    """How large a process was at its largest (proc(5), status): resident, 0 once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(each.split()[1]) / 1024 for each in lines if each.startswith("VmHWM:")), 0.0)


def _server() -> psutil.Process | None:
    """The process of PostgreSQL that serves our connection, when it runs on this machine."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    try:
        server = psutil.Process(pid)
        return server if "postgres" in server.name() else None
    except psutil.NoSuchProcess:
        return None


def _spent(server: psutil.Process | None) -> float:
    times = server.cpu_times() if server else None
    return times.user + times.system if times else 0.0


if __name__ == "__main__":
    sys.exit(main())
