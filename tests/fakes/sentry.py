"""A Sentry ingest endpoint on loopback: takes envelopes as the SDK sends them and keeps the items.

https://develop.sentry.dev/sdk/data-model/envelopes/
"""

import gzip
import json
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Any

import brotli

from tests.deadlines import patience

_EXPAND: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "br": brotli.decompress,
}


@dataclass(frozen=True, slots=True)
class Item:
    """One item of an envelope: its header's type, and its payload as JSON."""

    kind: str
    payload: Any


@dataclass
class Ingest:
    """What has arrived. ``raw`` is every body, expanded, to search for what must not be there.

    Each answer takes ``delay`` seconds, so that a process may end before all is sent.
    """

    url: str = ""
    delay: float = 0.0
    items: list[Item] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    arrived: Condition = field(default_factory=Condition)

    def of(self, kind: str) -> list[Any]:
        """The payloads of one kind: event, check_in, session, …"""
        return [item.payload for item in self.items if item.kind == kind]

    def wait_for(self, wanted: Callable[["Ingest"], bool], seconds: float = 60) -> None:
        """Until ``wanted`` holds; AssertionError with what came instead."""
        with self.arrived:
            found = self.arrived.wait_for(lambda: wanted(self), patience(seconds))
        kinds = [item.kind for item in self.items]
        assert found, f"in {seconds} s only {kinds} came; refused {self.refused}"

    def take(self, path: str, encoding: str, body: bytes) -> bool:
        """Keep one request; False when it is none that Sentry would take."""
        parts = path.strip("/").split("/")
        if len(parts) != 3 or parts[0] != "api" or parts[2] != "envelope":
            self.refused.append(path)
            return False
        try:
            text = _EXPAND[encoding](body)
            items = list(parse(text))
        except (KeyError, ValueError, OSError, zlib.error, brotli.error) as error:
            self.refused.append(f"{encoding}: {error!r}")
            return False
        with self.arrived:
            self.raw.append(text.decode())
            self.items += items
            self.arrived.notify_all()
        return True


def parse(body: bytes) -> Iterator[Item]:
    """The items of an envelope: a header line, then per item a header line and its payload."""
    head, _, rest = body.partition(b"\n")
    json.loads(head)
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        header = json.loads(line)
        length = header.get("length")
        if length is None:
            payload, _, rest = rest.partition(b"\n")
        else:
            payload, rest = rest[:length], rest[length:].lstrip(b"\n")
        yield Item(header["type"], json.loads(payload))


class _Handler(BaseHTTPRequestHandler):
    ingest: Ingest
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        encoding = self.headers.get("Content-Encoding", "")
        time.sleep(self.ingest.delay)
        taken = self.ingest.take(self.path, encoding, body)
        answer = b'{"id": "0"}' if taken else b"{}"
        self.send_response(200 if taken else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def running(*, delay: float = 0.0) -> Iterator[Ingest]:
    """An endpoint in a thread; ``url`` is its DSN."""
    ingest = Ingest(delay=delay)
    handler = type("Handler", (_Handler,), {"ingest": ingest})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    ingest.url = f"http://public@127.0.0.1:{server.server_port}/42"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield ingest
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
