"""Nobody crowds a host."""

import asyncio
import time
from itertools import pairwise

import pytest

from digest.intake.feeds.polling.host_limits import HostLimits, host_of


def visits(
    turns: HostLimits, hosts: list[str], stay: float = 0.02
) -> tuple[dict[str, int], list[float]]:
    """How many were at each host at once at most, and when each visit began."""
    present: dict[str, int] = {}
    most: dict[str, int] = {}
    began: list[float] = []

    async def visit(host: str) -> None:
        async with turns.at(host):
            began.append(time.monotonic())
            present[host] = present.get(host, 0) + 1
            most[host] = max(most.get(host, 0), present[host])
            await asyncio.sleep(stay)
            present[host] -= 1

    async def run() -> None:
        await asyncio.gather(*(visit(host) for host in hosts))

    asyncio.run(run())
    return most, began


def test_a_host_gets_so_many_at_once_and_another_as_many_more() -> None:
    most, _ = visits(HostLimits(2, 0), ["a", "b"] * 6)
    assert most == {"a": 2, "b": 2}


def test_visits_to_a_host_begin_apart() -> None:
    at = time.monotonic()
    _, began = visits(HostLimits(2, 0.05), ["a"] * 4, stay=0)
    # A busy machine wakes one late and the next in time; none is ever early.
    assert all(moment - at > 0.05 * number - 0.002 for number, moment in enumerate(began))


def test_without_limits_all_come_at_once() -> None:
    turns = HostLimits(0, 10)
    most, _ = visits(turns, ["a"] * 20)
    assert most == {"a": 20} and turns.waiting == 0


def test_who_waits_for_a_turn_is_counted_and_may_give_up() -> None:
    async def run() -> None:
        turns = HostLimits(1, 0)

        async def visit() -> None:
            async with turns.at("a"):
                await asyncio.Event().wait()

        tasks = [asyncio.create_task(visit()) for _ in range(3)]
        await asyncio.sleep(0)
        assert turns.waiting == 2
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert turns.waiting == 0
        async with asyncio.timeout(5), turns.at("a"):
            pass

    asyncio.run(run())


def test_a_host_that_asked_to_be_left_alone_is_remembered() -> None:
    turns = HostLimits(1, 0)
    turns.leave_alone("a", "the first answer")
    turns.leave_alone("a", "another")
    assert (turns.patience("a"), turns.patience("b")) == ("the first answer", None)


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://User@News.Example:8443/x", "news.example"), ("http://[::1", ""), ("", "")],
)
def test_hosts_are_told_apart_by_name(url: str, host: str) -> None:
    assert host_of(url) == host


def test_visits_begin_apart_though_the_loop_was_held_up_when_they_were_due() -> None:
    begun: list[float] = []

    async def visit(turns: HostLimits) -> None:
        async with turns.at("one.example"):
            begun.append(time.monotonic())

    async def hold_up() -> None:
        await asyncio.sleep(0.05)
        time.sleep(0.5)  # noqa: ASYNC251 - the loop is what it holds up

    async def together() -> None:
        turns = HostLimits(per_host=3, spacing=0.1)
        await asyncio.gather(hold_up(), *(visit(turns) for _ in range(3)))

    asyncio.run(together())
    assert len(begun) == 3
    assert all(later - earlier >= 0.09 for earlier, later in pairwise(begun))
