"""The outlets of tests/scenes/outlets on loopback, from a process of its own.

``python -m tests.bench.live.stand FEEDS EPOCH HUB`` prints its port and serves them, each host
under an address of its own, until its standard input closes; then it prints what was asked, and
what was asked oftener than allowed, as one line of JSON.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from urllib.parse import urlsplit

from tests.scenes.outlets import Outlet, Watch, outlets


class Stand(asyncio.Protocol):
    """One connection, kept alive."""

    watch: Watch
    known: dict[tuple[str, str], Outlet]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write; strangers from the network are not served."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._waiting = b""
        if not transport.get_extra_info("peername")[0].startswith("127."):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Answer every whole request, when its host would."""
        self._waiting += data
        while b"\r\n\r\n" in self._waiting:
            head, _, self._waiting = self._waiting.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            pairs = (line.split(":", 1) for line in lines[1:] if ":" in line)
            headers = {name.strip().lower(): value.strip() for name, value in pairs}
            host = headers.get("host", "").partition(":")[0]
            outlet = self.known[host, urlsplit(lines[0].split(" ")[1]).path]
            self.watch.begin(host, time.time())
            status, told, body = self.watch.ask(outlet, headers, time.time())
            loop = asyncio.get_running_loop()
            loop.call_later(outlet.manner.slow, self._answer, host, status, told, body)

    def _answer(self, host: str, status: int, told: dict[str, str], body: bytes) -> None:
        self.watch.end(host)
        lines = [f"HTTP/1.1 {status} X", "Content-Type: application/rss+xml; charset=utf-8"]
        lines += [f"{name}: {value}" for name, value in told.items()]
        lines += [f"Content-Length: {len(body)}"] if status != 304 else []
        if not self._transport.is_closing():
            self._transport.write("\r\n".join([*lines, "", ""]).encode() + body)


async def serve(feeds: int, epoch: float, hub: str) -> None:
    """Serve until nobody holds our standard input any more."""
    Stand.known = {(each.host, each.path): each for each in outlets(feeds)}
    Stand.watch = Watch(epoch, hub)
    # Every loopback address is ours: connections to others are refused.
    server = await asyncio.get_running_loop().create_server(Stand, "0.0.0.0", 0, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    Stand.watch.origin = f":{port}"
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    watch = Stand.watch
    looks: Counter[str] = Counter()
    for outlet, count in watch.looks.items():
        looks[outlet.manner.name] += count
    found = {
        "looks": looks,
        "most_looks_at_a_hub_feed": max(
            (count for outlet, count in watch.looks.items() if outlet.manner.has_hub), default=0
        ),
        "answers": watch.answers,
        "faults": watch.faults[:100],
        "close": watch.close,
        "faults_counted": len(watch.faults),
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]))
