"""How many pushes a process sends, and what one costs.

``python -m tests.bench.push --json`` prints ``messages_per_s, cpu_us_per_message,
messages_per_cpu_s`` of our own process for web push, and under ``fcm`` the same for FCM, against a
server in a process of its own that reads a request, says yes and checks nothing: its CPU is not
ours. Under ``apns`` the same for APNs, by one connection and ``--streams``, against the strict
stand-in in a process of its own. ``stages`` are the parts without a wire: encryption alone, and a
whole request made ready. ``--messages`` in each of ``--runs``, the median counts; ``--connections``
at once. ``alert`` is a breaking alert to ``--readers`` browsers through the ledger and its journal,
by ``--processes`` senders: seconds from the word until it was fanned out, and until half, 99 % and
all of them were taken, by the ledger's own moments.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import SimpleNamespace
from typing import Any

from digest.newsdesk.alerts.core.content import AlertContent
from digest.outbound.channels import apps
from digest.outbound.channels.apns.channel import Apns, config_of
from digest.outbound.channels.base import Channel
from digest.outbound.channels.fcm.account import ServiceAccount
from digest.outbound.channels.fcm.channel import Fcm, FcmConfig
from digest.outbound.channels.webpush import vapid, words
from digest.outbound.channels.webpush.address import BrowserKeys
from digest.outbound.channels.webpush.channel import WebPush, WebPushConfig, payload
from digest.outbound.channels.webpush.encryption import encrypt
from digest.outbound.messages.message import Copy, Endpoint, ReaderLinks, Words
from digest.outbound.messages.newsroom import Newsroom
from tests.bench.stands.processes import apple, listen, loop_factory
from tests.fakes.apns import TOPIC
from tests.fakes.fcm import account_for, fcm_server
from tests.fakes.push_service import Browser
from tests.scenes import servers

PRIVATE = vapid.made()
KEY = vapid.VapidKey(PRIVATE)
NEWSROOM = Newsroom("The Meridian", "1 Example Street", "https://news.example", "a@b.example", "b")
ALERT = AlertContent(
    public_id="bench",
    kind="first",
    headline="Ferry with 212 aboard runs aground off the northern cape",
    url="https://news.example/s/0000000000000000000001",
    language="en",
    summary="Rescue boats have taken off most passengers; the sea is calm, the coast guard says.",
)
# A push service's yes (RFC 8030, 5), and that of FCM and of Google's token server at once.
_CREATED = b"HTTP/1.1 201 Created\r\nLocation: /message/1\r\nContent-Length: 0\r\n\r\n"
_YES = json.dumps({"name": "projects/p/messages/1", "access_token": "t", "expires_in": 3600})
_ANSWER = f"HTTP/1.1 200 OK\r\nContent-Length: {len(_YES)}\r\n\r\n{_YES}".encode()


class Sink(asyncio.Protocol):
    """Reads requests with a Content-Length and says yes to each."""

    def connection_made(self, transport: Any) -> None:
        self._transport, self._buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            at = head.index(b"content-length:") + 15
            length = int(head[at:].split(b"\r\n", 1)[0])
            if len(self._buffer) < end + 4 + length:
                return
            self._buffer = self._buffer[end + 4 + length :]
            self._transport.write(_CREATED if head.startswith(b"post /push/") else _ANSWER)


def sink(told: "Connection[int, Any]") -> None:
    """The push service's process: tells its port, and serves until it is ended."""
    listen(Sink, told)


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a stage: messages, seconds by the wall, seconds of CPU."""

    messages: int
    wall: float
    cpu: float

    def to_document(self) -> dict[str, float]:
        """The figures that are printed."""
        return {
            "messages_per_s": round(self.messages / self.wall),
            "cpu_us_per_message": round(1e6 * self.cpu / self.messages, 1),
            "messages_per_cpu_s": round(self.messages / self.cpu),
        }


def copies(count: int, port: int) -> list[Copy]:
    """As many readers, each with keys of their own."""
    said: Words = words.alert(ALERT, NEWSROOM)
    browsers = [Browser().data(KEY.public) for _ in range(min(count, 2_000))]
    return [
        Copy(
            f"7-{number}",
            said,
            Endpoint(
                f"http://127.0.0.1:{port}/push/{number:022}", data=browsers[number % len(browsers)]
            ),
            ReaderLinks(preferences=f"https://news.example/preferences/{number:040}"),
        )
        for number in range(count)
    ]


def alone(act: Callable[[Copy], object], given: list[Copy]) -> Measured:
    """A stage without a wire."""
    wall, cpu = time.perf_counter(), time.process_time()
    for each in given:
        act(each)
    return Measured(len(given), time.perf_counter() - wall, time.process_time() - cpu)


def browsers(connections: int) -> Channel:
    """Web push, to any browser of the sink's."""
    return WebPush(
        WebPushConfig(
            (KEY,), "mailto:a@b.example", ["127.0.0.1"], "Digest", allow_private=True,
            connections=connections,
        )
    )  # fmt: skip


def androids(connections: int, port: int) -> Channel:
    """FCM, with an account that the sink lets in."""
    server = fcm_server()
    server.port = port
    url = f"http://127.0.0.1:{port}"
    return Fcm(FcmConfig(ServiceAccount(account_for(server)), url, connections=connections))


def iphones(found: dict[str, Any]) -> Channel:
    """APNs, led to the stand-in."""
    return Apns(config_of(SimpleNamespace(**(found | {"DIGEST_APNS_TOPICS": [TOPIC]}))))


def by_apns(count: int, streams: int, runs: int) -> Measured:
    """As many devices of Apple's, the median of the runs."""
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=apple, args=(there,), daemon=True)
    process.start()
    try:
        found, said = here.recv(), apps.alert("apns", "bench", ALERT, NEWSROOM)
        links = ReaderLinks(preferences=f"https://news.example/preferences/{0:040}")
        given = [Copy(f"7-{each}", said, Endpoint(f"{each:064x}"), links) for each in range(count)]
        run = loop_factory()
        return median([run(over_the_wire(iphones(found), given, streams)) for _ in range(runs)])
    finally:
        process.kill()


async def over_the_wire(channel: Channel, given: list[Copy], connections: int) -> Measured:
    """All of them by the channel itself, so many at once."""
    await channel.open()
    left = iter(given)

    async def carry() -> None:
        for each in left:
            await channel.send(each, lambda: None)

    wall, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    await asyncio.gather(*(carry() for _ in range(connections)))
    after = resource.getrusage(resource.RUSAGE_SELF)
    took = time.perf_counter() - wall
    await channel.close()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(len(given), took, cpu)


def median(runs: list[Measured]) -> Measured:
    """The run whose CPU is in the middle."""
    middle = statistics.median_low([each.cpu for each in runs])
    return next(each for each in runs if each.cpu == middle)


_BROWSERS = """
UPDATE digest_address SET value = %s || id, channel_data = %s WHERE channel = 'webpush'
"""


def alert(readers: int, processes: int, connections: int, port: int) -> dict[str, Any]:
    """One alert to so many browsers, from the editor's word on."""
    from django.db import connection

    from digest.kit.clock import now
    from digest.models import Delivery, Send
    from digest.outbound.delivery.planning.fanout import fan_out
    from digest.outbound.delivery.planning.plan import plan_alert
    from tests.bench.send import Sender, analyze
    from tests.scenes import scene

    scene.readers(readers, None, now=now(), channel="webpush")
    with connection.cursor() as cursor:
        keys = json.dumps(Browser().data(KEY.public))
        cursor.execute(_BROWSERS, [f"http://127.0.0.1:{port}/push/", keys])
    analyze()
    revision = scene.alert(now=now())
    ids = plan_alert(revision.alert_id, 1, now=now()).send_ids
    send = Send.objects.get(pk__in=ids, channel="webpush")
    senders = [Sender(send.pk, connections // processes, {}) for _ in range(processes)]
    word = now()
    fan_out(send.pk, now=now())
    fanned_out = (now() - word).total_seconds()
    used = [each.figures() for each in [each.begin() for each in senders]]
    for each in senders:
        each.end()
    sent = Delivery.objects.filter(send_id=send.pk, state=Delivery.State.SENT)
    moments = sorted((at - word).total_seconds() for at in sent.values_list("sent_at", flat=True))
    return {
        "readers": readers,
        "processes": processes,
        "fanned_out_s": round(fanned_out, 2),
        "first_s": round(moments[0], 2),
        "half_s": round(moments[len(moments) // 2], 2),
        "p99_s": round(moments[len(moments) * 99 // 100], 2),
        "all_s": round(moments[-1], 2),
        "cpu_us_per_message": round(1e6 * sum(spent for spent, _ in used) / len(moments)),
        "ledger_rows": len(moments),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--readers", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    servers.prepare(
        DIGEST_CHANNELS="webpush",
        DIGEST_WAKER="",
        DIGEST_WEBPUSH_KEYS=PRIVATE,
        DIGEST_WEBPUSH_SERVICES="127.0.0.1",
    )
    load = os.getloadavg()[0]
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=sink, args=(there,), daemon=True)
    process.start()
    try:
        port = here.recv()
        through_the_ledger = alert(given.readers, given.processes, given.connections, port)
        ready = copies(given.messages, port)
        run = loop_factory()
        at_once, runs = given.connections, range(given.runs)
        whole = median([run(over_the_wire(browsers(at_once), ready, at_once)) for _ in runs])
        said = apps.alert("fcm", "bench", ALERT, NEWSROOM)
        devices = [replace(each, words=said, to=Endpoint("a" * 140)) for each in ready]
        by_fcm = median(
            [run(over_the_wire(androids(at_once, port), devices, at_once)) for _ in runs]
        )
    finally:
        process.kill()
    keys = {each.key: BrowserKeys.of(each.to.data or {}) for each in ready}
    plain = payload(ready[0])
    stages = {
        "encrypt": alone(lambda each: encrypt(plain, keys[each.key]), ready),
        "keys_payload_encrypt": alone(
            lambda each: encrypt(payload(each), BrowserKeys.of(each.to.data or {})), ready
        ),
    }
    found: dict[str, Any] = whole.to_document() | {
        "messages": given.messages,
        "connections": given.connections,
        "bytes": len(encrypt(plain, keys[ready[0].key])),
        "stages": {name: each.to_document() for name, each in stages.items()},
        "fcm": by_fcm.to_document(),
        "apns": by_apns(given.messages, given.streams, given.runs).to_document(),
        "alert": through_the_ledger,
        "load_before": round(load, 1),
    }
    print(json.dumps(found) if given.json else found, flush=True)
    return 0 if through_the_ledger["ledger_rows"] == given.readers else 1


if __name__ == "__main__":
    sys.exit(main())
