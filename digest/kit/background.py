"""Ending what runs beside: background tasks are told, and what does not end is ended.

A cancellation is no way to tell. ``asyncio.wait_for`` of Python 3.11 and before loses one that
arrives in the very step in which what it waits for is done (gh-86296 of CPython, mended in 3.12),
and libraries have it on their hottest paths: redis-py around the write of each command, aiosmtplib
around each answer. A loop that is cancelled once at such a moment goes on for ever. So a loop looks
at an :class:`asyncio.Event`, and whoever ends it sets the event, waits for a while, and only then
cancels, again and again.
"""

import asyncio
import io
import os
import sys
import threading
import traceback
from collections.abc import Callable, Collection, Coroutine
from time import monotonic
from typing import Any, TypeVar

import structlog

from digest.kit.errors import ServiceError

# Not that of kit.observe, which knows Django: pure rooms wait as well.
log = structlog.get_logger("digest")

T = TypeVar("T")

# A task that swallowed a cancellation is at its next wait within so many seconds.
_AGAIN = 0.5
_LONGEST_STACKS = 50_000
STUCK = 70
"""Exit code of a process that ended itself because a run in it would not (EX_SOFTWARE)."""


async def is_set(event: asyncio.Event, seconds: float) -> bool:
    """Wait for ``event``, for so many seconds at most; whether it is set.

    Unlike ``asyncio.wait_for`` it makes no task and loses no cancellation.
    """
    if event.is_set():
        return True
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return event.is_set()
    return True


async def end(tasks: Collection["asyncio.Task[Any]"], *, patience: float, limit: float) -> bool:
    """Wait for tasks that were told to end; whether all of them did.

    After ``patience`` seconds those left are cancelled, twice a second, until ``limit`` seconds
    have passed; then they are logged with their stacks and left to the run's watchdog. What they
    raised is theirs to tell: it is fetched, and not raised here.
    """
    left = {task for task in tasks if not task.done()}
    began = monotonic()
    if left and patience > 0:
        _, left = await asyncio.wait(left, timeout=patience)
    while left and monotonic() - began < limit:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_AGAIN)
    for task in tasks:
        if task.done() and not task.cancelled():
            task.exception()
    if left:
        log.error("background tasks do not end", stacks="\n".join(map(task_stack, left)))
    return not left


def task_stack(task: "asyncio.Task[Any]") -> str:
    """Where a task stands, as text."""
    out = io.StringIO()
    task.print_stack(file=out)
    return out.getvalue()


def all_stacks(loop: asyncio.AbstractEventLoop | None = None) -> str:
    """Where every thread of this process stands, and every task of ``loop``; may be called from
    any thread. Bounded.
    """
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    parts = [task_stack(task) for task in asyncio.all_tasks(loop)] if loop is not None else []
    parts += [
        f"thread {names.get(ident, '?')}\n" + "".join(traceback.format_stack(frame))
        for ident, frame in sys._current_frames().items()
    ]
    return "\n".join(parts)[:_LONGEST_STACKS]


class Stuck(ServiceError, RuntimeError):
    """A run outlived its time and was ended by its watchdog; its stacks are in the log."""


class Watchdog:
    """Ends what runs in an event loop when it outlives ``seconds``: a thread of its own, so that
    neither a task that swallows its end nor a blocked loop keeps it from its work.

    The stacks go to the log, then every task is cancelled, twice a second. When that has not helped
    for ``grace`` seconds the process exits, with ``STUCK``: nothing that a kill takes away is lost,
    and a worker that hangs is of no use to anybody.
    """

    def __init__(
        self,
        name: str,
        seconds: float,
        *,
        grace: float = 20.0,
        leave: Callable[[int], object] = os._exit,
    ) -> None:
        self._name = name
        self._seconds = seconds
        self._grace = grace
        self._leave = leave
        self._done = threading.Event()

    def run(
        self,
        work: Coroutine[Any, Any, T],
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    ) -> T:
        """Run ``work`` in a loop of its own, and the loop's end. Raises :class:`Stuck`."""
        barked = False

        def bark() -> None:
            nonlocal barked
            barked = True

        try:
            with asyncio.Runner(loop_factory=loop_factory) as runner:
                thread = threading.Thread(
                    target=self._watch, args=(runner.get_loop(), bark), daemon=True, name="watchdog"
                )
                thread.start()
                result = runner.run(work)
        except asyncio.CancelledError:
            if not barked:
                raise
            raise Stuck(f"{self._name} did not end within {self._seconds:g} seconds.") from None
        finally:
            self._done.set()
        return result

    def _watch(self, loop: asyncio.AbstractEventLoop, bark: Callable[[], None]) -> None:
        if self._done.wait(self._seconds):
            return
        bark()
        log.error(
            "a run outlives its time and is ended",
            run=self._name,
            seconds=self._seconds,
            stacks=all_stacks(loop),
        )
        until = monotonic() + self._grace
        while monotonic() < until:
            try:
                loop.call_soon_threadsafe(_cancel_all, loop)
            except RuntimeError:  # it has closed
                return
            if self._done.wait(_AGAIN):
                return
        log.error("a run cannot be ended, the process exits", run=self._name, stacks=all_stacks())
        self._leave(STUCK)


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()
