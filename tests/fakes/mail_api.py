"""A mail provider's HTTP API on loopback, and the transport that speaks to it.

``POST /send`` with the mail as JSON; 200 with an id, 422 for a mailbox that is not there, 429 when
there are too many, 503 when it is unwell. ``api://127.0.0.1:PORT`` is its URL as a relay.
"""

import asyncio
import base64
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from digest.outbound.channels.base import AnswerLost, Receipt, Rejected, Unreachable
from digest.outbound.channels.email.api import ApiLine
from digest.outbound.channels.email.outgoing import OutgoingMail
from digest.outbound.channels.email.relay import Capabilities, Relay
from digest.outbound.channels.email.transport import Seat

PATH = "tests.fakes.mail_api:API"
HANG_UP = 0
# Long enough that requests at once are seen to be at once.
SERVICE = 0.02
CLOSING: set[asyncio.Future[None]] = set()


@dataclass
class MailApi:
    """The provider. ``script`` holds the statuses to answer with, by recipient."""

    taken: list[str] = field(default_factory=list)
    script: dict[str, deque[int]] = field(default_factory=dict)
    most_in_flight: int = 0
    port: int = 0
    _in_flight: int = 0

    @property
    def url(self) -> str:
        return f"api://127.0.0.1:{self.port}/send"

    async def send(self, request: web.Request) -> web.Response:
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            mail = await request.json()
            await asyncio.sleep(SERVICE)
            script = self.script.get(mail["to"])
            status = script.popleft() if script else 200
            if status in (200, HANG_UP):
                assert base64.b64decode(mail["mail"]).count(b"\r\n\r\n")
                self.taken.append(mail["to"])
            if status == HANG_UP and request.transport is not None:
                request.transport.abort()
            answer = {"id": f"m{len(self.taken)}", "words": f"as scripted: {status}"}
            return web.json_response(answer, status=status or 200)
        finally:
            self._in_flight -= 1

    async def look(self, request: web.Request) -> web.Response:
        return web.Response(text="here\n")


@contextmanager
def running(api: MailApi) -> Iterator[MailApi]:
    """Serve ``api`` in a thread of its own."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        made = web.Application(client_max_size=1024**2)
        made.add_routes([web.post("/send", api.send), web.get("/", api.look)])
        runner = web.AppRunner(made, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", api.port).start()
        api.port = runner.addresses[0][1]
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield api
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


@dataclass(frozen=True, slots=True)
class OpenedApi:
    """A session with the provider."""

    session: aiohttp.ClientSession
    url: str

    def line(self, seat: Seat) -> ApiLine:
        return ApiLine(seat, Capabilities(smtputf8=True), self._post, self.abort)

    def abort(self) -> None:
        CLOSING.add(asyncio.ensure_future(self.session.close()))

    async def _post(self, mail: OutgoingMail) -> Receipt:
        body = {
            "from": mail.sender,
            "to": mail.recipient,
            "mail": base64.b64encode(mail.content).decode(),
        }
        try:
            async with self.session.post(self.url, json=body) as answer:
                said, status = await answer.json(), answer.status
        except aiohttp.ClientConnectorError as error:
            raise Unreachable(str(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise AnswerLost(f"no answer: {error}") from error
        if status == 200:
            return Receipt(250, "taken", said["id"])
        permanent = status == 422
        raise Rejected(said["words"], status, permanent=permanent, recipient=permanent)


class ApiTransport:
    """The transport of ``api://`` relays."""

    port = 80

    async def open(self, relay: Relay, hello: str, patience: float) -> OpenedApi:
        base = f"http://{relay.host}:{relay.port}"
        session = aiohttp.ClientSession()
        try:
            async with asyncio.timeout(patience), session.get(base):
                return OpenedApi(session, f"{base}{relay.path}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            await session.close()
            raise Unreachable(f"{relay.name} cannot be reached: {error}") from error


API = ApiTransport()
