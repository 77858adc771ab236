"""Small requests over kept connections: what an answer is, when one is used again, and no hang."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
import uvloop
from cryptography.hazmat.primitives.asymmetric import ec

from digest.kit import http
from digest.kit.fetching import kept_lines
from digest.kit.fetching.http_errors import BlockedConnection
from digest.kit.fetching.kept_lines import (
    LARGEST_BODY,
    LARGEST_HEAD,
    KeptLines,
    LineBroken,
    read_answer,
)
from tests.kit.test_http_tls import Authority, pem, served

CREATED = b"HTTP/1.1 201 Created\r\nLocation: /1\r\nContent-Length: 0\r\n\r\n"
CHUNKED = b"HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("raw", "status", "body", "keeps"),
    [
        (CREATED, 201, b"", True),
        (b"HTTP/1.1 429 \r\nContent-Length: 3\r\nRetry-After: 7\r\n\r\nabc", 429, b"abc", True),
        (b"HTTP/1.1 204\r\n\r\n", 204, b"", True),
        (b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + CREATED, 201, b"", True),
        (CHUNKED + b"3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nT:\r\n\r\n", 400, b"abc0123456789", 1),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", 200, b"", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, b"x", False),
        # What follows is nobody's answer.
        (CREATED + b"HTTP/1.1", 201, b"", False),
    ],
)  # fmt: skip
def test_an_answer_is_whole_at_its_last_byte_and_not_before(
    raw: bytes, status: int, body: bytes, keeps: bool
) -> None:
    found = read_answer(raw)
    assert found is not None
    assert (found.status, found.body, found.keeps) == (status, body, keeps)
    if keeps:
        assert [read_answer(raw[:length]) for length in range(len(raw))] == [None] * len(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n folded: c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
        CHUNKED + b"x\r\n",
        CHUNKED + b"1\r\nab\r\n0\r\n\r\n",
        CHUNKED + b"1" * 1_002,
        b"HTTP/1.1 200 " + b"x" * LARGEST_HEAD,
    ],
)
def test_what_is_no_answer_is_told_as_such(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_answer(raw)


def test_the_end_ends_a_body_without_a_length_and_tears_one_with() -> None:
    found = read_answer(b"HTTP/1.1 500 No\r\n\r\nsorry", ended=True)
    assert found is not None and (found.status, found.body, found.keeps) == (500, b"sorry", False)
    for torn in (
        b"",
        b"HTTP/1.1 2",
        CREATED[:-2],
        CREATED.replace(b"0", b"9"),
        CHUNKED + b"3\r\na",
    ):
        with pytest.raises(ValueError, match="no whole"):
            read_answer(torn, ended=True)


def test_of_some_answers_the_head_is_enough_and_of_long_ones_the_beginning() -> None:
    started = CREATED.replace(b"h: 0", b"h: 9")
    assert read_answer(started) is None
    found = read_answer(started, by_head=201)
    assert found is not None and (found.status, found.keeps) == (201, False)
    long = b"HTTP/1.1 413 Large\r\nContent-Length: 999999\r\n\r\n" + b"x" * (LARGEST_BODY + 1)
    found = read_answer(long)
    assert found is not None and (found.status, found.keeps) == (413, False)
    assert len(found.body) == LARGEST_BODY


class Server(asyncio.Protocol):
    """Answers each piece that comes with the next of ``says``; None hangs up."""

    def __init__(self, says: Iterator[bytes | None], heard: list[bytes]) -> None:
        self.says, self.heard = says, heard

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's own is none by its class.
        self.transport = cast(asyncio.Transport, transport)
        self.heard.append(b"+")

    def data_received(self, data: bytes) -> None:
        self.heard.append(data)
        said = next(self.says)
        if said is None:
            self.transport.close()
        else:
            self.transport.write(said)


Post = Callable[[], Coroutine[Any, Any, int]]


def at(
    play: Callable[[Post, list[bytes]], Coroutine[Any, Any, None]],
    *says: bytes | None,
    limit: int = 2,
    allow_private: bool = True,
) -> None:
    """``play`` with a way to post, and with all that the server heard."""

    async def run() -> None:
        heard: list[bytes] = []
        answers = iter(says)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Server(answers, heard), "127.0.0.1", 0)
        origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        session = http.session(user_agent="x", allow_private=allow_private, connections=limit)
        lines = KeptLines(session, limit, "Digest")

        async def post() -> int:
            async with asyncio.timeout(10):
                return (await lines.post(origin, "/a?b=c", {"TTL": "1"}, b"body")).status

        try:
            await play(post, heard)
        finally:
            lines.close()
            async with asyncio.timeout(10):
                await session.client.close()
            server.close()

    asyncio.run(run())


def test_a_request_is_as_it_should_be_and_the_next_goes_by_the_same_connection() -> None:
    async def play(post: Post, heard: list[bytes]) -> None:
        assert [await post() for _ in range(3)] == [201, 201, 201]
        opened, first, *others = heard
        assert opened == b"+" and others == [first, first]
        head, _, body = first.partition(b"\r\n\r\n")
        start, host, *rest = head.split(b"\r\n")
        assert start == b"POST /a?b=c HTTP/1.1" and host.startswith(b"Host: 127.0.0.1:")
        assert rest == [b"User-Agent: Digest", b"Accept: */*", b"Content-Length: 4", b"TTL: 1"]
        assert body == b"body"

    at(play, CREATED, CREATED, CREATED)


def test_a_connection_that_is_not_good_any_more_is_not_used_again() -> None:
    async def play(post: Post, heard: list[bytes]) -> None:
        assert [await post() for _ in range(3)] == [201, 500, 201]
        assert heard.count(b"+") == 3

    at(play, CREATED + b"HTTP/1.1 408", b"HTTP/1.0 500 No\r\nContent-Length: 0\r\n\r\n", CREATED)


def test_one_that_lay_idle_for_too_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(post: Post, heard: list[bytes]) -> None:
        await post()
        monkeypatch.setattr(kept_lines, "KEPT_FOR", 0.0)
        await post()
        assert heard.count(b"+") == 2

    at(play, CREATED, CREATED)


def test_a_hang_up_without_an_answer_is_told_and_the_next_goes_by_another() -> None:
    async def play(post: Post, heard: list[bytes]) -> None:
        for _ in range(2):
            with pytest.raises(LineBroken):
                await post()
        assert await post() == 201
        assert heard.count(b"+") == 3

    at(play, None, b"220 mail.example ESMTP\r\n\r\n", CREATED)


def test_more_at_once_than_there_are_places_wait_for_one() -> None:
    async def play(post: Post, heard: list[bytes]) -> None:
        assert await asyncio.gather(*(post() for _ in range(9))) == [201] * 9
        assert heard.count(b"+") == 2

    at(play, *[CREATED] * 9)


def test_what_lies_idle_makes_room_for_another_origin() -> None:
    async def run() -> None:
        loop, heard = asyncio.get_running_loop(), list[bytes]()
        answers = iter([CREATED] * 4)
        servers = [
            await loop.create_server(lambda: Server(answers, heard), "127.0.0.1", 0)
            for _ in range(2)
        ]
        session = http.session(user_agent="x", allow_private=True, connections=1)
        lines = KeptLines(session, 1, "Digest")
        async with asyncio.timeout(10):
            for server in servers * 2:
                origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
                assert (await lines.post(origin, "/", {}, b"")).status == 201
            assert heard.count(b"+") == 4
            lines.close()
            await session.client.close()
        for server in servers:
            server.close()

    asyncio.run(run())


def test_a_head_that_says_it_all_is_believed_though_its_body_never_comes() -> None:
    async def run() -> None:
        loop, heard = asyncio.get_running_loop(), list[bytes]()
        answers = iter([CREATED.replace(b"h: 0", b"h: 9"), CREATED])
        server = await loop.create_server(lambda: Server(answers, heard), "127.0.0.1", 0)
        origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        session = http.session(user_agent="x", allow_private=True)
        lines = KeptLines(session, 1, "Digest")
        async with asyncio.timeout(10):
            for _ in range(2):
                assert (await lines.post(origin, "/", {}, b"", by_head=201)).status == 201
            assert heard.count(b"+") == 2
            lines.close()
            await session.client.close()
        server.close()

    asyncio.run(run())


def test_whoever_gives_up_hangs_up_and_leaves_the_place_to_others() -> None:
    async def play(post: Post, heard: list[bytes]) -> None:
        waiting = asyncio.create_task(post())
        async with asyncio.timeout(10):
            while len(heard) < 2:  # noqa: ASYNC110 - the server's word is the event
                await asyncio.sleep(0)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        assert await post() == 201
        assert heard.count(b"+") == 2

    at(play, b"", CREATED, limit=1)


def test_a_line_break_in_a_head_is_never_sent() -> None:
    async def run() -> None:
        session = http.session(user_agent="x", allow_private=True)
        lines = KeptLines(session, 1, "Digest")
        for target, headers in (("/a\r\nX: y", {}), ("/", {"TTL": "1\nX: y"}), ("/ b", {})):
            with pytest.raises(ValueError, match="line break"):
                await lines.post("http://127.0.0.1:1", target, headers, b"")
        await session.client.close()

    asyncio.run(run())


def test_a_session_that_stays_outside_connects_to_nothing_inside() -> None:
    async def play(post: Post, heard: list[bytes]) -> None:
        with pytest.raises(aiohttp.ClientConnectorError) as caught:
            await post()
        assert isinstance(caught.value.os_error, BlockedConnection) and not heard

    at(play, allow_private=False)


@pytest.mark.parametrize("runner", [asyncio.run, uvloop.run])
def test_a_connection_in_tls_is_kept_as_well(runner: Callable[..., None], tmp_path: Path) -> None:
    authority, key = Authority(), ec.generate_private_key(ec.SECP256R1())
    server_side = served(key, authority.sign("localhost", key, days=5), tmp_path)
    client_side = ssl.create_default_context(cadata=pem(authority.trusted))

    async def run() -> None:
        loop, heard = asyncio.get_running_loop(), list[bytes]()
        answers = iter([CREATED, CREATED, None, CREATED])
        server = await loop.create_server(
            lambda: Server(answers, heard), "127.0.0.1", 0, ssl=server_side
        )
        origin = f"https://localhost:{server.sockets[0].getsockname()[1]}"
        client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=client_side))
        lines = KeptLines(http.Session(client, allow_private=True), 2, "Digest")
        async with asyncio.timeout(10):
            for _ in range(2):
                assert (await lines.post(origin, "/", {}, b"x" * 4_000)).status == 201
            with pytest.raises(LineBroken):
                await lines.post(origin, "/", {}, b"")
            assert (await lines.post(origin, "/", {}, b"")).status == 201
            assert heard.count(b"+") == 2
            lines.close()
            await client.close()
        server.close()

    runner(run())
