"""Django behind the gate: a whole request in one thread, of a fixed number.

Django's own ASGI handler starts a thread for each request, and hands it back and forth between
that thread and the event loop, twice for each middleware: half of what a reader's own page cost.
All of ours is synchronous, and the gate has read the body, so that one hand-over there and one
back are enough.
"""

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from tempfile import SpooledTemporaryFile
from typing import Any, TypeVar

from django.core import signals
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from digest.kit import connection_budget
from digest.web.serving.answers import Headers, Send

_T = TypeVar("_T")


class ThreadedDjango(ASGIHandler):
    """An ASGI application for requests that are here whole; the gate bounds how many at once."""

    def __init__(self) -> None:
        # Not ASGIHandler's own, which would make every middleware asynchronous.
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(connection_budget.WEB_PLACES, "django")

    async def handle(self, scope: Any, receive: Any, send: Send) -> None:
        """Answer one request."""
        body = await self.read_body(receive)
        response = await self._in_thread(self._respond, scope, body)
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": response.status_code,
                    "headers": _headers(response),
                }
            )
            if isinstance(response, HttpResponse):
                await send({"type": "http.response.body", "body": response.content})
            else:
                await self._stream(response, send)
        finally:
            # Only now: it gives back the database's connection, which a stream may still read.
            if not isinstance(response, HttpResponse):
                await self._in_thread(response.close)

    def _respond(self, scope: Any, body: "SpooledTemporaryFile[bytes]") -> HttpResponseBase:
        """Django's work, from the first signal to the last, but for what is streamed."""
        with body:
            set_script_prefix(get_script_prefix(scope))
            signals.request_started.send(sender=type(self), scope=scope)
            request, refusal = self.create_request(scope, body)
            response = refusal if request is None else self.get_response(request)
            assert response is not None  # Django makes one of the two
            if isinstance(response, HttpResponse):
                response.close()
            return response

    async def _stream(self, response: Any, send: Send) -> None:
        chunks: Iterator[bytes] = iter(response)
        while True:
            chunk = await self._in_thread(next, chunks, None)
            if chunk is None:
                break
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _in_thread(self, work: Callable[..., _T], *arguments: Any) -> _T:
        """Do ``work`` in a thread, in the request's own context: no other sees its language."""
        within = contextvars.copy_context().run
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, within, work, *arguments)


def _headers(response: HttpResponseBase) -> Headers:
    found = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    cookies = response.cookies.values()
    return found + [(b"Set-Cookie", each.output(header="").strip().encode()) for each in cookies]
