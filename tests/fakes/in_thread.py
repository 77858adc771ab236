"""A stand-in in a thread of its own, for tests whose sender runs its own event loop."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, TypeVar

from digest.outbound.channels.stand_in_server import Listening
from tests.deadlines import patience

Server = TypeVar("Server")


@contextmanager
def in_thread(
    server: Server, serve: Callable[[Server], Coroutine[Any, Any, Listening]]
) -> Iterator[Server]:
    """``server`` while it listens. Raises TimeoutError when it does not begin to."""
    ready, loop = Event(), asyncio.new_event_loop()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            served = runner.run(serve(server))
            ready.set()
            loop.run_forever()
            runner.run(served.cleanup())

    thread = Thread(target=run, daemon=True)
    thread.start()
    if not ready.wait(patience(10)):
        raise TimeoutError(f"{type(server).__name__} did not start")
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(patience(10))
