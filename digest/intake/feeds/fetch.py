"""Getting feeds over the network: polite, conditional, many at once."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from urllib.parse import urlsplit

import aiohttp

from digest.kit import http

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json;q=0.9, "
    "application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5"
)


@dataclass(frozen=True, slots=True)
class Ask:
    """What to fetch, and what the server said last time. ``key`` comes back with the result."""

    key: int
    url: str
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: status 304 without a body, or 2xx with the whole expanded body."""

    ask: Ask
    status: int
    url: str
    headers: dict[str, str]
    body: bytes
    moved_to: str | None
    took_ms: int


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer worth reading; ``kind`` and ``reason`` as in :mod:`digest.kit.http`."""

    ask: Ask
    kind: str
    reason: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    took_ms: int = 0


@dataclass(frozen=True, slots=True)
class Manners:
    """How to behave: who we say we are, how long we wait, how much at once, how much per host."""

    user_agent: str
    seconds: float = 20
    at_once: int = 32
    per_host: int = 2
    max_bytes: int = http.MAX_BYTES
    allow_private: bool = False


async def fetch(session: aiohttp.ClientSession, ask: Ask, manners: Manners) -> Fetched | Failed:
    """One conditional GET (RFC 9110, 13.1). Never raises but for cancellation."""
    headers = {"Accept": ACCEPT}
    if _fit_for_a_header(ask.etag):
        headers["If-None-Match"] = ask.etag
    if _fit_for_a_header(ask.last_modified):
        headers["If-Modified-Since"] = ask.last_modified
    began = time.monotonic()
    try:
        answer = await http.get(
            session,
            ask.url,
            headers=headers,
            max_bytes=manners.max_bytes,
            seconds=manners.seconds,
        )
    except http.FetchFailed as error:
        return Failed(
            ask, error.kind, error.reason, error.status, error.headers, _since(began)
        )  # fmt: skip
    return Fetched(
        ask, answer.status, answer.url, answer.headers, answer.body, answer.moved_to, _since(began)
    )


def fetch_all(asks: Iterable[Ask], manners: Manners) -> Iterator[Fetched | Failed]:
    """The results in the order in which they arrive.

    An event loop in a thread of its own fetches while the caller works on what has come; at most
    ``manners.at_once`` asks are in flight or waiting for the caller. Leaving the iterator early
    cancels the rest.
    """
    waiting = list(asks)
    crew = _Crew(waiting, manners)
    thread = threading.Thread(target=crew.run, name="fetch", daemon=True)
    thread.start()
    try:
        for _ in waiting:
            result = crew.results.get()
            if isinstance(result, BaseException):
                raise result
            crew.taken()
            yield result
    finally:
        crew.stop()
        thread.join()


class _Crew:
    """The fetching side of :func:`fetch_all`."""

    def __init__(self, asks: list[Ask], manners: Manners) -> None:
        self.results: SimpleQueue[Fetched | Failed | BaseException] = SimpleQueue()
        self._asks = asks
        self._manners = manners
        self._hosts: dict[str, asyncio.Semaphore] = {}
        self._asked_to_wait: dict[str, Failed] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._begun = threading.Event()

    def run(self) -> None:
        """Fetch everything; an error of our own goes to the caller as a result."""
        try:
            asyncio.run(self._fetch())
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            self.results.put(error)
        finally:
            self._begun.set()

    def taken(self) -> None:
        """The caller has taken one result: one more may be fetched."""
        self._call(self._slots.release)

    def stop(self) -> None:
        """Cancel what is still under way."""
        self._begun.wait()
        if self._task is not None:
            self._call(self._task.cancel)

    def _call(self, what: Callable[[], object]) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(what)
        except RuntimeError:
            # The loop has closed: everything was fetched.
            pass

    async def _fetch(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._slots = asyncio.Semaphore(self._manners.at_once)
        self._task = asyncio.current_task()
        self._begun.set()
        session = http.session(
            user_agent=self._manners.user_agent, allow_private=self._manners.allow_private
        )
        async with session, asyncio.TaskGroup() as group:
            for ask in self._asks:
                group.create_task(self._one(session, ask))

    async def _one(self, session: aiohttp.ClientSession, ask: Ask) -> None:
        host = _host(ask.url)
        async with self._turn_at(host):
            await self._slots.acquire()
            put_off = self._asked_to_wait.get(host)
            result: Fetched | Failed
            if put_off is None:
                result = await fetch(session, ask, self._manners)
            else:
                result = Failed(ask, put_off.kind, put_off.reason, 429, put_off.headers)
            if isinstance(result, Failed) and result.status == 429:
                # A host that asks for patience means all its feeds, not this one alone.
                self._asked_to_wait.setdefault(host, result)
        self.results.put(result)

    @asynccontextmanager
    async def _turn_at(self, host: str) -> AsyncIterator[None]:
        if self._manners.allow_private:
            yield
            return
        turns = self._hosts.setdefault(host, asyncio.Semaphore(self._manners.per_host))
        async with turns:
            yield


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _fit_for_a_header(value: str) -> bool:
    return bool(value) and len(value) < 1000 and value.isprintable()


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
