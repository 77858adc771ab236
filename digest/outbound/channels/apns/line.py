"""One HTTP/2 connection to Apple: many requests at once, and what a broken line means for each.

RFC 9113 by ``h2``. Until the first token is accepted Apple lets one stream be open, then as many as
its settings say. A GOAWAY names the last stream that was looked at: those above it surely were not,
the others are still answered or, when the line ends first, may have arrived.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, cast

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings
from h2.connection import ConnectionState
from h2.errors import ErrorCodes

from digest.kit.errors import ExchangeFailed

Headers = tuple[tuple[bytes, bytes], ...]
# Stream numbers are odd and end at 2^31; a new line is made in good time.
_LAST_STREAM = 2**31 - 1_000
_SWEEP_EVERY = 256
_LARGEST_BODY = 16 * 1024


class NotTaken(ExchangeFailed):
    """The request surely was not looked at: it may go by another line at once."""


class LineLost(ExchangeFailed):
    """The line ended after the request had left and before its answer: it may have arrived."""


class PlainHeaders:
    """Headers as literals without indexing (RFC 7541, 6.2.2), each encoded once.

    The token and the path must not stand in the table of the other side, and of the rest too little
    would be saved for what a table costs here.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, bytes], bytes] = {}
        self._prefix = b""

    @property
    def header_table_size(self) -> int:
        """No table is kept."""
        return 0

    @header_table_size.setter
    def header_table_size(self, value: int) -> None:
        # RFC 7541, 4.2: a change is acknowledged at the beginning of the next block.
        self._prefix = b"\x20"

    def encode(self, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """The block of one request."""
        found, self._prefix = [self._prefix], b""
        known = self._known
        for header in headers:
            one = known.get(header)
            if one is None:
                one = _literal(*header)
                if header[0] not in (b":path", b"apns-id") and len(known) < 200:
                    known[header[0], header[1]] = one
            found.append(one)
        return b"".join(found)


def _literal(name: bytes, value: bytes) -> bytes:
    return b"\x00" + _string(name) + _string(value)


def _string(raw: bytes) -> bytes:
    """RFC 7541, 5.1 and 5.2, without Huffman's code."""
    length = len(raw)
    if length < 127:
        return bytes((length,)) + raw
    coded, length = bytearray((127,)), length - 127
    while length >= 128:
        coded.append(length % 128 + 128)
        length //= 128
    coded.append(length)
    return bytes(coded) + raw


class _Http2(h2.connection.H2Connection):
    """``h2``, but with streams counted once in a while, and read on after a GOAWAY."""

    in_flight = 0
    _until_sweep = _SWEEP_EVERY

    @property
    def open_outbound_streams(self) -> int:
        """As many as the line knows of: going through all of them at each request costs most."""
        self._until_sweep -= 1
        if self._until_sweep > 0:
            return self.in_flight
        self._until_sweep = _SWEEP_EVERY
        super().open_outbound_streams  # noqa: B018 - it forgets those that are closed
        return self.in_flight

    def _receive_goaway_frame(self, frame: Any) -> Any:
        # Streams up to the last one are still answered (RFC 9113, 6.8); h2 takes it for the end.
        result = super()._receive_goaway_frame(frame)
        self.state_machine.state = ConnectionState.CLIENT_OPEN
        return result


class _Exchange:
    __slots__ = ("answered", "body", "headers", "status")

    def __init__(self, answered: "asyncio.Future[tuple[int, dict[str, str], bytes]]") -> None:
        self.answered = answered
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""


class ApnsLine(asyncio.Protocol):
    """One connection; made by :func:`connect`."""

    def __init__(self) -> None:
        self._http2 = _Http2(
            h2.config.H2Configuration(
                client_side=True, header_encoding="utf-8", validate_outbound_headers=False,
                normalize_outbound_headers=False, validate_inbound_headers=False,
                normalize_inbound_headers=False,
            )
        )  # fmt: skip
        self._http2.encoder = cast(Any, PlainHeaders())
        self._transport: asyncio.Transport | None = None
        self._exchanges: dict[int, _Exchange] = {}
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._flushing = False
        self._is_proven = False
        self._is_leaving = False
        self._has_settings = False
        self._answered_at = 0.0
        self._is_silent = False
        self.reason = ""
        """Why it ended, in Apple's word where there was one."""

    @property
    def takes(self) -> bool:
        """Whether new requests may go by this line."""
        return self._transport is not None and not self._is_leaving

    async def request(
        self, headers: Headers, body: bytes, before: Callable[[], None]
    ) -> tuple[int, dict[str, str], bytes]:
        """One POST: status, headers, body. ``before`` is called when it is about to leave.

        Raises :class:`NotTaken` and :class:`LineLost`, and whatever ``before`` raises. A line that
        answered nobody while somebody waited until they gave up takes no more.
        """
        asked_at = asyncio.get_running_loop().time()
        try:
            return await self._exchange(headers, body, before)
        except asyncio.CancelledError:
            if self._answered_at < asked_at:
                self._is_silent = True
                self.reason = self.reason or "the line fell silent"
                self.retire()
            raise

    async def _exchange(
        self, headers: Headers, body: bytes, before: Callable[[], None]
    ) -> tuple[int, dict[str, str], bytes]:
        while not self._has_room(len(body)):
            await self._turn()
        before()
        http2, stream = self._http2, self._http2.get_next_available_stream_id()
        exchange = _Exchange(asyncio.get_running_loop().create_future())
        self._exchanges[stream] = exchange
        try:
            http2.send_headers(stream, headers)
            http2.send_data(stream, body, end_stream=True)
        except h2.exceptions.ProtocolError as error:
            del self._exchanges[stream]
            self.retire()
            raise NotTaken(f"HTTP/2: {error}") from error
        http2.in_flight = len(self._exchanges)
        self._is_leaving = self._is_leaving or stream > _LAST_STREAM
        self._flush_soon()
        try:
            return await exchange.answered
        except asyncio.CancelledError:
            # Its sender waits no longer; the answer to come is nobody's.
            self._forget(stream)
            self._end_if_done()
            raise

    def retire(self) -> None:
        """Take nothing more; hang up when the last answer is there."""
        self._is_leaving = True
        self._wake(all_of_them=True)
        self._end_if_done()

    def abort(self) -> None:
        """Hang up now."""
        self._is_leaving = True
        if self._transport is not None:
            self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say hello."""
        self._transport = cast(asyncio.Transport, transport)
        no_push = {h2.settings.SettingCodes.ENABLE_PUSH: 0}
        self._http2.local_settings = h2.settings.Settings(initial_values=no_push)
        self._http2.initiate_connection()
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Answers, and what the other side says of the line."""
        try:
            events = self._http2.receive_data(data)
        except h2.exceptions.ProtocolError as error:
            self.reason = self.reason or f"HTTP/2: {error}"
            self._flush()
            self.abort()
            return
        for event in events:
            self._heard(event)
        self._flush_soon()
        self._wake()
        self._end_if_done()

    def connection_lost(self, exc: Exception | None) -> None:
        """All that is still open may have arrived."""
        self._transport = None
        self._is_leaving = True
        words = self.reason or (f"{exc}" if exc else "the connection was closed")
        for stream in tuple(self._exchanges):
            self._fail(stream, LineLost(words))
        self._wake(all_of_them=True)

    # The rest

    def _heard(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.ResponseReceived):
            if exchange := self._exchanges.get(event.stream_id):
                told = dict(cast("list[tuple[str, str]]", event.headers))
                status = told.get(":status", "")
                exchange.status = int(status) if status.isdecimal() else 0
                exchange.headers = told
        elif isinstance(event, h2.events.DataReceived):
            if exchange := self._exchanges.get(event.stream_id):
                exchange.body = (exchange.body + event.data)[:_LARGEST_BODY]
            self._http2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self._answered(event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            refused = event.error_code == ErrorCodes.REFUSED_STREAM
            words = f"the stream was reset: {event.error_code}"
            error = NotTaken(words) if refused else LineLost(words)
            self._fail(event.stream_id, error)
        elif isinstance(event, h2.events.ConnectionTerminated):
            self._gone_away(event)
        elif isinstance(event, h2.events.RemoteSettingsChanged):
            self._has_settings = True

    def _gone_away(self, event: h2.events.ConnectionTerminated) -> None:
        """RFC 9113, 6.8."""
        self._is_leaving = True
        said = (event.additional_data or b"")[:300].decode("utf-8", "replace")
        self.reason = f"GOAWAY {event.error_code}: {said or 'no reason given'}"
        last = event.last_stream_id or 0
        for stream in [each for each in self._exchanges if each > last]:
            self._fail(stream, NotTaken(self.reason))
        self._wake(all_of_them=True)

    def _answered(self, stream: int) -> None:
        self._answered_at = asyncio.get_running_loop().time()
        exchange = self._forget(stream)
        if exchange is None or exchange.answered.done():
            return
        self._is_proven = self._is_proven or exchange.status not in (0, 403)
        exchange.answered.set_result((exchange.status, exchange.headers, exchange.body))

    def _fail(self, stream: int, error: ExchangeFailed) -> None:
        exchange = self._forget(stream)
        if exchange is not None and not exchange.answered.done():
            exchange.answered.set_exception(error)

    def _forget(self, stream: int) -> _Exchange | None:
        exchange = self._exchanges.pop(stream, None)
        self._http2.in_flight = len(self._exchanges)
        self._wake()
        return exchange

    def _has_room(self, size: int) -> bool:
        """Whether one more request may leave now. Raises :class:`NotTaken` on a line that ends."""
        if not self.takes:
            raise NotTaken(self.reason or "the line is closing")
        http2 = self._http2
        streams = http2.remote_settings.max_concurrent_streams if self._is_proven else 1
        return (
            self._has_settings
            and len(self._exchanges) < streams
            and http2.outbound_flow_control_window >= size
            and http2.remote_settings.initial_window_size >= size
        )

    async def _turn(self) -> None:
        """Until something has changed."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._wake()
            raise

    def _wake(self, *, all_of_them: bool = False) -> None:
        """Let the next ones look again: as many as there may be places for."""
        free = len(self._waiting) if all_of_them else max(self._free(), 0)
        while self._waiting and free > 0:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1

    def _free(self) -> int:
        if not self.takes:
            return len(self._waiting)
        streams = self._http2.remote_settings.max_concurrent_streams if self._is_proven else 1
        return int(streams) - len(self._exchanges)

    def _flush_soon(self) -> None:
        """Write once for all that is ready in this turn of the loop."""
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if self._transport is not None and (data := self._http2.data_to_send()):
            self._transport.write(data)

    def _end_if_done(self) -> None:
        if self._is_leaving and not self._exchanges and self._transport is not None:
            self._flush()
            if self._is_silent:
                # A goodbye would wait for a buffer that nobody reads.
                self._transport.abort()
            else:
                self._transport.close()


async def connect(host: str, port: int, context: ssl.SSLContext, patience: float) -> ApnsLine:
    """A line whose other side speaks HTTP/2. Raises OSError and TimeoutError."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(patience):
        transport, line = await loop.create_connection(
            ApnsLine, host, port, ssl=context, server_hostname=host
        )
    spoken = transport.get_extra_info("ssl_object").selected_alpn_protocol()
    if spoken != "h2":
        transport.abort()
        raise ConnectionError(f"{host} does not speak HTTP/2 (ALPN: {spoken})")
    return line
