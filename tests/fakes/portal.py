"""Something on the way that answers in the place of whoever was asked."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from digest.outbound.channels.stand_in_server import serve

PAGE = "<!doctype html><title>Welcome to our guests' network</title>"


@dataclass
class Portal:
    """Answers every request alike; ``parts`` come one after another, with a pause between.

    ``leads_to`` makes it a redirect. ``heard`` are the Authorization headers that it was given.
    """

    status: int = 200
    parts: Sequence[str] = (PAGE,)
    content_type: str = "text/html"
    leads_to: str = ""
    port: int = 0
    heard: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def application(self) -> web.Application:
        made = web.Application()
        made.router.add_route("*", "/{path:.*}", self._answer)
        return made

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.heard.append(request.headers.get("Authorization", ""))
        if self.leads_to:
            raise web.HTTPTemporaryRedirect(self.leads_to)
        await request.read()
        answer = web.StreamResponse(status=self.status)
        answer.content_type = self.content_type
        await answer.prepare(request)
        for part in self.parts:
            await answer.write(part.encode())
            await asyncio.sleep(0.02)
        return answer


@asynccontextmanager
async def standing_between(portal: Portal) -> AsyncIterator[Portal]:
    """``portal`` while it listens."""
    runner = await serve(portal)
    try:
        yield portal
    finally:
        await runner.cleanup()
