"""Ten thousand feeds on loopback, made on the fly, from a process of its own.

``python -m tests.bench.stands.newsstand`` prints its port and serves ``/feed/<number>.xml`` until
its standard input closes; ``/phase/<name>`` sets what it serves: ``cold`` (fifty items and an
ETag), ``unchanged_304`` (the same, and 304 to whoever shows the ETag),
``same_bytes`` (the same without any validator) and ``one_new_item`` (the newest item is new, the
oldest is gone).
"""

import asyncio
import random
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

ITEMS = 50
_VOCABULARY = """harbour council ferry budget strike election hospital river bridge school minister
    court storm market museum energy rail police festival village farmers union report vote border
    climate research company workers deal talks parliament coast flood season victory"""
_WORDS = _VOCABULARY.split()
_EPOCH = datetime(2026, 11, 20, 12, tzinfo=UTC)


def sentence(pick: random.Random, words: int) -> str:
    """So many words, the first one capitalised."""
    return " ".join(pick.choices(_WORDS, k=words)).capitalize()


def document(number: int, revision: int = 0) -> bytes:
    """Feed ``number`` after ``revision`` new items: RSS 2.0, the newest first, some 30 kB."""
    items = [
        _item(number, serial) for serial in range(ITEMS + revision - 1, revision - 1, -1)
    ]  # fmt: skip
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>Post number {number}</title><link>https://post-{number}.example/</link>"
        f"<language>en-gb</language><description>News of place {number}</description>"
        f"{''.join(items)}</channel></rss>"
    ).encode()


def _item(number: int, serial: int) -> str:
    pick = random.Random(number * 100_003 + serial)
    published = format_datetime(_EPOCH + timedelta(minutes=17 * serial + number % 17))
    link = f"https://post-{number}.example/news/{serial}"
    return (
        f"<item><title>{sentence(pick, 9)}</title><link>{link}</link>"
        f'<guid isPermaLink="false">{number}-{serial}</guid><pubDate>{published}</pubDate>'
        f"<dc:creator>{sentence(pick, 2)}</dc:creator><category>{pick.choice(_WORDS)}</category>"
        f"<description>&lt;p&gt;{sentence(pick, 40)}.&lt;/p&gt;</description></item>\n"
    )


class Stand(asyncio.Protocol):
    """One connection, kept alive."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._waiting = b""

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self._waiting += data
        while b"\r\n\r\n" in self._waiting:
            head, _, self._waiting = self._waiting.partition(b"\r\n\r\n")
            self._transport.write(answer(head))


class Stage:
    """What is served now."""

    phase = "cold"


def answer(head: bytes) -> bytes:
    """The bytes for one request."""
    _, what, name = head.split(b" ", 2)[1].decode().split("/")
    if what == "phase":
        Stage.phase = name
        return b"HTTP/1.1 204 No Content\r\n\r\n"
    number = int(name.removesuffix(".xml"))
    etag = f'"{number}"'
    if Stage.phase == "unchanged_304" and f"If-None-Match: {etag}".encode() in head:
        return f"HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n".encode()
    body = document(number, int(Stage.phase == "one_new_item"))
    validator = "" if Stage.phase == "same_bytes" else f"ETag: {etag}\r\n"
    return (
        "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml; charset=utf-8\r\n"
        f"{validator}Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


async def serve() -> None:
    """Serve until nobody holds our standard input any more."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Stand, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
