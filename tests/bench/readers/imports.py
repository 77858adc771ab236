"""What it costs to bring a list of readers in.

``python -m tests.bench.readers.imports --json`` writes a CSV of ``--readers`` lines (a newsletter,
two topics, an hour, a zone and a day of consent each; one in a hundred broken), brings it in, and
once more as a list that is known already (the first ``--again`` lines of it). It prints ``rows``
and ``rows_per_second`` of both, the ``cpu_seconds`` of this process and ``database_seconds`` of its
connection for the first, and ``memory_mb`` after a tenth of it and at the end. Then the first is
taken back: ``undo`` has the rows and the seconds. ``desk`` does the same with the first ``--desk``
lines as a worker does with a file that was handed in: looked through, brought in, taken back.
"""

import argparse
import json
import os
import tempfile
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import psutil

from tests.scenes import servers

ZONES = ("Asia/Singapore", "Europe/Paris", "America/New_York", "Asia/Seoul", "UTC")


def main() -> int:
    """Write the list, bring it in, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--again", type=int, default=20_000)
    parser.add_argument("--desk", type=int, default=100_000)
    parser.add_argument("--undo", type=int, default=1, help="0: the first stays")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    valkey = servers.prepare(DIGEST_WAKER="", DIGEST_ALLOWED_RECIPIENTS="*")
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = measure(given, Path(folder) / "readers.csv")
    finally:
        valkey.stop()
    found["load"] = round(os.getloadavg()[0], 1)
    print(json.dumps(found) if given.json else found)
    return 0


def write(path: Path, readers: int) -> None:
    """A list as another newsroom may have it."""
    with path.open("w", encoding="utf-8") as file:
        file.write("address,newsletters,topics,local_time,time_zone,consented_at\n")
        for n in range(readers):
            host = f"host{n % 5000}.example" if n % 100 else "broken"
            file.write(
                f"reader{n}@{host},morning,topic-{n % 7} topic-{n % 11 + 7},{6 + n % 4:02}:00,"
                f"{ZONES[n % 5]},20{10 + n % 15}-03-{1 + n % 28:02}\n"
            )


def measure(given: argparse.Namespace, path: Path) -> dict[str, Any]:
    """Bring the list in, and the beginning of it once more."""
    from django.db import connection

    from digest.models import Newsletter, Topic

    Newsletter.objects.create(slug="morning", name="Morning briefing")
    for n in range(20):
        Topic.objects.create(slug=f"topic-{n}", name=f"Topic {n}", query=f"word{n}")
    write(path, given.readers)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = psutil.Process(cursor.fetchone()[0])
    process, memory = psutil.Process(), list[int]()
    cpu, its_cpu = process.cpu_times(), backend.cpu_times()
    first = bring_in(path, None, lambda _: memory.append(process.memory_info().rss // 2**20))
    spent = sum(process.cpu_times()[:2]) - sum(cpu[:2])
    its_spent = sum(backend.cpu_times()[:2]) - sum(its_cpu[:2])
    return {
        "first": first,
        "cpu_seconds": round(spent, 1),
        "database_seconds": round(its_spent, 1),
        "memory_mb": [memory[len(memory) // 10], memory[-1]],
        "again": bring_in(path, given.again, lambda _: None),
        "undo": take_back() if given.undo else None,
        "desk": at_the_desk(path, given.desk) if given.desk else None,
    }


def take_back() -> dict[str, Any]:
    """The first import is undone."""
    from digest.audience.lists.undo import undo
    from digest.models import ImportRun

    began = time.perf_counter()
    done = undo(ImportRun.objects.order_by("pk")[0].pk, now=datetime.now(UTC))
    return _paced(done.readers, time.perf_counter() - began)


def at_the_desk(path: Path, lines: int) -> dict[str, Any]:
    """A file as an editor hands it in, through every state of its job."""
    from digest.audience.lists import jobs
    from digest.models import ImportJob
    from digest.outbound.channels import registry
    from digest.staff.members import Member

    with path.open(encoding="utf-8", newline="") as file:
        data = "".join(islice(file, lines + 1)).encode()
    member, now = Member.objects.create_user("bench"), datetime.now(UTC)
    basis = "Signed up on our old site"
    job = jobs.hand_in(jobs.HandedIn("readers.csv", data, basis), member=member, now=now)
    found = {"checked": _worked(registry.address_kinds(), lines)}
    jobs.bring_in(job.pk, member=member, now=now)
    found["brought_in"] = _worked(registry.address_kinds(), lines)
    jobs.take_back(job.pk, member=member, now=now)
    found["taken_back"] = _worked(registry.address_kinds(), lines)
    assert ImportJob.objects.get(pk=job.pk).state == ImportJob.State.UNDONE
    return found


def _worked(kinds: Any, rows: int) -> dict[str, Any]:
    from digest.audience.lists import jobs

    began = time.perf_counter()
    while jobs.work(now=lambda: datetime.now(UTC), kinds=kinds):
        pass
    return _paced(rows, time.perf_counter() - began)


def _paced(rows: int, seconds: float) -> dict[str, Any]:
    return {"rows": rows, "seconds": round(seconds, 1), "rows_per_second": round(rows / seconds)}


def bring_in(path: Path, lines: int | None, progress: Any) -> dict[str, Any]:
    """One import of the first ``lines`` of a list."""
    from digest.audience.lists.import_readers import import_csv
    from digest.outbound.channels import registry

    began = time.perf_counter()
    with path.open(encoding="utf-8", newline="") as file:
        done = import_csv(
            islice(file, None if lines is None else lines + 1),
            kinds=registry.address_kinds(),
            basis="Signed up on our old site",
            place="bench",
            now=datetime.now(UTC),
            progress=progress,
        )
    seconds = time.perf_counter() - began
    rows = done.added + done.unchanged + len(done.errors)
    return {
        "rows": rows,
        "added": done.added,
        "unchanged": done.unchanged,
        "left_out": len(done.errors),
        "seconds": round(seconds, 1),
        "rows_per_second": round(rows / seconds),
    }


if __name__ == "__main__":
    raise SystemExit(main())
