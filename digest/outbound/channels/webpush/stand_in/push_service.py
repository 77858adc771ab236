"""A loopback stand-in for a browser's push service, as strict as those of the browsers.

It takes messages as RFC 8030, RFC 8188, RFC 8291 and RFC 8292 say, and speaks the protocol by which
Firefox holds its line to autopush, so that a real browser subscribes and is woken:
https://mozilla-services.github.io/autopush-rs/ (``hello``, ``register``, ``unregister``,
``notification``, ``ack``).
"""

import argparse
import asyncio
import json
import re
import secrets
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from digest.kit.errors import ServiceError
from digest.outbound.channels import jwt
from digest.outbound.channels.stand_in import RECORD
from digest.outbound.channels.stand_in_server import serve, until_stopped
from digest.outbound.channels.webpush.address import unpacked
from digest.outbound.channels.webpush.stand_in.browser import Browser
from digest.outbound.channels.webpush.stand_in.lines import Line, LineBook

# RFC 8030, 7.2; RFC 8188, 2.1: a header of 21 bytes and a key id, here a point of 65.
MOST_BYTES = 4_096
_HEADER = 21 + 65
_URGENCIES = {"very-low", "low", "normal", "high"}
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
_VAPID = re.compile(r"vapid t=([\w-]+\.[\w-]+\.[\w-]+), ?k=([\w-]+)")
_CONTACT = re.compile(r"mailto:[^\s<>@]+@[^\s<>@]+|https://\S+")
_DAY = 86_400


class PushRefused(ServiceError):
    """An error that the push service answers with."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


@dataclass(frozen=True, slots=True)
class Pushed:
    """What was taken for a subscription: the sealed body, and how it is to be kept."""

    token: str
    body: bytes
    ttl: int
    topic: str
    urgency: str
    version: str


@dataclass
class PushService:
    """One push service. ``script`` holds what comes next, one entry per request.

    An entry is a status to answer with, 0 for "behave". ``retry_after`` goes with 429 and 503.
    ``delay`` is the time between taking a message and saying so, in seconds. With a ``folder``
    subscriptions outlive the service, as those of a real one do.
    """

    port: int = 0
    folder: Path | None = None
    script: deque[int] = field(default_factory=deque)
    retry_after: str = "30"
    delay: float = 0.0
    lines: dict[str, Line] = field(default_factory=dict)
    taken: list[Pushed] = field(default_factory=list)
    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    requests: int = 0
    _sockets: dict[str, web.WebSocketResponse] = field(default_factory=dict)
    _waiting: dict[str, list[Pushed]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._book = LineBook(self.folder)
        self.lines |= self._book.lines()

    @property
    def origin(self) -> str:
        """What a token must be good for."""
        return f"http://127.0.0.1:{self.port}"

    def application(self) -> web.Application:
        """The web application."""
        made = web.Application(client_max_size=1024 * 1024)
        made.router.add_get("/", self._browser)
        made.router.add_post("/subscribe", self._of_ours)
        made.router.add_post("/push/{token}", self._message)
        return made

    def subscribe(self, key: str, browser: str = "", *, own: str = "", channel: str = "") -> Line:
        """A subscription as a browser asks for it; the endpoint is :meth:`endpoint`."""
        line = Line(secrets.token_urlsafe(24), channel or str(uuid.uuid4()), browser, key, own=own)
        self.lines[line.token] = line
        self._book.keep(line)
        return line

    def endpoint(self, line: Line) -> str:
        """Where messages for the subscription go."""
        return f"{self.origin}/push/{line.token}"

    # The newsroom's side

    async def _message(self, request: web.Request) -> web.Response:
        self.requests += 1
        scripted = self.script.popleft() if self.script else 0
        if scripted:
            headers = {"Retry-After": self.retry_after} if scripted in {429, 503} else {}
            return web.Response(status=scripted, text="scripted", headers=headers)
        try:
            pushed = self._checked(request, await request.read())
        except PushRefused as refused:
            return web.Response(status=refused.status, text=refused.words)
        self.taken.append(pushed)
        if self.delay:
            await asyncio.sleep(self.delay)
        self._keep(pushed)
        await self._hand_on(pushed)
        headers = {"Location": f"{self.origin}/m/{pushed.version}", "TTL": str(pushed.ttl)}
        return web.Response(status=201, headers=headers)

    def _keep(self, pushed: Pushed) -> None:
        """What is seen of it from outside, for the local mailbox."""
        if self.folder is None:
            return
        record = {
            "at": time.time(), "id": pushed.version, "to": f"{self.origin}/push/{pushed.token}",
            "bytes": len(pushed.body), "ttl": pushed.ttl, "topic": pushed.topic,
            "urgency": pushed.urgency, "shown": self._read(pushed),
            "browser": self._named(pushed),
        }  # fmt: skip
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / RECORD).open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def _named(self, pushed: Pushed) -> str:
        line = self.lines[pushed.token]
        return line.browser if line.own else ""

    def _read(self, pushed: Pushed) -> dict[str, Any]:
        """The notification, where the browser is one of ours; empty for all others."""
        line = self.lines[pushed.token]
        if not line.own:
            return {}
        try:
            return Browser.kept(line.own).shown(pushed.body)
        except (InvalidTag, ValueError, LookupError, TypeError) as error:
            return {"title": f"This browser cannot read it: {type(error).__name__}"}

    def _checked(self, request: web.Request, body: bytes) -> Pushed:
        line = self.lines.get(request.match_info["token"])
        if line is None:
            raise PushRefused(404, "no such subscription")
        if line.is_gone:
            raise PushRefused(410, "the subscription has ended")
        headers = request.headers
        ttl = headers.get("TTL", "")
        if not (ttl.isascii() and ttl.isdecimal()):
            raise PushRefused(400, "TTL is missing or no number (RFC 8030, 5.2)")
        topic, urgency = headers.get("Topic", ""), headers.get("Urgency", "normal")
        if topic and not _TOPIC.fullmatch(topic):
            raise PushRefused(400, "Topic is not 1 to 32 letters of base64url (RFC 8030, 5.4)")
        if urgency not in _URGENCIES:
            raise PushRefused(400, "Urgency is none of the four (RFC 8030, 5.3)")
        self._check_sender(line, headers.get("Authorization", ""))
        if len(body) > MOST_BYTES:
            raise PushRefused(413, f"{len(body)} bytes (RFC 8030, 7.2)")
        _check_body(headers.get("Content-Encoding", ""), body)
        return Pushed(line.token, body, int(ttl), topic, urgency, secrets.token_hex(8))

    def _check_sender(self, line: Line, authorization: str) -> None:
        """RFC 8292: 3 for the header, 2 for the claims, 4.2 for the key."""
        found = _VAPID.fullmatch(authorization)
        if not found:
            raise PushRefused(401, "no vapid credentials")
        token, key = found.groups()
        if key != line.key:
            raise PushRefused(403, "the subscription was made with another key")
        claims = _verified(token, key)
        if claims.get("aud") != self.origin:
            raise PushRefused(401, "the token is for another origin")
        exp = claims.get("exp")
        if not isinstance(exp, int) or not time.time() < exp <= time.time() + _DAY:
            raise PushRefused(401, "the token has ended, or ends more than a day from now")
        contact = str(claims.get("sub", ""))
        if not _CONTACT.fullmatch(contact) or "localhost" in contact:
            raise PushRefused(403, "BadJwtToken: sub is nobody's address")

    # The browser's side

    async def _hand_on(self, pushed: Pushed) -> None:
        """To the browser if it is there; else kept, one per topic (RFC 8030, 5.4)."""
        line = self.lines[pushed.token]
        socket = self._sockets.get(line.browser)
        if socket is not None and not socket.closed:
            await socket.send_json(_notification(line, pushed))
        elif pushed.ttl:
            kept = self._waiting.setdefault(line.browser, [])
            kept[:] = [
                each
                for each in kept
                if not (pushed.topic and each.topic == pushed.topic and each.token == pushed.token)
            ]
            kept.append(pushed)

    async def _of_ours(self, request: web.Request) -> web.Response:
        """A browser without a window, by its name: what ``pushManager.subscribe`` gives a page."""
        form = await request.post()
        name, key = str(form.get("name", "")), jwt.packed(unpacked(form.get("key")))
        line = next(
            (each for each in self.lines.values() if each.own and each.browser == name
             and each.key == key and not each.is_gone), None,
        )  # fmt: skip
        if line is None:
            line = self.subscribe(key, name, own=Browser(secret=secrets.token_bytes(16)).written())
        data = Browser.kept(line.own).data(key)
        keys = {each: data[each] for each in ("p256dh", "auth")}
        return web.json_response({"endpoint": self.endpoint(line), "keys": keys})

    async def _browser(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("push-notification",))
        await socket.prepare(request)
        browser = ""
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            told = json.loads(message.data)
            if told.get("messageType") == "hello":
                # A browser that forgot who it is, or that another service has named, is a new one.
                browser = str(told.get("uaid") or "") or uuid.uuid4().hex
                self._sockets[browser] = socket
            answer = self._answer(told, browser)
            if answer is not None:
                await socket.send_json(answer)
            if told.get("messageType") == "hello":
                for pushed in self._waiting.pop(browser, []):
                    await socket.send_json(_notification(self.lines[pushed.token], pushed))
        return socket

    def _answer(self, told: dict[str, Any], browser: str) -> dict[str, Any] | None:
        match told.get("messageType"):
            case "hello":
                return {
                    "messageType": "hello", "status": 200, "uaid": browser, "use_webpush": True,
                    "broadcasts": {},
                }  # fmt: skip
            case "register":
                key = jwt.packed(unpacked(told.get("key")))
                line = self.subscribe(key, browser, channel=str(told["channelID"]))
                return {
                    "messageType": "register", "status": 200, "channelID": line.channel_id,
                    "pushEndpoint": self.endpoint(line),
                }  # fmt: skip
            case "unregister":
                for line in self.lines.values():
                    if line.channel_id == told.get("channelID") and not line.is_gone:
                        line.is_gone = True
                        self._book.keep(line)
                return {
                    "messageType": "unregister", "status": 200, "channelID": told.get("channelID"),
                }  # fmt: skip
            case "ack":
                self.acknowledged += told.get("updates", [])
            case "ping":
                return {}
        return None


def _notification(line: Line, pushed: Pushed) -> dict[str, Any]:
    return {
        "messageType": "notification",
        "channelID": line.channel_id,
        "version": pushed.version,
        "data": jwt.packed(pushed.body),
        "headers": {"encoding": "aes128gcm"},
    }


def _check_body(encoding: str, body: bytes) -> None:
    """RFC 8188, 2.1 and RFC 8291, 4: one record, and the sender's key as its key id."""
    if encoding != "aes128gcm":
        raise PushRefused(400, "Content-Encoding is not aes128gcm (RFC 8291, 4)")
    if len(body) < _HEADER + 17 or body[20] != 65 or body[21] != 4:
        raise PushRefused(400, "the body has no header with a public key (RFC 8291, 4)")
    record = int.from_bytes(body[16:20], "big")
    if record < len(body) - _HEADER:
        raise PushRefused(400, "more than one record (RFC 8291, 4)")


def _verified(token: str, key: str) -> dict[str, Any]:
    """The token's claims, its signature checked with the key beside it."""
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpacked(key))
        head, claims = jwt.read_es256(token, point)
    except (ValueError, InvalidSignature) as error:
        raise PushRefused(401, "the token is not signed with its key by ES256") from error
    if head.get("alg") != "ES256":
        raise PushRefused(401, "the token is not ES256")
    return claims


async def _until_stopped(given: argparse.Namespace) -> None:
    service = PushService(folder=given.folder)
    running = await serve(service, given.port)
    words = f"push service on {service.origin}"
    await until_stopped(running, words, folder=given.folder, at=service.origin)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9400)
    parser.add_argument("--folder", type=Path)
    asyncio.run(_until_stopped(parser.parse_args()))
