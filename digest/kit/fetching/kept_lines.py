"""Small requests over connections that are kept: HTTP/1.1 (RFC 9112), one at a time on each.

A session connects, with all that it checks of an address. What aiohttp makes for each request
besides costs a push as much as its encryption does: here it is one write and one future.
"""

import asyncio
import re
from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic

import aiohttp
from yarl import URL

from digest.kit.errors import ExchangeFailed
from digest.kit.http import Session

# Seconds that a connection may lie idle: servers hang up after more.
KEPT_FOR = 15.0
# Bytes of a head, and of a body: what is longer is cut, and its connection is not used again.
LARGEST_HEAD, LARGEST_BODY = 32 * 1024, 16 * 1024
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9]\d\d)(?: .*)?")
_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LONGEST_SIZE = 1_000
_FRAMING = frozenset({"content-length", "transfer-encoding"})


class LineBroken(ExchangeFailed):
    """The connection ended without a whole answer, or with none of HTTP: it may have arrived."""


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """An answer: ``headers`` by their names in lower case, of repeated ones the last. ``keeps``:
    its connection may be used again.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    keeps: bool


def read_answer(raw: bytes, *, ended: bool = False, by_head: int = 0) -> LineAnswer | None:
    """What stands in ``raw``; None while it is not whole. Raises ValueError for what is no answer.

    ``ended``: no more will come. Of an answer with the status ``by_head`` the body is not awaited.
    """
    status, keeps, headers, at = 100, False, dict[str, str](), 0
    while status < 200:
        end = raw.find(b"\r\n\r\n", at)
        if end < 0:
            if ended or len(raw) - at > LARGEST_HEAD:
                raise ValueError("no whole head")
            return None
        status, keeps, headers = _head(raw[at:end])
        at = end + 4
    found = _body(raw, at, status, headers, ended=ended)
    if found is None:
        if status != by_head and len(raw) - at <= LARGEST_BODY:
            if ended:
                raise ValueError("no whole body")
            return None
        return LineAnswer(status, headers, raw[at : at + LARGEST_BODY], keeps=False)
    body, end = found
    # Words that nobody asked for: where the next answer begins is not certain any more.
    keeps = keeps and end == len(raw) and not ended
    return LineAnswer(status, headers, body[:LARGEST_BODY], keeps)


def _head(raw: bytes) -> tuple[int, bool, dict[str, str]]:
    first, *lines = raw.split(b"\r\n")
    found = _STATUS.fullmatch(first)
    if found is None or found[2] == b"101":
        raise ValueError("no status of HTTP/1.1")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name):
            raise ValueError("no header")
        key, told = name.decode().lower(), value.strip().decode("latin-1")
        if key in _FRAMING and headers.get(key, told) != told:
            raise ValueError("two lengths")
        headers[key] = told
    keeps = found[1] == b"1" and "close" not in headers.get("connection", "").lower()
    return int(found[2]), keeps, headers


def _body(
    raw: bytes, at: int, status: int, headers: dict[str, str], *, ended: bool
) -> tuple[bytes, int] | None:
    """RFC 9112, 6.3: the body, and where it ends; None while it is not whole."""
    if status in (204, 304):
        return b"", at
    if "transfer-encoding" in headers:
        if headers["transfer-encoding"].lower() != "chunked" or "content-length" in headers:
            raise ValueError("a strange coding")
        return _chunks(raw, at)
    length = headers.get("content-length")
    if length is None:
        return (raw[at:], -1) if ended else None
    if not (length.isascii() and length.isdecimal() and len(length) < 12):
        raise ValueError("no length")
    end = at + int(length)
    return (raw[at:end], end) if end <= len(raw) else None


def _chunks(raw: bytes, at: int) -> tuple[bytes, int] | None:
    """RFC 9112, 7.1."""
    body = bytearray()
    while True:
        end = raw.find(b"\r\n", at)
        if end < 0:
            if len(raw) - at > _LONGEST_SIZE:
                raise ValueError("no size of a chunk")
            return None
        found = _SIZE.fullmatch(raw[at:end])
        if found is None:
            raise ValueError("no size of a chunk")
        at, size = end + 2, int(found[1], 16)
        if not size:
            break
        if len(raw) < at + size + 2:
            return None
        if raw[at + size : at + size + 2] != b"\r\n":
            raise ValueError("no end of a chunk")
        body += raw[at : at + size]
        at += size + 2
    while (end := raw.find(b"\r\n", at)) != at:
        if end < 0:
            return None
        at = end + 2
    return bytes(body), at + 2


class HttpLine(asyncio.Protocol):
    """One connection, taken over from the session that made it."""

    def __init__(self, connection: aiohttp.connector.Connection) -> None:
        transport = connection.transport
        if transport is None:
            connection.close()
            raise LineBroken("the connection was closed")
        self._connection, self._transport = connection, transport
        self._before = transport.get_protocol()
        transport.set_protocol(self)
        self._buffer = bytearray()
        self._answered: asyncio.Future[LineAnswer] | None = None
        self._by_head = 0
        self.is_open = True
        self.idle_since = 0.0

    async def ask(self, request: bytes, by_head: int) -> LineAnswer:
        """One request. Raises :class:`LineBroken`. Whoever gives up has hung up."""
        self._by_head = by_head
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        keeps = False
        try:
            answer = await self._answered
            keeps = answer.keeps
            return answer
        finally:
            self._answered = None
            self._buffer.clear()
            if not keeps:
                self.close()

    def close(self) -> None:
        """Hang up."""
        self.is_open = False
        self._connection.close()

    def data_received(self, data: bytes) -> None:
        """Part of an answer."""
        if self._answered is None or self._answered.done():
            self.close()  # nobody has asked
            return
        self._buffer += data
        self._look(ended=False)

    def connection_lost(self, exc: Exception | None) -> None:
        """No more will come."""
        self.is_open = False
        if isinstance(self._before, asyncio.Protocol):
            self._before.connection_lost(exc)
        self._connection.close()
        self._look(ended=True)

    def _look(self, *, ended: bool) -> None:
        if self._answered is None or self._answered.done():
            return
        try:
            found = read_answer(bytes(self._buffer), ended=ended, by_head=self._by_head)
        except ValueError as error:
            self._answered.set_exception(LineBroken(str(error)))
            return
        if found is not None:
            self._answered.set_result(found)


class KeptLines:
    """Connections of ``session``, at most ``limit``; whoever asks besides waits for one of them."""

    def __init__(self, session: Session, limit: int, user_agent: str) -> None:
        self._session, self._limit, self._user_agent = session, limit, user_agent
        self._places = asyncio.Semaphore(limit)
        self._idle: OrderedDict[HttpLine, str] = OrderedDict()
        self._busy = 0
        self._hosts: dict[str, str] = {}

    async def post(
        self, origin: str, target: str, headers: dict[str, str], body: bytes, *, by_head: int = 0
    ) -> LineAnswer:
        """POST to ``origin`` (scheme, host and port): status, headers and body.

        Raises what a session raises where it cannot connect, and :class:`LineBroken`; ValueError
        for what cannot stand in a head.
        """
        request = self._head(origin, target, headers, len(body)) + body
        async with self._places:
            self._busy += 1
            try:
                line = self._kept(origin) or await self._connect(origin)
                answer = await line.ask(request, by_head)
            finally:
                self._busy -= 1
            if line.is_open:
                line.idle_since = monotonic()
                self._idle[line] = origin
        return answer

    def close(self) -> None:
        """Hang up all that is idle; the session ends the rest."""
        while self._idle:
            self._idle.popitem()[0].close()

    def _kept(self, origin: str) -> HttpLine | None:
        """The one to ``origin`` that was used last, if it is still good."""
        while True:
            line = next((each for each in reversed(self._idle) if self._idle[each] == origin), None)
            if line is None:
                return None
            del self._idle[line]
            if line.is_open and monotonic() - line.idle_since < KEPT_FOR:
                return line
            line.close()

    async def _connect(self, origin: str) -> HttpLine:
        # The session's own places are as many: what lies idle would keep one of them for nobody.
        while self._idle and len(self._idle) + self._busy > self._limit:
            self._idle.popitem(last=False)[0].close()
        client = self._session.client
        if client.connector is None:
            raise aiohttp.ClientConnectionError("the session is closed")
        asked = aiohttp.ClientRequest(
            "POST", URL(origin), loop=asyncio.get_running_loop(), session=client
        )
        try:
            made = await client.connector.connect(asked, [], client.timeout)
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError(f"Connection timeout to {origin}") from error
        return HttpLine(made)

    def _head(self, origin: str, target: str, headers: dict[str, str], length: int) -> bytes:
        host = self._hosts.get(origin)
        if host is None:
            if len(self._hosts) > 1_000:
                self._hosts.clear()
            host = self._hosts[origin] = URL(origin).host_port_subcomponent or ""
        lines = [
            f"POST {target} HTTP/1.1",
            f"Host: {host}",
            f"User-Agent: {self._user_agent}",
            "Accept: */*",
            f"Content-Length: {length}",
            *[f"{name}: {value}" for name, value in headers.items()],
            "\r\n",
        ]
        head = "\r\n".join(lines)
        # A line more than was meant would be a request of somebody else's making.
        if head.count("\n") != len(lines) or head.count("\r") != len(lines) or " " in target:
            raise ValueError("a line break in a head")
        return head.encode()
