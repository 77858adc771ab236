"""Servers of the benches, each in a process of its own.

It tells how to reach it, and serves until it is ended.
"""

import asyncio
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from tests.fakes.apns import apns_server, settings_for
from tests.fakes.apns import serve as serve_apple


def listen(protocol: type[asyncio.Protocol], told: "Connection[int, Any]") -> None:
    """Serve ``protocol`` on a free port, which is told."""

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    loop_factory()(serve())


def apple(told: "Connection[dict[str, str], Any]") -> None:
    """APNs' stand-in, which forgets what it took; the settings that lead there are told."""

    async def serve() -> None:
        server = apns_server()
        await serve_apple(server)
        told.send(dict(settings_for(server)))
        while True:
            await asyncio.sleep(1)
            server.taken.clear()
            server.shown.clear()

    loop_factory()(serve())


def loop_factory() -> Callable[..., Any]:
    """uvloop's way to run a loop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run
    return uvloop.run
