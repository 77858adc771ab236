"""The stand-in for Telegram's Bot API, which is strict and scriptable enough for tests."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from digest.outbound.channels.telegram.stand_in.bot_api import TOKEN, BotApi, serve

__all__ = ["TOKEN", "BotApi", "running", "serve"]


@contextmanager
def running(api: BotApi) -> Iterator[BotApi]:
    """``api`` in a thread of its own, for tests whose sender runs its own event loop."""
    ready, loop = Event(), asyncio.new_event_loop()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            served = runner.run(serve(api))
            ready.set()
            loop.run_forever()
            runner.run(served.cleanup())

    thread = Thread(target=run, daemon=True)
    thread.start()
    if not ready.wait(10):
        raise TimeoutError("the Bot API did not start")
    try:
        yield api
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
