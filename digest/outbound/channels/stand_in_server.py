"""How a stand-in listens on loopback, and ends when it is told to."""

import asyncio
from typing import Protocol

from aiohttp import web


class Listening(Protocol):
    """What listens, and can be ended: aiohttp's runner is one."""

    async def cleanup(self) -> None:
        """Listen no more."""


class HttpStandIn(Protocol):
    """A stand-in that speaks HTTP; ``port`` is noted once it listens."""

    port: int

    def application(self) -> web.Application:
        """Its paths."""


async def serve(server: HttpStandIn, port: int = 0, *, host: str = "127.0.0.1") -> web.AppRunner:
    """Let ``server`` listen; without ``port`` at one that is free. ``cleanup()`` ends it."""
    runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    server.port = runner.addresses[0][1]
    return runner


async def until_stopped(listening: Listening, words: str) -> None:
    """Say ``words``, and go on until this process is interrupted."""
    print(words, flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await listening.cleanup()
