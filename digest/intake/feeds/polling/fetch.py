"""Getting feeds over the network: polite, conditional, many at once."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from types import TracebackType

import uvloop

from digest.intake.feeds.formats import challenges
from digest.intake.feeds.polling.cadence import retry_after
from digest.intake.feeds.polling.host_limits import HostLimits, host_of
from digest.kit import background, http

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
    """An answer: status 304 without a body, or 2xx with the whole expanded body.

    Who has done with a large body releases its ``permit``.
    """

    ask: Ask
    status: int
    url: str
    headers: dict[str, str]
    body: bytes
    moved_to: str | None
    took_ms: int
    permit: http.Permit | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer worth reading; ``kind`` and ``reason`` as in :mod:`digest.kit.http`.

    Not ``asked``: another feed's answer told us to leave the whole host alone for a while.
    """

    ask: Ask
    kind: str
    reason: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    took_ms: int = 0
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Manners:
    """How to behave: who we say we are, how long we wait, how much at once.

    A host gets at most ``per_host`` requests at once, begun at least ``spacing`` seconds apart;
    with ``per_host`` 0 neither holds, and no host is left alone because it asked for patience.
    """

    user_agent: str
    seconds: float = 20
    at_once: int = 200
    per_host: int = 2
    spacing: float = 0.5
    max_bytes: int = http.MAX_BYTES
    allow_private: bool = False


async def fetch(session: http.Session, ask: Ask, manners: Manners) -> Fetched | Failed:
    """One conditional GET (RFC 9110, 13.1). Never raises but for cancellation."""
    headers = {"Accept": ACCEPT}
    if _fit_for_a_header(ask.etag):
        headers["If-None-Match"] = ask.etag
    if _fit_for_a_header(ask.last_modified):
        headers["If-Modified-Since"] = ask.last_modified
    began = time.monotonic()
    try:
        async with http.get(
            session,
            ask.url,
            headers=headers,
            max_bytes=manners.max_bytes,
            seconds=manners.seconds,
        ) as answer:
            return Fetched(
                ask, answer.status, answer.url, answer.headers, answer.body, answer.moved_to,
                _since(began), answer.keep(),
            )  # fmt: skip
    except http.FetchFailed as error:
        return Failed(
            ask, error.kind, _why(error), error.status, error.headers, _since(began)
        )  # fmt: skip


def _why(error: http.FetchFailed) -> str:
    """The reason, with the name of whoever tests for robots, where that is what refuses."""
    if not isinstance(error, http.BadStatus):
        return error.reason
    # Some vendors mark whatever passes them: a 404 or a 500 of the outlet's own, too.
    said = error.headers if error.status in http.REFUSALS else None
    who = challenges.challenger(error.page, said)
    return f"{challenges.reason(who)} (HTTP {error.status}.)" if who else error.reason


def fetch_all(asks: Iterable[Ask], manners: Manners) -> Iterator[Fetched | Failed]:
    """The results in the order in which they arrive; leaving early cancels the rest."""
    with FetchThread(manners) as crew:
        crew.send(asks)
        while crew.outstanding:
            for result in crew.taken(most=1):
                yield result
                if isinstance(result, Fetched):
                    crew.done_with(result)


class FetchThread:
    """An event loop in a thread of its own, which fetches while the caller works on what came.

    At most ``manners.at_once`` asks are in flight or waiting for the caller. As a context
    manager: leaving it cancels what is still under way.
    """

    def __init__(self, manners: Manners) -> None:
        self.outstanding = 0
        self._in_hand: list[Fetched | Failed] = []
        self._manners = manners
        self._results: SimpleQueue[Fetched | Failed | BaseException] = SimpleQueue()
        # A seventh less CPU an unchanged feed than asyncio's own loop.
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="fetch", daemon=True)

    def __enter__(self) -> "FetchThread":
        self._begun = threading.Event()
        self._thread.start()
        self._begun.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._call(self._stop.set)
        self._thread.join()

    @property
    def busy(self) -> int:
        """Asks that are in flight or could be, their host's turn having come."""
        return self.outstanding - self._host_limits.waiting

    def send(self, asks: Iterable[Ask]) -> None:
        """Fetch these too."""
        batch = list(asks)
        self.outstanding += len(batch)
        self._call(lambda: self._begin(batch))

    def taken(self, *, most: int = 1_000, seconds: float | None = None) -> list[Fetched | Failed]:
        """What has come, after waiting for the first at most ``seconds``; then nothing.

        Their places in flight pass to others when the caller comes back for more, the permits of
        large bodies when it says so (:meth:`done_with`). An error of our own is raised here.
        """
        done, self._in_hand = self._in_hand, []
        if done:
            self._call(lambda: self._give_back(done))
        found: list[Fetched | Failed] = []
        try:
            found.append(self._sound(self._results.get(timeout=seconds)))
            while len(found) < most:
                found.append(self._sound(self._results.get_nowait()))
        except Empty:
            pass
        self.outstanding -= len(found)
        self._in_hand = found
        return list(found)

    def done_with(self, result: Fetched) -> None:
        """Let another large body take the place of this one."""
        if result.permit is not None:
            self._call(result.permit.release)

    def _sound(self, result: Fetched | Failed | BaseException) -> Fetched | Failed:
        if isinstance(result, BaseException):
            raise result
        return result

    def _give_back(self, found: list[Fetched | Failed]) -> None:
        for _ in found:
            self._slots.release()

    def _call(self, what: Callable[[], object]) -> None:
        try:
            self._loop.call_soon_threadsafe(what)
        except RuntimeError:
            # The loop has closed: what ended it is waiting among the results.
            pass

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._work())
        except BaseException as error:
            self._results.put(error)
        finally:
            self._begun.set()

    async def _work(self) -> None:
        manners = self._manners
        self._stop = asyncio.Event()
        self._slots = asyncio.Semaphore(manners.at_once)
        self._host_limits = HostLimits(manners.per_host, manners.spacing)
        self._tasks: set[asyncio.Task[None]] = set()
        self._session = http.session(
            user_agent=manners.user_agent,
            allow_private=manners.allow_private,
            connections=manners.at_once,
        )
        async with self._session:
            self._begun.set()
            await self._stop.wait()
            await background.end(list(self._tasks), patience=0, limit=manners.seconds)

    def _begin(self, asks: list[Ask]) -> None:
        for ask in asks:
            task = self._loop.create_task(self._one(ask))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._results.put(error)

    async def _one(self, ask: Ask) -> None:
        host = host_of(ask.url)
        async with self._host_limits.at(host):
            await self._slots.acquire()
            result: Fetched | Failed
            patience = self._host_limits.patience(host)
            if patience is None:
                result = await fetch(self._session, ask, self._manners)
                if _asks_for_patience(result):
                    self._host_limits.leave_alone(host, result)
            else:
                result = Failed(
                    ask, patience.kind, patience.reason, patience.status, patience.headers,
                    asked=False,
                )  # fmt: skip
        self._results.put(result)


def _asks_for_patience(result: Fetched | Failed) -> bool:
    """429, or 503 with a time to come back, mean the whole host."""
    if not isinstance(result, Failed):
        return False
    return result.status == 429 or (
        result.status == 503 and bool(retry_after(result.headers, datetime.now(UTC)))
    )


def _fit_for_a_header(value: str) -> bool:
    return bool(value) and len(value) < 1000 and value.isprintable()


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
