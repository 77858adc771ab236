"""Crowds that ask for pages, from a process of their own: ``python -m tests.scenes.crowds URL…``.

Prints one JSON object: how often each status came, percentiles, and what this process itself took,
for it shares the cores with the service. ``lag_ms`` is how late its own loop came to what was due
(95th percentile): so much of any figure may be the generator's. It stands for machines elsewhere,
so it asks by hand, as cheaply as it can: a client library took as much of the machine as the
service, and what waited for a core was waiting for the crowd's own work.
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
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
NO_ANSWER, TURNED_AWAY = "refused", "503"
_PATIENCE = 10.0
_WITHOUT_BODY = {"204", "304"}


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


class _Line(asyncio.Protocol):
    """One client's connection, kept open from one page to the next."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        self._request = (
            f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept-Encoding: gzip\r\n\r\n"
        ).encode("ascii")
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[str] | None = None
        self._head = b""
        self._status = ""
        self._left = 0  # bytes of the body; -1: it comes in chunks
        self._tail = b""

    async def ask(self) -> str:
        """The status of one page, once it is here whole. Raises OSError, and TimeoutError."""
        async with asyncio.timeout(_PATIENCE):
            kept = self._transport is not None and not self._transport.is_closing()
            try:
                return await self._asked()
            except ConnectionError:
                if not kept or self._head or self._status:
                    raise
                # Closed from the other side before it had our request: every client asks anew.
                return await self._asked()

    async def _asked(self) -> str:
        loop = asyncio.get_running_loop()
        if self._transport is None or self._transport.is_closing():
            await loop.create_connection(lambda: self, self._host, self._port)
        assert self._transport is not None
        self._head, self._status, self._tail = b"", "", b""
        self._answer = loop.create_future()
        self._transport.write(self._request)
        return await self._answer

    def hang_up(self) -> None:
        """Close the connection; another is opened for the next page."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("closed before the end"))

    def data_received(self, data: bytes) -> None:
        if not self._status:
            head, end, data = (self._head + data).partition(b"\r\n\r\n")
            self._head = head
            if not end:
                return
            self._status = head[9:12].decode("ascii")
            self._left = self._length(head.lower())
        if self._left < 0:
            self._tail = (self._tail + data)[-5:]
            whole = self._tail == b"0\r\n\r\n"
        else:
            self._left -= len(data)
            whole = self._left <= 0
        if whole and self._answer is not None and not self._answer.done():
            if b"\r\nconnection: close" in self._head.lower():
                self.hang_up()
            self._answer.set_result(self._status)

    def _length(self, head: bytes) -> int:
        if self._status in _WITHOUT_BODY:
            return 0
        _, found, after = head.partition(b"\r\ncontent-length:")
        return int(after.partition(b"\r\n")[0]) if found else -1


async def crowd(urls: Sequence[str], level: int, seconds: float) -> Crowd:
    """``level`` clients, each on one of the pages, that ask again as soon as they have it."""
    found = Crowd()
    began = time.monotonic()
    until = began + seconds

    async def client(url: str) -> None:
        line = _Line(url)
        await _one(line, found)
        while time.monotonic() < until:
            await _one(line, found)
        line.hang_up()

    async with asyncio.TaskGroup() as group:
        ticking = group.create_task(_lags(found))
        clients = [group.create_task(client(urls[number % len(urls)])) for number in range(level)]
        await asyncio.wait(clients)
        ticking.cancel()
    found.took = time.monotonic() - began
    return found


async def _one(line: _Line, found: Crowd) -> None:
    began = time.monotonic()
    try:
        status = await line.ask()
    except (OSError, TimeoutError):
        status = NO_ANSWER
        line.hang_up()
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
