"""Feed servers at their worst, in a process of their own so that its memory is not the poller's."""

import asyncio
import gzip
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import brotli

from tests.fakes import feeds
from tests.fakes.feeds import FeedServer, Request, item, rss

MEBIBYTE = 1024 * 1024
_XML = b'<?xml version="1.0"?>\n'
LAUGHS = (
    _XML + b"<!DOCTYPE rss [<!ENTITY l0 'ha'>"
    + b"".join(b"<!ENTITY l%d '%s'>" % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
    + b"]><rss version='2.0'><channel><title>&l11;</title></channel></rss>"
)  # fmt: skip
OUTSIDE = (
    _XML + b"<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss version='2.0'><channel>"
    b"<title>Harbour</title><item><guid>1</guid><title>&x;</title></item></channel></rss>"
)


def dripping(content: bytes) -> feeds.Reply:
    """A byte a second."""

    async def reply(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for byte in content * 100:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(1)

    return reply


def head_first(seconds: float) -> feeds.Reply:
    """Nothing at all for a while, then a hang-up."""

    async def reply(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)

    return reply


def noise() -> bytes:
    """Two megabytes of digits."""
    return b"".join(b"%d" % (n * n) for n in range(200_000))


# Made where they are served: every process that collects tests would else pack 130 megabytes.
BAD: dict[str, tuple[Callable[[], feeds.Reply], set[str]]] = {
    "silent": (lambda: head_first(60), {"timeout"}),
    "stalls": (lambda: feeds.stalled(b"<rss>"), {"timeout"}),
    "drips": (lambda: dripping(rss(item(1))), {"timeout"}),
    "hangs-up": (lambda: feeds.garbage(b""), {"connect"}),
    "lies-about-length": (lambda: feeds.dropped(b"<rss>", 9_999), {"connect"}),
    "claims-too-much": (lambda: feeds.body(b"x", Content_Length="99999999999"), {"too-large"}),
    "negative-length": (lambda: feeds.body(b"x", Content_Length="-5"), {"connect"}),
    "circles": (lambda: feeds.redirect("/circles"), {"redirect-loop"}),
    "leads-on-and-on": (lambda: feeds.redirect("?"), {"redirect-loop"}),
    "leads-elsewhere": (lambda: feeds.redirect("gopher://127.0.0.1/"), {"bad-url"}),
    "gzip-bomb": (
        lambda: feeds.body(gzip.compress(bytes(64 * MEBIBYTE)), Content_Encoding="gzip"),
        {"too-large"},
    ),
    "brotli-bomb": (
        lambda: feeds.body(brotli.compress(bytes(64 * MEBIBYTE), quality=1), Content_Encoding="br"),
        {"too-large"},
    ),
    "broken-gzip": (
        lambda: feeds.body(gzip.compress(noise())[:-9], Content_Encoding="gzip"), {"connect"},
    ),
    "unknown-packing": (lambda: feeds.body(b"x", Content_Encoding="compress"), {"connect"}),
    "endless": (lambda: feeds.endless(noise()), {"too-large", "timeout"}),
    "laughs": (lambda: feeds.body(LAUGHS), {"", "not-a-feed"}),
    "outside-entity": (lambda: feeds.body(OUTSIDE), {"", "not-a-feed"}),
    "deep": (lambda: feeds.body(b"<rss><channel>" + b"<a>" * 20_000), {"", "not-a-feed"}),
    "many-tags": (lambda: feeds.body(b"<rss>" + b"<a/>" * 500_000), {"not-a-feed"}),
    "not-http": (lambda: feeds.garbage(b"SSH-2.0-OpenSSH_9.7\r\n"), {"connect"}),
    "garbage-headers": (lambda: feeds.garbage(b"HTTP/1.1 200 OK\r\n\x00\xff: \x01\r\n\r\n<rss/>"),
                        {"connect", "not-a-feed"}),
    "huge-header": (lambda: feeds.garbage(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000 + b"\r\n\r\n"),
                    {"connect"}),
    "endless-headers": (lambda: feeds.garbage(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000),
                        {"connect", "timeout"}),
    "binary": (lambda: feeds.body(bytes(range(256)) * 999), {"not-a-feed"}),
    "empty": (lambda: feeds.body(b""), {"not-a-feed"}),
    "patience": (lambda: feeds.status(429, Retry_After="7200"), {"http-status"}),
    "patience-by-date": (
        lambda: feeds.status(503, Retry_After="Mon, 01 Jan 2140 00:00:00 GMT"), {"http-status"},
    ),
    "gone": (lambda: feeds.status(410), {"http-status"}),
    "broken": (lambda: feeds.status(500), {"http-status"}),
}  # fmt: skip


@contextmanager
def serving(*, good: int, each: int) -> Iterator[str]:
    """Where ``/good/0`` and so on answer well, and each name of :data:`BAD` ``?0`` and so on badly.

    Gives the address without a path; the server ends with the block.
    """
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(theirs, good, each), daemon=True)
    process.start()
    try:
        assert ours.poll(30), "the feed server did not start"
        yield ours.recv()
    finally:
        ours.send("enough")
        process.join(10)


def _serve(parent: Connection, good: int, each: int) -> None:
    with FeedServer() as server:
        for name, (made, _) in BAD.items():
            reply = made()
            # A redirect leads to the bare name.
            server.pages[f"/{name}"] = reply
            server.pages |= {f"/{name}?{n}": reply for n in range(each)}
        server.pages |= {f"/good/{n}": feeds.body(rss(item(n))) for n in range(good)}
        parent.send(server.url(""))
        parent.recv()
