"""Public pages under a crowd.

``python -m tests.bench.pages --json`` starts the web service as production does, with two
processes on a database of its own, and asks each page again and again with 50, 300 and 1,000
requests in flight. It prints, per page and level, how often each status came, the 95th percentile
in milliseconds and the answers a second. A status that did not occur is not printed. ``refused``
are connections that broke or gave no answer in ten seconds. The load generator shares the cores:
``generator_cpu`` is the share of all CPU time that it took.

An honest 503 counts for what it is; percentiles are of all answers together and, as ``p95_ok_ms``,
of the pages alone.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from digest.kit.supervise import free_port
from tests.scenes.servers import prepare

ROOT = Path(__file__).resolve().parents[2]
LEVELS = (50, 300, 1000)
NO_ANSWER = "refused"


@dataclass(slots=True)
class Crowd:
    """What a crowd was answered on one page."""

    statuses: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    ok_seconds: list[float] = field(default_factory=list)
    took: float = 0.0

    def to_document(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "statuses": dict(sorted(self.statuses.items())),
            "p95_ms": _p95(self.seconds),
            "p95_ok_ms": _p95(self.ok_seconds),
            "per_second": round(len(self.seconds) / self.took),
        }


def main() -> None:
    """Furnish a newsroom, serve it, and send the crowds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each page at each level")
    parser.add_argument("--levels", default=",".join(map(str, LEVELS)))
    given = parser.parse_args()
    prepare(DIGEST_PROXIES="0")
    paths = furnish()
    levels = [int(each) for each in given.levels.split(",")]
    with serving() as (base, server):
        # As after the first reader of the day; what a page costs at first is no matter of crowds.
        for _ in range(4):
            asyncio.run(first(base, paths))
        pages = measure(base, paths, levels, given.seconds, server)
    print(json.dumps(pages) if given.json else json.dumps(pages, indent=2))


def furnish() -> dict[str, str]:
    """A newsroom with forty editions and a reader; the paths to ask for, by page."""
    from datetime import timedelta

    from django.conf import settings

    from digest.audience.core import tokens
    from digest.outbound.messages import links
    from tests.web import newsroom

    newsroom.offer()
    for day in range(40):
        slot = newsroom.SLOT - timedelta(days=day)
        edition = newsroom.publish(slot_at=slot, local_date=slot.date())
    story = newsroom.story(*(f"https://outlet.example/{n}" for n in range(12)))
    reader = newsroom.reader()
    token = tokens.preferences_token(settings.SECRET_KEY, reader)
    return {
        "front": "/",
        "archive": "/archive",
        "story": f"/s/{links.short_code(story.public_id)}",
        "sign-up": "/subscribe",
        "preferences": f"/preferences/{token}",
        "edition": f"/editions/{edition.public_id}",
    }


@contextmanager
def serving(workers: int = 2) -> Iterator[tuple[str, psutil.Process]]:
    """The web service, until the end."""
    port = free_port(18_400)
    words = ["-m", "digest.web.serving", "--port", str(port), "--workers", str(workers)]
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT, start_new_session=True)
    base = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"{base}/health/live", timeout=2):
                    break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield base, psutil.Process(process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def measure(
    base: str, paths: dict[str, str], levels: list[int], seconds: float, server: psutil.Process
) -> dict[str, Any]:
    """Every page at every level, and what the load generator took."""
    cpu, served = time.process_time(), _cpu_of(server)
    found = {
        name: {
            str(level): asyncio.run(crowd(base + path, level, seconds)).to_document()
            for level in levels
        }
        for name, path in paths.items()
    }
    cpu, served = time.process_time() - cpu, _cpu_of(server) - served
    return {
        "pages": found,
        "server_errors": sum(
            number
            for page in found.values()
            for level in page.values()
            for status, number in level["statuses"].items()
            if status.startswith("5") and status != "503"
        ),
        "generator_cpu": round(cpu / (cpu + served), 2) if served else None,
        "load": round(os.getloadavg()[0], 1),
    }


async def first(base: str, paths: dict[str, str]) -> None:
    """Each page once."""
    async with aiohttp.ClientSession() as session:
        for path in paths.values():
            async with session.get(base + path) as answer:
                answer.raise_for_status()


async def crowd(url: str, level: int, seconds: float) -> Crowd:
    """``level`` clients that ask for a page again as soon as they have it, for ``seconds``."""
    found = Crowd()
    until = time.monotonic() + seconds
    timeout = aiohttp.ClientTimeout(total=10)
    connector = aiohttp.TCPConnector(limit=0)
    headers = {"Accept-Encoding": "gzip"}
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, headers=headers, auto_decompress=False
    ) as session:

        async def client() -> None:
            await _one(session, url, found)
            while time.monotonic() < until:
                await _one(session, url, found)

        began = time.monotonic()
        await asyncio.gather(*[client() for _ in range(level)])
        found.took = time.monotonic() - began
    return found


async def _one(session: aiohttp.ClientSession, url: str, found: Crowd) -> None:
    began = time.monotonic()
    try:
        async with session.get(url, allow_redirects=False) as answer:
            await answer.read()
            status = str(answer.status)
    except (aiohttp.ClientError, TimeoutError, OSError):
        status = NO_ANSWER
    took = time.monotonic() - began
    found.statuses[status] += 1
    found.seconds.append(took)
    if status == "503":
        # Who is told to come again does not come again at once.
        await asyncio.sleep(1)
    elif status != NO_ANSWER:
        found.ok_seconds.append(took)


def _p95(seconds: list[float]) -> float | None:
    if not seconds:
        return None
    return round(1000 * sorted(seconds)[int(0.95 * (len(seconds) - 1))], 1)


def _cpu_of(server: psutil.Process) -> float:
    total = 0.0
    for each in [server, *server.children(recursive=True)]:
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


if __name__ == "__main__":
    main()
