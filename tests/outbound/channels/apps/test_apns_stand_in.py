"""The stand-in for Apple stays as strict however much it is asked: streams, tokens, hang-ups."""

import asyncio
from collections import deque
from collections.abc import Coroutine

import h2.config
import h2.connection
import h2.events
import pytest

from digest.outbound.channels.apns.channel import headers_of, payload
from digest.outbound.channels.apns.provider_token import ProviderToken
from digest.outbound.channels.apns.stand_in.rules import ApnsRefused
from digest.outbound.channels.apns.stand_in.server import ApnsPeer
from digest.outbound.channels.rendering import render_alert
from tests.fakes.apns import DROP, MUTE, TOPIC, ApnsServer, apns_server, settings_for
from tests.outbound.samples import ALERT, NEWSROOM, copy_of

DEVICE = "ab" * 32
COPY = copy_of("7-11", DEVICE, render_alert(ALERT, "apns", NEWSROOM))
_FOUND = settings_for(apns_server())
TOKEN = ProviderToken(
    _FOUND["DIGEST_APNS_KEY"], _FOUND["DIGEST_APNS_KEY_ID"], _FOUND["DIGEST_APNS_TEAM"]
).value()


class Wire(asyncio.Transport):
    """The peer's connection: what it wrote, and whether it hung up."""

    def __init__(self, peer: ApnsPeer) -> None:
        super().__init__()
        self.peer, self.written, self.hung_up = peer, bytearray(), False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def abort(self) -> None:
        self.hung_up = True
        self.peer.connection_lost(None)


class Caller:
    """A client that opens as many streams as it likes."""

    def __init__(self, server: ApnsServer) -> None:
        self._http2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        self._http2.initiate_connection()
        self._peer = ApnsPeer(server)
        self.wire = Wire(self._peer)
        self.answered: list[int] = []
        self._peer.connection_made(self.wire)

    async def ask(self, requests: int) -> None:
        """So many at once, and what is answered to them."""
        http2 = self._http2
        for _ in range(requests):
            http2.remote_settings.max_concurrent_streams = 10**6
            http2.remote_settings.acknowledge()
            stream = http2.get_next_available_stream_id()
            http2.send_headers(stream, headers_of(COPY, TOPIC, "127.0.0.1", TOKEN))
            http2.send_data(stream, payload(COPY), end_stream=True)
        self._peer.data_received(http2.data_to_send())
        # As many turns as it may take to look at all of it and to write the answers.
        for _ in range(requests + 5):
            await asyncio.sleep(0)
        written, self.wire.written = bytes(self.wire.written), bytearray()
        for event in http2.receive_data(written):
            if isinstance(event, h2.events.StreamEnded):
                self.answered.append(event.stream_id)
        self._peer.data_received(http2.data_to_send())


def play(scene: Coroutine[None, None, None]) -> None:
    asyncio.run(scene)


def test_before_a_token_is_accepted_a_line_has_one_stream() -> None:
    async def scene() -> None:
        server = apns_server(script=deque([MUTE]))
        caller = Caller(server)
        await caller.ask(1)
        assert not caller.wire.hung_up and len(server.taken) == 1
        await caller.ask(1)
        assert caller.wire.hung_up and len(server.taken) == 1

    play(scene())


@pytest.mark.parametrize("before", [1, 511, 512, 1500])
def test_a_line_has_no_more_streams_than_it_may_however_old_it_is(before: int) -> None:
    async def scene() -> None:
        server = apns_server(streams=20)
        caller = Caller(server)
        for _ in range(before):
            await caller.ask(1)
        assert len(caller.answered) == len(server.taken) == before
        server.script.extend([MUTE] * 40)
        await caller.ask(20)
        assert not caller.wire.hung_up and len(server.taken) == before + 20
        await caller.ask(1)
        assert caller.wire.hung_up and len(server.taken) == before + 20

    play(scene())


def test_hundreds_at_once_are_all_answered() -> None:
    async def scene() -> None:
        server = apns_server()
        caller = Caller(server)
        await caller.ask(1)
        await caller.ask(150)
        assert len(set(caller.answered)) == len(server.taken) == 151

    play(scene())


def test_a_dropped_line_tells_what_it_answered_and_looks_at_nothing_more() -> None:
    async def scene() -> None:
        server = apns_server()
        caller = Caller(server)
        await caller.ask(1)
        server.script.extend([None, DROP])
        await caller.ask(2)
        assert caller.wire.hung_up and len(caller.answered) == 2 and len(server.taken) == 3
        await caller.ask(1)
        assert len(server.taken) == 3

    play(scene())


def test_a_token_that_was_read_before_opens_no_door_to_another() -> None:
    server, body = apns_server(), payload(COPY)
    headers = [
        (name.decode(), value.decode())
        for name, value in headers_of(COPY, TOPIC, "127.0.0.1", TOKEN)
    ]
    server.judge(headers, body, "")
    forged = [(n, v[:-4] + "AAAA" if n == "authorization" else v) for n, v in headers]
    for _ in range(2):
        with pytest.raises(ApnsRefused, match="InvalidProviderToken"):
            server.judge(forged, body, "")
    server.judge(headers, body, "")
    assert len(server.taken) == 2 and len(server.tokens) == 1
