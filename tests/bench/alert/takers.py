"""Who takes the alert's messages: servers in processes of their own, and what leads us there.

Mail goes to Postfix's smtp-sink, or with a delay to a slow sink of ours; APNs to its strict
stand-in, the one here that speaks HTTP/2; all others to a server that reads a request, says yes in
the network's own words and checks nothing, so that two cores go to what is measured.
"""

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import psutil

from digest.outbound.channels.telegram.stand_in.bot_api import TOKEN
from digest.outbound.channels.webpush import vapid
from tests.bench.relay import relay
from tests.bench.stands.processes import apple, listen
from tests.fakes.fcm import account_for, fcm_server

CHANNELS = ("email", "webpush", "fcm", "apns", "telegram", "whatsapp")
PHONE_ID = "100200300"


@dataclass(frozen=True, slots=True)
class Taker:
    """The servers' processes, and the port of those that say yes."""

    port: int
    processes: tuple[int, ...]

    def cpu(self) -> float:
        """CPU seconds of all of them so far: what is not the service's own."""
        spent = 0.0
        for pid in self.processes:
            try:
                used = psutil.Process(pid).cpu_times()
            except psutil.Error:
                continue
            spent += used.user + used.system
        return spent


class Yes(asyncio.Protocol):
    """Reads requests, of a told length or in chunks; each answer has an id that no other has."""

    number = 0

    def connection_made(self, transport: Any) -> None:
        self._transport, self._buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            whole = _end(head.lower(), self._buffer, end + 4)
            if whole is None or len(self._buffer) < whole:
                return
            self._buffer = self._buffer[whole:]
            Yes.number += 1
            said = answer(head.split(b" ", 2)[1].decode(), Yes.number)
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(said), said)
            )


def _end(head: bytes, buffer: bytes, body: int) -> int | None:
    """Where a request ends whose body begins at ``body``; None while that cannot be seen."""
    if b"transfer-encoding: chunked" in head:
        at = buffer.find(b"0\r\n\r\n", body)
        return at + 5 if at >= 0 else None
    if (at := head.find(b"content-length:")) < 0:
        return body
    return body + int(head[at + 15 :].split(b"\r\n", 1)[0])


def answer(path: str, number: int) -> bytes:
    """Yes, as the server that this path belongs to would say it."""
    if path.startswith("/bot"):
        told: dict[str, Any] = {"ok": True, "result": {"message_id": number}}
    elif path.endswith("/token"):
        told = {"access_token": "t", "expires_in": 3600}
    elif "messages:send" in path:
        told = {"name": f"projects/p/messages/{number}"}
    else:
        told = {"messages": [{"id": f"wamid.{number}", "message_status": "accepted"}]}
    return json.dumps(told).encode()


def _yes(told: "Connection[int, Any]") -> None:
    listen(Yes, told)


@contextmanager
def takers(smtp: str, delay_ms: float) -> Iterator[Taker]:
    """All of them, with the environment that leads the channels there."""
    context, own = get_context("spawn"), []
    with ExitStack() as stack:

        def begin(target: Callable[..., None]) -> Any:
            here, there = context.Pipe()
            process = context.Process(target=target, args=(there,), daemon=True)
            process.start()
            own.append(process.pid)
            stack.callback(process.kill)
            return here.recv()

        port = begin(_yes)
        os.environ.update(begin(apple) | _lead_to(port))
        if delay_ms:
            from tests.fakes.smtp import Sink, running

            url = stack.enter_context(running(Sink(delay=delay_ms / 1000))).url
        else:
            own.append(stack.enter_context(relay(smtp)))
            url = f"smtp://{smtp}"
        os.environ["DIGEST_SMTP_URL"] = url
        yield Taker(port, tuple(pid for pid in own if pid))


def _lead_to(port: int) -> dict[str, str]:
    server = fcm_server()
    server.port = port
    base = f"http://127.0.0.1:{port}"
    return {
        "DIGEST_WEBPUSH_KEYS": vapid.made(),
        "DIGEST_WEBPUSH_SERVICES": "127.0.0.1",
        "DIGEST_FCM_URL": base,
        "DIGEST_FCM_ACCOUNT": account_for(server),
        "DIGEST_TELEGRAM_URL": base,
        "DIGEST_TELEGRAM_TOKEN": TOKEN,
        "DIGEST_WHATSAPP_URL": f"{base}/v23.0",
        "DIGEST_WHATSAPP_PHONE_ID": PHONE_ID,
        "DIGEST_WHATSAPP_TOKEN": "t",
        "DIGEST_WHATSAPP_APP_SECRET": "s",
    }
