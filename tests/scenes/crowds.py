"""Crowds that ask for pages, from a process of their own: ``python -m tests.scenes.crowds URL…``.

Prints one JSON object: how often each status came, percentiles, and what this process itself took,
for it shares the cores with the service. ``lag_ms`` is how late its own loop came to what was due
(95th percentile): so much of any figure may be the generator's.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).resolve().parents[2]
NO_ANSWER, TURNED_AWAY = "refused", "503"
_HEADERS = {"Accept-Encoding": "gzip"}


@dataclass(slots=True)
class Crowd:
    """What a crowd was answered."""

    statuses: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    ok_seconds: list[float] = field(default_factory=list)
    turned_seconds: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    took: float = 0.0

    def note(self, status: str, took: float) -> None:
        """One answer, or none."""
        self.statuses[status] += 1
        self.seconds.append(took)
        if status == TURNED_AWAY:
            self.turned_seconds.append(took)
        elif status != NO_ANSWER:
            self.ok_seconds.append(took)

    def to_document(self) -> dict[str, Any]:
        """JSON-ready; times in milliseconds."""
        return {
            "statuses": dict(sorted(self.statuses.items())),
            "p95_ms": percentile(self.seconds, 0.95),
            "p95_ok_ms": percentile(self.ok_seconds, 0.95),
            "slowest_ms": percentile(self.seconds, 1.0),
            "p95_503_ms": percentile(self.turned_seconds, 0.95),
            "slowest_503_ms": percentile(self.turned_seconds, 1.0),
            "per_second": round(len(self.seconds) / self.took),
            "lag_ms": percentile(self.lags, 0.95),
            "generator_cpu_s": round(time.process_time(), 2),
        }


def percentile(seconds: Sequence[float], share: float) -> float | None:
    """In milliseconds; None of nothing."""
    if not seconds:
        return None
    return round(1000 * sorted(seconds)[int(share * (len(seconds) - 1))], 1)


@contextmanager
def sent(urls: Sequence[str], level: int, seconds: float) -> Iterator[subprocess.Popen[str]]:
    """A crowd at work in a process of its own; ``seconds`` 0: each client asks once."""
    words = ["--level", str(level), "--seconds", str(seconds), *urls]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.scenes.crowds", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What a crowd found, once it has ended."""
    said, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"The crowd ended with {process.returncode}.")
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


async def crowd(urls: Sequence[str], level: int, seconds: float) -> Crowd:
    """``level`` clients, each on one of the pages, that ask again as soon as they have it."""
    found = Crowd()
    timeout = aiohttp.ClientTimeout(total=10)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, headers=_HEADERS, auto_decompress=False
    ) as session:
        began = time.monotonic()
        until = began + seconds

        async def client(url: str) -> None:
            await _one(session, url, found)
            while time.monotonic() < until:
                await _one(session, url, found)

        async with asyncio.TaskGroup() as group:
            ticking = group.create_task(_lags(found))
            clients = [
                group.create_task(client(urls[number % len(urls)])) for number in range(level)
            ]
            await asyncio.wait(clients)
            ticking.cancel()
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
    found.note(status, time.monotonic() - began)
    if status == TURNED_AWAY:
        # Who is told to come again does not come again at once.
        await asyncio.sleep(1)


async def _lags(found: Crowd) -> None:
    while True:
        due = time.monotonic() + 0.02
        await asyncio.sleep(0.02)
        found.lags.append(time.monotonic() - due)


def main() -> None:
    """Be a crowd."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("urls", nargs="+")
    parser.add_argument("--level", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=4.0)
    given = parser.parse_args()
    found = asyncio.run(crowd(given.urls, given.level, given.seconds))
    print(json.dumps(found.to_document()), flush=True)


if __name__ == "__main__":
    main()
