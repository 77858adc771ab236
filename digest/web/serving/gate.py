"""The gate in front of Django: what may come in, in which lane, and what is answered at once.

Django gives each request a thread, and each thread a database connection. Without a gate a burst
of page views takes all that PostgreSQL has, and alerts wait.
"""

import asyncio
import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from django.conf import settings

from digest.audience.core import languages
from digest.kit import env
from digest.kit.observe import log
from digest.web.serving import answers
from digest.web.serving.answers import Answer, Headers, Message, Receive, Send
from digest.web.serving.asked import Asked
from digest.web.serving.bodies import Bodies, Gone, Turned
from digest.web.serving.giving_way import GivingWay
from digest.web.serving.kept_pages import KEEP, MOST_PAGES, KeptPage, Mark, PageStore
from digest.web.serving.lanes import Full, Places
from digest.web.serving.traffic import (
    ANSWER_SECONDS,
    HEALTH,
    LANES,
    LIVE,
    PATIENCE,
    READERS,
    lane_of,
    longest_body,
    may_be_kept,
    methods_of,
    step_of,
)

Scope = MutableMapping[str, Any]
# Frameworks disagree on how they type a message; what they take is the same.
App = Callable[[Any, Any, Any], Awaitable[None]]
AtOnce = Callable[[Asked], Answer | None]

# Files of ours change with a release alone.
_FILES, _FILES_SECONDS = "/static/", 60.0


class Gate:
    """An ASGI application around another one.

    ``at_once`` has what may be answered, by path, without it: small questions that come often. What
    they are asked with has no body; None leaves the answer to the application.
    """

    def __init__(self, app: App, at_once: Mapping[str, AtOnce] | None = None) -> None:
        self._app = app
        self._at_once = at_once or {}
        self._giving_way = GivingWay(env.home())
        self._places = {
            lane.name: Places(
                lane.places, lane.patience, self._giving_way if lane is READERS else None
            )
            for lane in LANES
        }
        self._bodies = Bodies()
        self._store = PageStore()
        self._mark = Mark()
        self._varies: OrderedDict[tuple[bytes, ...], tuple[bytes, ...]] = OrderedDict()
        self._making: dict[tuple[bytes, ...], asyncio.Task[KeptPage | Answer]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Asked.of(scope, settings.DIGEST_PROXIES)
        scope = {**scope, "query_string": asked.query}
        if not asked.is_readable:
            await answers.UNREADABLE.send(send)
        elif asked.method not in methods_of(asked.path):
            await answers.NO_SUCH_METHOD.send(send)
        elif asked.path == LIVE:
            await answers.ALIVE.send(send, head=asked.method == "HEAD")
        elif (known := self._known(asked)) is not None:
            await known.send(send, head=asked.method == "HEAD")
        elif may_be_kept(asked.method, asked.path) and not asked.has_body:
            await self._page(asked, scope, send)
        else:
            await self._work(asked, scope, receive, send)

    def _known(self, asked: Asked) -> Answer | None:
        answer = self._at_once.get(asked.path)
        if answer is None or asked.has_body or asked.method not in {"GET", "HEAD"}:
            return None
        return answer(asked)

    async def _page(self, asked: Asked, scope: Scope, send: Send) -> None:
        """From memory; made by one, however many wait for it."""
        mark = await self._mark.now()
        # For everything from here on: what is waited for next does not begin to wait anew.
        until = time.monotonic() + PATIENCE
        key = self._key(asked)
        page = self._store.get(key)
        if page is None or not page.is_fresh(mark):
            stands_in = page is not None and page.stands_in
            made = await self._made(asked, scope, key, mark, until, patient=not stands_in)
            failed = isinstance(made, Answer) and made.status >= 500
            if isinstance(made, KeptPage):
                page = made
            elif page is None or not (failed and page.stands_in):
                await made.send(send, head=asked.method == "HEAD")
                return
        elif asked.path != HEALTH and not await self._giving_way.turn(until):
            await answers.BUSY.send(send, head=asked.method == "HEAD")
            return
        await page.give(
            send,
            head=asked.method == "HEAD",
            accepts=asked.headers.get(b"accept-encoding", b""),
            known=asked.headers.get(b"if-none-match", b""),
        )

    async def _made(
        self,
        asked: Asked,
        scope: Scope,
        key: tuple[bytes, ...],
        mark: str | None,
        until: float,
        *,
        patient: bool,
    ) -> KeptPage | Answer:
        making = self._making.get(key)
        mine = making is None
        if making is None:
            making = asyncio.create_task(self._make(asked, scope, mark, until))
            self._making[key] = making
            making.add_done_callback(lambda _: self._making.pop(key, None))
        # Whoever goes away meanwhile leaves the making to the others.
        left = max(until - time.monotonic(), 0.0)
        done, _ = await asyncio.wait({making}, timeout=None if mine and patient else left)
        if not done:
            return answers.BUSY
        made = making.result()
        ours = self._key(asked)
        if not mine and ours != key and isinstance(made, KeptPage):
            # Only now is it known what this page varies by: that one is in somebody's language.
            page = self._store.get(ours)
            if page is not None and page.is_fresh(mark):
                return page
            return await self._made(asked, scope, ours, mark, until, patient=patient)
        if mine or isinstance(made, KeptPage) or made.status == 503:
            return made
        # Not the same for everybody: each asks for its own.
        return await self._make(asked, scope, mark, until)

    async def _make(
        self, asked: Asked, scope: Scope, mark: str | None, until: float
    ) -> KeptPage | Answer:
        taken = _Taken()
        # The whole page, without conditions: the gate answers those itself.
        headers = [pair for pair in scope["headers"] if pair[0].lower() not in _CONDITIONS]
        plain = {**scope, "method": "GET", "headers": headers}
        if not await self._through(asked, plain, b"", taken, until):
            return answers.BUSY
        answer = taken.answer
        seconds = _seconds_to_keep(asked, answer)
        clean = [(name, value) for name, value in answer.headers if name != KEEP]
        if not seconds:
            return Answer(answer.status, clean, answer.body)
        etag = next((value for name, value in clean if name == b"etag"), b"")
        page = KeptPage(answer.status, _varying(clean), answer.body, mark, seconds, etag)
        self._note_varying(asked, clean)
        self._store.put(self._key(asked), page)
        return page

    async def _work(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        """By Django, once the body is here and a place is free."""
        body = b""
        if asked.has_body:
            try:
                body = await self._bodies.read(
                    receive,
                    length=asked.length,
                    most=longest_body(asked.path),
                    client=asked.client,
                )
            except Turned as turned:
                await turned.answer.send(send)
                return
            except Gone:
                return
            scope = _of_known_length(scope, len(body))
        step = step_of(asked.method, asked.path)
        if step:
            await self._evenly(asked, scope, body, send, step)
        elif not await self._through(asked, scope, body, _Patient(send)):
            await answers.BUSY.send(send, head=asked.method == "HEAD")

    async def _evenly(
        self, asked: Asked, scope: Scope, body: bytes, send: Send, step: float
    ) -> None:
        """The answer at the next full ``step`` after its body was here; no place is held for it."""
        began = time.monotonic()
        taken = _Taken()
        if await self._through(asked, scope, body, taken):
            took = time.monotonic() - began
            await asyncio.sleep(math.ceil(took / step) * step - took)
            await taken.answer.send(_Patient(send))
        else:
            await answers.BUSY.send(send)

    async def _through(
        self, asked: Asked, scope: Scope, body: bytes, send: Send, until: float | None = None
    ) -> bool:
        """Let Django answer, in a task of its own: a place is held until its thread is done."""
        entered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        places = self._places[lane_of(asked.method, asked.path).name]

        async def work() -> None:
            try:
                async with places.place(until):
                    entered.set_result(True)
                    await self._app(scope, _fed(body), send)
            except Full:
                entered.set_result(False)

        task = asyncio.create_task(work())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.shield(task)
        return entered.result()

    def _key(self, asked: Asked) -> tuple[bytes, ...]:
        varies = self._varies.get(asked.key, ())
        return (*asked.key, *(_told(asked, name) for name in varies))

    def _note_varying(self, asked: Asked, headers: Headers) -> None:
        names = [value for name, value in headers if name == b"vary"]
        fields = {each.strip().lower() for value in names for each in value.split(b",")}
        fields -= {b"accept-encoding", b""}
        if fields:
            self._varies[asked.key] = tuple(sorted(fields))
            self._varies.move_to_end(asked.key)
        if len(self._varies) > MOST_PAGES:
            self._varies.popitem(last=False)


def _told(asked: Asked, name: bytes) -> bytes:
    """A header as far as a page depends on it: of the languages wanted, the one that we speak.

    All of it: who cut it here would keep the page for readers who asked for another.
    """
    value = asked.headers.get(name, b"")
    if name != b"accept-language":
        return value if len(value) < _LONGEST_TOLD else hashlib.sha256(value).digest()
    wanted = languages.accepted(value.decode("latin-1"))
    return next((each for tag in wanted if (each := languages.spoken(tag, ""))), "").encode()


_LONGEST_TOLD = 64
_CONDITIONS = {b"if-none-match", b"if-modified-since", b"range", b"accept-encoding", b"cookie"}


class _Taken:
    """A send that keeps the answer instead of giving it."""

    def __init__(self) -> None:
        self.answer = Answer(500)
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [(name.lower(), value) for name, value in message.get("headers", ())]
            plain = [pair for pair in headers if pair[0] != b"content-length"]
            self.answer = Answer(message["status"], plain)
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                start = self.answer
                self.answer = Answer(start.status, start.headers, bytes(self._body))


class _Patient:
    """A send that gives up on a client which takes nothing more."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._gone = False

    async def __call__(self, message: Message) -> None:
        if self._gone:
            return
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._send(message)
        except TimeoutError:
            # Django goes on to its end, so that its thread and connection are given back.
            self._gone = True
            log.info("a client takes no more of its answer")


def _fed(body: bytes) -> Receive:
    """A receive that gives the body at once, and never says that the client has gone.

    Django would cancel the request and leave its thread at work, in a place that looks free.
    """
    given = False

    async def receive() -> Message:
        nonlocal given
        if given:
            await asyncio.get_running_loop().create_future()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _of_known_length(scope: Scope, length: int) -> Scope:
    """``scope`` with the length of its body, which is here now, however it came."""
    left = {b"content-length", b"transfer-encoding"}
    headers = [pair for pair in scope["headers"] if pair[0].lower() not in left]
    return {**scope, "headers": [*headers, (b"content-length", str(length).encode())]}


def _seconds_to_keep(asked: Asked, answer: Answer) -> float:
    names = {name for name, _ in answer.headers}
    if b"set-cookie" in names or answer.status not in {200, 302}:
        return 0.0
    if asked.path.startswith(_FILES):
        return _FILES_SECONDS if answer.status == 200 else 0.0
    said = next((value for name, value in answer.headers if name == KEEP), b"")
    return float(said) if said.isdigit() else 0.0


def _varying(headers: Headers) -> Headers:
    """``headers`` with a Vary that names the compression as well."""
    fields = [value for name, value in headers if name == b"vary"]
    if any(b"accept-encoding" in each.lower() for each in fields):
        return headers
    rest = [pair for pair in headers if pair[0] != b"vary"]
    return [*rest, (b"vary", b", ".join([*fields, b"Accept-Encoding"]))]
