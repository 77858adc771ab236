"""A loopback stand-in for Apple's push service, as strict as the real one: HTTP/2 over TLS.

``python -m digest.outbound.channels.apns.stand_in.server --folder FOLDER`` keeps what it
took as JSON lines in ``FOLDER/messages.jsonl``; its certificate and the team's key lie there too.
"""

import argparse
import asyncio
import json
import re
import ssl
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import h2.config
import h2.connection
import h2.events
import h2.exceptions
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from h2.settings import SettingCodes, Settings

from digest.outbound.channels import jwt
from digest.outbound.channels.apns.stand_in import credentials
from digest.outbound.channels.apns.stand_in.rules import ApnsRefused, check
from digest.outbound.channels.stand_in import RECORD
from digest.outbound.channels.stand_in_server import until_stopped

TEAM, KEY_ID, TOPIC = "MERIDIAN10", "KEY1234567", "example.meridian.news"
_GOOD_FOR, _AHEAD = 3600, 300
# Apple refuses more than one new token in 20 minutes.
_UPDATES_WITHIN, _MOST_UPDATES = 20 * 60, 3
GOAWAY, DROP, MUTE = "goaway", "drop", "mute"
# Streams that a line may know of before those that are closed are forgotten.
_SWEPT_AT = 512
# Bytes that are looked at in a turn of the loop: answers leave while later requests are read.
_SLICE = 16 * 1024
_BEARER = re.compile(r"bearer [\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


class _ManyStreams(h2.connection.H2Connection):
    """``h2``, which goes through all streams at each request to count those that are open."""

    @property
    def open_inbound_streams(self) -> int:
        """Exact wherever it could matter: no more are open than the line knows of."""
        known = len(self.streams)
        if known < min(self.local_settings.max_concurrent_streams, _SWEPT_AT):
            return known
        return super().open_inbound_streams


@dataclass
class ApnsServer:
    """One environment. ``script`` holds what comes next, one entry per request.

    An entry is (status, reason) to answer with, :data:`DROP` to take the message and hang up
    without a word, :data:`MUTE` to take it and never answer, :data:`GOAWAY` to send the line away
    before this request is looked at, or None for "behave". ``gone`` are tokens of removed apps,
    with the time in ms; ``elsewhere`` those of another environment, ``foreign`` those of another
    app. ``away`` are devices that are off: of what comes for them the newest alone is stored, by
    app. ``tokens`` are those taken and when they were first, ``issued`` when our team signed each.
    """

    folder: Path | None = None
    public_key: ec.EllipticCurvePublicKey | None = None
    certificate: credentials.Certificate | None = None
    topics: set[str] = field(default_factory=lambda: {TOPIC})
    clock: Callable[[], float] = time.time
    script: deque[tuple[int, str] | str | None] = field(default_factory=deque)
    delay: float = 0.0
    streams: int = 1000
    gone: dict[str, int] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    away: set[str] = field(default_factory=set)
    stored: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    shown: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    taken: list[dict[str, Any]] = field(default_factory=list)
    tokens: dict[str, float] = field(default_factory=dict)
    issued: dict[str, float] = field(default_factory=dict)
    lines: int = 0
    most_at_once: int = 0
    requests: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    open_lines: set["ApnsPeer"] = field(default_factory=set)

    @property
    def url(self) -> str:
        """For ``DIGEST_APNS_URL``."""
        return f"https://127.0.0.1:{self.port}"

    def judge(self, headers: list[tuple[str, str]], body: bytes, key_id: str) -> dict[str, Any]:
        """Take a request. Raises :class:`ApnsRefused`."""
        self._authorise(dict(headers).get("authorization", ""), key_id)
        token, topic = check(headers, body, self.topics)
        if token in self.elsewhere:
            raise ApnsRefused(400, "BadDeviceToken")
        if token in self.foreign:
            raise ApnsRefused(400, "DeviceTokenNotForTopic")
        if token in self.gone:
            raise ApnsRefused(410, "Unregistered", self.gone[token])
        told = dict(headers)
        record = {
            "at": self.clock(),
            "id": told.get("apns-id") or str(uuid.uuid4()),
            "to": token,
            "headers": {name: value for name, value in headers if name.startswith("apns-")},
            "payload": json.loads(body),
        }
        self._deliver(record, token, topic, told.get("apns-collapse-id", ""))
        self.taken.append(record)
        if self.folder is not None:
            with (self.folder / RECORD).open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        return record

    def _deliver(self, record: dict[str, Any], token: str, topic: str, collapse: str) -> None:
        """To the screen, one per collapse id; or kept, the newest alone, for one that is off."""
        if token in self.away:
            self.stored[topic, token] = record
        else:
            self.shown[token, collapse or record["id"]] = record

    def wake(self, token: str) -> None:
        """The device is on again and gets what was stored."""
        self.away.discard(token)
        for (topic, of), record in list(self.stored.items()):
            if of == token:
                del self.stored[topic, of]
                collapse = record["headers"].get("apns-collapse-id", "")
                self.shown[token, collapse or record["id"]] = record

    def _authorise(self, authorization: str, key_id: str) -> None:
        if not authorization:
            raise ApnsRefused(403, "MissingProviderToken")
        if not _BEARER.fullmatch(authorization):
            raise ApnsRefused(403, "InvalidProviderToken")
        if key_id and key_id_in(authorization) != key_id:
            raise ApnsRefused(403, "UnrelatedKeyIdInToken")
        token, now = authorization.removeprefix("bearer "), self.clock()
        issued = self.issued.get(token)
        if issued is None:
            issued = self.issued[token] = self._issued(token)
        if issued > now + _AHEAD:
            raise ApnsRefused(403, "InvalidProviderToken")
        if issued < now - _GOOD_FOR:
            raise ApnsRefused(403, "ExpiredProviderToken")
        if token not in self.tokens:
            lately = [at for at in self.tokens.values() if at > now - _UPDATES_WITHIN]
            if len(lately) >= _MOST_UPDATES:
                raise ApnsRefused(429, "TooManyProviderTokenUpdates")
            self.tokens[token] = now

    def _issued(self, token: str) -> float:
        """When our team signed it. What a signature says of a token stays true: once is enough."""
        try:
            assert self.public_key is not None
            head, claims = jwt.read_es256(token, self.public_key)
            issued = float(claims["iat"])
            sound = (head["alg"], head["kid"], claims["iss"]) == ("ES256", KEY_ID, TEAM)
        except (ValueError, KeyError, TypeError, InvalidSignature):
            sound, issued = False, 0.0
        if not sound:
            raise ApnsRefused(403, "InvalidProviderToken")
        return issued


@lru_cache(maxsize=64)
def key_id_in(authorization: str) -> str:
    """Which key a token names; empty when it names none."""
    try:
        head = authorization.removeprefix("bearer ").split(".")[0]
        return str(json.loads(jwt.unpacked(head)).get("kid", ""))
    except (ValueError, AttributeError):
        return ""


class ApnsPeer(asyncio.Protocol):
    """One connection as the server has it."""

    def __init__(self, server: ApnsServer) -> None:
        self._server = server
        self._http2 = _ManyStreams(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        )
        self._transport: asyncio.Transport | None = None
        self._requests: dict[int, tuple[list[tuple[str, str]], bytearray]] = {}
        self._key_id = ""
        self._is_proven = False
        self._is_leaving = False
        self._last = 0
        self._unread = bytearray()
        self._writes_soon = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """One stream until the first token is accepted."""
        self._transport = cast(asyncio.Transport, transport)
        self._server.lines += 1
        self._server.open_lines.add(self)
        at_first = {SettingCodes.MAX_CONCURRENT_STREAMS: 1}
        self._http2.local_settings = Settings(client=False, initial_values=at_first)
        self._http2.initiate_connection()
        self._write()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._transport = None
        self._server.open_lines.discard(self)

    def data_received(self, data: bytes) -> None:
        """Requests."""
        if not self._unread:
            asyncio.get_running_loop().call_soon(self._read_on)
        self._unread += data

    def _read_on(self) -> None:
        """Look at what came, a slice in each turn of the loop."""
        if self._transport is None or not self._unread:
            return
        data = bytes(self._unread[:_SLICE])
        del self._unread[:_SLICE]
        if self._unread:
            asyncio.get_running_loop().call_soon(self._read_on)
        try:
            events = self._http2.receive_data(data)
        except h2.exceptions.ProtocolError:
            self._write()
            self.hang_up()
            return
        for event in events:
            if isinstance(event, h2.events.RequestReceived):
                told = cast("list[tuple[str, str]]", list(event.headers or []))
                self._requests[event.stream_id] = (told, bytearray())
                at_once = self._server.most_at_once
                self._server.most_at_once = max(at_once, len(self._requests))
            elif isinstance(event, h2.events.DataReceived):
                if event.stream_id in self._requests:
                    self._requests[event.stream_id][1].extend(event.data)
                self._http2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self._begun(event.stream_id)
        self._write()

    def hang_up(self) -> None:
        """Without a word."""
        self._unread.clear()
        if self._transport is not None:
            self._transport.abort()

    def go_away(self, reason: str = "Shutdown") -> None:
        """After what was looked at so far; what is open is still answered."""
        if self._transport is None:
            return
        self._is_leaving = True
        told = json.dumps({"reason": reason}).encode()
        state = self._http2.state_machine.state
        self._http2.close_connection(additional_data=told, last_stream_id=self._last)
        # h2 would not answer any more, as a server that goes away in peace does.
        self._http2.state_machine.state = state
        self._write()

    def _begun(self, stream: int) -> None:
        if self._is_leaving:
            self._requests.pop(stream, None)
            return
        self._server.requests += 1
        scripted = self._server.script.popleft() if self._server.script else None
        if scripted == GOAWAY:
            del self._requests[stream]
            self.go_away()
            return
        self._last = max(self._last, stream)
        if self._server.delay:
            later = asyncio.get_running_loop().call_later
            later(self._server.delay, self._answer, stream, scripted)
        else:
            self._answer(stream, scripted)

    def _answer(self, stream: int, scripted: tuple[int, str] | str | None) -> None:
        if self._transport is None or stream not in self._requests:
            return
        headers, body = self._requests.pop(stream)
        apns_id = dict(headers).get("apns-id", "")
        try:
            if isinstance(scripted, tuple):
                raise ApnsRefused(*scripted)
            record = self._server.judge(headers, bytes(body), self._key_id)
        except ApnsRefused as refused:
            told: dict[str, Any] = {"reason": refused.reason}
            if refused.since:
                told["timestamp"] = refused.since
            self._respond(stream, refused.status, apns_id, json.dumps(told).encode())
            return
        if scripted == DROP:
            self._write()
            self.hang_up()
        elif scripted != MUTE:
            self._prove(headers)
            self._respond(stream, 200, record["id"], b"")

    def _prove(self, headers: list[tuple[str, str]]) -> None:
        if self._is_proven:
            return
        self._is_proven = True
        self._key_id = key_id_in(dict(headers).get("authorization", ""))
        self._http2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: self._server.streams})

    def _respond(self, stream: int, status: int, apns_id: str, body: bytes) -> None:
        headers = [(":status", str(status)), ("apns-id", apns_id or str(uuid.uuid4()))]
        try:
            self._http2.send_headers(stream, headers, end_stream=not body)
            if body:
                self._http2.send_data(stream, body, end_stream=True)
        except h2.exceptions.ProtocolError:
            return  # the other side reset the stream
        if not self._writes_soon:
            self._writes_soon = True
            asyncio.get_running_loop().call_soon(self._write)

    def _write(self) -> None:
        """All that is ready, at once: each write is enciphered as a record of its own."""
        self._writes_soon = False
        if self._transport is not None and (data := self._http2.data_to_send()):
            self._transport.write(data)


class ServedApns:
    """A server that listens."""

    def __init__(self, server: ApnsServer, listening: asyncio.Server) -> None:
        self._server, self._listening = server, listening

    async def cleanup(self) -> None:
        """Hang up and listen no more."""
        self._listening.close()
        for line in tuple(self._server.open_lines):
            line.hang_up()
        await asyncio.sleep(0)


async def serve(server: ApnsServer, port: int = 0) -> ServedApns:
    """Let it listen on loopback; ``server.port`` is then the port."""
    assert server.certificate is not None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(server.certificate.path)
    context.set_alpn_protocols(["h2"])
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: ApnsPeer(server), "127.0.0.1", port, ssl=context)
    server.port = listening.sockets[0].getsockname()[1]
    return ServedApns(server, listening)


def counted(server: ApnsServer) -> Counter[str]:
    """How often each device was reached."""
    return Counter(str(each["to"]) for each in server.taken)


async def _until_stopped(given: argparse.Namespace) -> None:
    server = ApnsServer(
        folder=given.folder,
        public_key=credentials.team_key(given.folder).public_key(),
        certificate=credentials.certificate(given.folder),
        topics=set(given.topics.split(",")),
    )
    await until_stopped(await serve(server, given.port), f"APNs on {server.url}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=4014)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--topics", default=TOPIC)
    asyncio.run(_until_stopped(parser.parse_args()))
