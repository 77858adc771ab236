"""The crowd that measures asks as a browser does, and counts what it was answered."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.scenes import crowds
from tests.scenes.crowds import Crowd

PAGE = b"<p>" + b"page " * 20_000
LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(PAGE)
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"
BUSY = b"HTTP/1.1 503 Busy\r\nRetry-After: 5\r\nContent-Length: 4\r\n\r\nbusy"
WHOLE = {
    "length": [LENGTH + PAGE],
    "in pieces": [LENGTH[:20], LENGTH[20:], PAGE[:7], PAGE[7:]],
    "chunks": [CHUNKS, b"4\r\nword\r\n0", b"\r\n", b"\r\n"],
    "one for each connection": [LAST],
    "not modified": [NOT_MODIFIED],
}


class Site:
    """Answers every request with ``pieces``, and hangs up after each with ``hangs_up``."""

    def __init__(self, pieces: list[bytes], *, hangs_up: bool = False) -> None:
        self._pieces, self._hangs_up = pieces, hangs_up
        self.requests: list[bytes] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                for piece in self._pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
                if self._hangs_up:
                    break
        writer.close()


def asked(site: Site, seconds: float = 0.3) -> Crowd:
    """What three clients found there."""

    async def run() -> Crowd:
        async with await asyncio.start_server(site.answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            url = f"http://127.0.0.1:{port}/archive?page=2"
            return await crowds.crowd([url], 3, seconds)

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(crowds, "_PATIENCE", 5.0)
    yield


@pytest.mark.parametrize("kind", WHOLE)
def test_answers_of_every_form_are_taken_whole_again_and_again(kind: str) -> None:
    site = Site(WHOLE[kind])
    found = asked(site)
    assert set(found.statuses) == {"304" if kind == "not modified" else "200"}
    assert found.statuses.total() == len(site.requests) > 3
    assert all(each.startswith(b"GET /archive?page=2 HTTP/1.1\r\nHost: ") for each in site.requests)


def test_who_is_turned_away_is_counted_so_and_waits() -> None:
    found = asked(Site([BUSY]), seconds=0.5)
    assert found.statuses == {"503": 3} and len(found.turned_seconds) == 3


@pytest.mark.parametrize("pieces", [[], [LENGTH], [LENGTH + PAGE[:100]], [CHUNKS, b"4\r\nwo"]])
def test_half_an_answer_is_none(pieces: list[bytes]) -> None:
    found = asked(Site(pieces, hangs_up=True), seconds=0)
    assert found.statuses == {crowds.NO_ANSWER: 3} and not found.ok_seconds


def test_silence_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowds, "_PATIENCE", 0.2)
    assert asked(Site([]), seconds=0).statuses == {crowds.NO_ANSWER: 3}


def test_a_connection_that_was_closed_meanwhile_is_opened_anew() -> None:
    site = Site([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"], hangs_up=True)
    assert set(asked(site).statuses) == {"200"}
