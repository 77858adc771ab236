"""Background tasks end by being told; who does not hear is cancelled until it does."""

import asyncio
import sys
import threading
import time
from collections.abc import Coroutine
from typing import Any

import pytest
import uvloop
from structlog.testing import capture_logs

from digest.kit.background import STUCK, Stuck, Watchdog, all_stacks, end, is_set


def within(seconds: float, work: Coroutine[Any, Any, Any]) -> Any:
    async def run() -> Any:
        async with asyncio.timeout(seconds):
            return await work

    return asyncio.run(run())


async def deaf(times: int, heard: list[int] | None = None) -> None:
    """Loses so many cancellations, then ends by the next."""
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            times -= 1
            if heard is not None:
                heard.append(times)
            if times < 0:
                raise


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="mended in Python 3.12")
def test_a_cancellation_is_lost_where_wait_for_has_just_got_its_answer() -> None:
    """The fault that all of this is about; when this fails, our Python has it no more."""

    async def at_once() -> int:
        return 1

    async def asks() -> str:
        # As redis-py writes a command: what it waits for is done in its first step.
        await asyncio.wait_for(at_once(), 1)
        return "went on"

    async def run() -> str:
        task = asyncio.create_task(asks())
        await asyncio.sleep(0)  # it waits
        await asyncio.sleep(0)  # what it waits for is done
        task.cancel()
        return await task

    assert within(10, run()) == "went on"


def test_who_waits_for_an_event_loses_no_cancellation() -> None:
    async def run() -> bool:
        event = asyncio.Event()
        task = asyncio.create_task(is_set(event, 60))
        await asyncio.sleep(0)
        event.set()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await is_set(event, 60)
        return await is_set(asyncio.Event(), 0.01)

    assert within(10, run()) is False


def test_a_task_that_loses_cancellations_is_cancelled_until_it_ends() -> None:
    async def run() -> bool:
        task = asyncio.create_task(deaf(2))
        await asyncio.sleep(0)
        return await end([task], patience=0, limit=30) and task.cancelled()

    assert within(30, run())


def test_a_task_that_heard_is_not_cancelled_and_keeps_its_error() -> None:
    async def listens(event: asyncio.Event) -> None:
        await is_set(event, 60)
        raise ValueError("of its own")

    async def run() -> bool:
        event = asyncio.Event()
        task = asyncio.create_task(listens(event))
        await asyncio.sleep(0)
        event.set()
        assert await end([task], patience=10, limit=20)
        return not task.cancelled() and isinstance(task.exception(), ValueError)

    assert within(30, run())


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_run_that_outlives_its_time_is_ended_and_its_stacks_are_logged(
    loop: Any,
) -> None:
    async def hangs() -> None:
        # A watcher that lost its cancellation, and the run that waits for it.
        watcher = asyncio.create_task(deaf(1))
        await asyncio.gather(watcher, return_exceptions=True)
        await asyncio.sleep(3600)

    began = time.monotonic()
    with capture_logs() as logged, pytest.raises(Stuck, match="send 7 did not end"):
        Watchdog("send 7", 0.2, grace=60).run(hangs(), loop)
    assert time.monotonic() - began < 30
    assert "in hangs" in logged[0]["stacks"]
    assert "in deaf" in logged[0]["stacks"]


def test_a_run_that_cannot_be_ended_takes_the_process_with_it() -> None:
    codes: list[int] = []
    over = threading.Event()

    def leave(code: int) -> None:
        codes.append(code)
        over.set()

    async def blocks() -> None:
        over.wait(60)

    Watchdog("send 7", 0.1, grace=0.5, leave=leave).run(blocks())
    assert codes == [STUCK]


def test_a_run_that_ends_in_time_is_left_alone() -> None:
    async def works() -> int:
        await asyncio.sleep(0)
        return 7

    assert Watchdog("send 7", 60).run(works()) == 7


def test_every_thread_is_shown() -> None:
    told = threading.Event()
    thread = threading.Thread(target=told.wait, args=(60,), name="a patient one")
    thread.start()
    try:
        assert "thread a patient one" in all_stacks()
    finally:
        told.set()
        thread.join()
