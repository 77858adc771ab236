"""A feed server on loopback that behaves as badly as it is told."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Reply = Callable[["Request", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """What a client asked for; header names in lower case."""

    path: str
    headers: dict[str, str]


@dataclass
class FeedServer:
    """Serves ``pages`` (path to reply) from a thread; ``requests`` is what was asked."""

    pages: dict[str, Reply] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    port: int = 0
    host: str = "127.0.0.1"

    def url(self, path: str = "/") -> str:
        """The address of ``path`` on this server."""
        return f"http://{self.host}:{self.port}{path}"

    def asked(self, path: str) -> list[Request]:
        """The requests that came for ``path``."""
        return [request for request in self.requests if request.path == path]

    def __enter__(self) -> "FeedServer":
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(60), "the feed server did not start"
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(60)

    def _run(self, ready: threading.Event) -> None:
        async def main() -> None:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            server = await asyncio.start_server(self._serve, self.host, 0, backlog=512)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            await self._stop.wait()
            server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        asyncio.run(main())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.split(":", 1) for line in head[1:] if ":" in line)
            request = Request(
                head[0].split(" ")[1],
                {name.strip().lower(): value.strip() for name, value in pairs},
            )
            self.requests.append(request)
            await self.pages.get(request.path, status(404))(request, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def _head(code: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {code} X", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def body(content: bytes, code: int = 200, **headers: str) -> Reply:
    """Answer ``content``; header names are given with underscores for dashes."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}

    async def reply(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(_head(code, {"Content-Length": str(len(content)), **given}) + content)
        await writer.drain()

    return reply


def status(code: int, **headers: str) -> Reply:
    """Answer with a bare status."""
    return body(b"", code, **headers)


def redirect(to: str, code: int = 302) -> Reply:
    """Send the client elsewhere."""
    return status(code, Location=to)


def conditional(content: bytes, etag: str) -> Reply:
    """Answer 304 to whoever already has ``etag``."""

    async def reply(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.headers.get("if-none-match") == etag:
            await status(304, ETag=etag)(request, writer)
        else:
            await body(content, ETag=etag)(request, writer)

    return reply


def in_turn(*replies: Reply) -> Reply:
    """The first reply to the first request, and so on; the last one stays."""
    left = list(replies)

    async def reply(request: Request, writer: asyncio.StreamWriter) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(request, writer)

    return reply


def stalled(after: bytes = b"") -> Reply:
    """Send a head and perhaps a beginning, then nothing for ever."""

    async def reply(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(_head(200, {"Content-Length": "100000"}) + after)
        await writer.drain()
        await asyncio.Event().wait()

    return reply


def dropped(content: bytes, claimed: int) -> Reply:
    """Claim ``claimed`` bytes, send ``content``, hang up."""
    return body(content, Content_Length=str(claimed))


def endless(chunk: bytes, **headers: str) -> Reply:
    """Send ``chunk`` again and again until the client hangs up."""

    async def reply(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(_head(200, {name.replace("_", "-"): v for name, v in headers.items()}))
        while True:
            writer.write(chunk)
            await writer.drain()

    return reply


def garbage(raw: bytes) -> Reply:
    """Something that is not HTTP."""

    async def reply(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    return reply


def rss(*items: str, channel: str = "<title>Harbour Post</title>") -> bytes:
    """An RSS 2.0 document around ready-made ``items``."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"{channel}{''.join(items)}</channel></rss>"
    ).encode()


def item(number: int, title: str = "", extra: str = "", link: str = "") -> str:
    """One RSS item with a guid of its own."""
    link = link or f"https://harbour.example/{number}"
    return (
        f"<item><guid isPermaLink='false'>item-{number}</guid><link>{link}</link>"
        f"<title>{title or f'Ferry number {number} returns to service'}</title>{extra}</item>"
    )
