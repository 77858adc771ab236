"""Whatever breaks under a carrier, every job it took is answered, or settled as a dead run's."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from digest.kit.clock import now
from digest.models import Delivery, Run, Send
from digest.outbound.channels.base import JobQueue, Patience, Receipt, Unreachable
from digest.outbound.channels.email.outgoing import OutgoingMail
from digest.outbound.channels.email.pool import ConnectionPool
from digest.outbound.channels.email.relay import Relay, Relays
from digest.outbound.delivery.control.sweep import sweep
from digest.outbound.delivery.sending.send import send_some
from tests.scenes import scene
from tests.scenes.scripted import Scripted

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
EHLO = b"250-relay.example\r\n250 PIPELINING\r\n"


class Counting:
    """A jobs with jobs by number that writes down what it is told of each."""

    def __init__(self, jobs: int, *, sealed: int = 10**6) -> None:
        self.queue = list(range(jobs))
        self.sealed = sealed
        self.taken: list[int] = []
        self.told: dict[int, str] = {}
        self.intended: dict[int, bool] = {}
        self.heard = asyncio.Event()

    def outgoing(self, relay: str = "") -> OutgoingMail | None:
        job = self.take()
        return None if job is None else outgoing(job[0])

    def take(self) -> tuple[int, Any] | None:
        if not self.queue:
            return None
        self.taken.append(self.queue.pop(0))
        return self.taken[-1], None

    def waiting(self) -> int:
        return len(self.queue)

    def passes(self, relay: str) -> bool:
        return True

    def places_at(self, relay: str) -> int | None:
        return None

    def intend(self, job: int) -> bool:
        return True

    def seal(self) -> None:
        if not self.sealed:
            self.queue.clear()
            raise OSError("no space left on device")
        self.sealed -= 1

    def accepted(self, job: int, receipt: Receipt) -> None:
        assert job not in self.told
        self.told[job] = "accepted"
        self.heard.set()

    def failed(self, job: int, error: Exception, *, intended: bool) -> None:
        assert job not in self.told
        self.told[job] = type(error).__name__
        self.intended[job] = intended
        self.heard.set()

    def unreached(self, error: Exception) -> None:
        self.heard.set()


def outgoing(job: int) -> OutgoingMail:
    return OutgoingMail(job, "a@news.example", f"r{job}@x.example", b"Subject: x\r\n\r\nhi\r\n")


def carried(
    jobs: Counting, serve: Serve, work: Callable[[ConnectionPool], Awaitable[None]] | None = None
) -> None:
    """Let one connection work for ``jobs`` against that relay until all it took is answered."""

    async def go() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        relays = Relays([Relay("127.0.0.1", port)], "news.example")
        pool = ConnectionPool(
            jobs, jobs.outgoing, relays, connections=1, patience=Patience(5, 5), most=1000
        )
        if work is not None:
            await work(pool)
        pool.kick()
        async with asyncio.timeout(10):
            while jobs.queue or set(jobs.taken) - set(jobs.told):
                jobs.heard.clear()
                await jobs.heard.wait()
            await pool.close()
        server.close()

    asyncio.run(go())


def relay(*, at_ehlo: Serve | None = None, final: bytes = b"250 ok\r\n", go: bytes = b"") -> Serve:
    """A pipelining relay; ``go`` is said beside 354."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay.example\r\n")
        in_content = False
        while line := await reader.readline():
            if in_content:
                if line == b".\r\n":
                    in_content = False
                    writer.write(final)
            elif line.startswith(b"EHLO"):
                writer.write(EHLO)
                if at_ehlo is not None:
                    await at_ehlo(reader, writer)
                    break
            elif line.startswith(b"DATA"):
                in_content = True
                writer.write(b"354 go on\r\n" + go)
            elif line.startswith(b"QUIT"):
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        writer.close()

    return serve


def test_a_relay_that_hangs_up_after_its_greeting_takes_no_letter_along() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await writer.drain()

    for _ in range(20):  # whether the end is seen before the connection begins is chance
        jobs = Counting(0)

        async def again(pool: ConnectionPool, jobs: Counting = jobs) -> None:
            jobs.taken.append(7)
            pool._open(outgoing(7))

        carried(jobs, relay(at_ehlo=hang_up), again)
        assert jobs.told == {7: "Unreachable"}
        assert jobs.intended == {7: False}


def test_a_journal_that_fails_leaves_the_letter_behind_it_answered_too() -> None:
    jobs = Counting(10, sealed=3)
    carried(jobs, relay())
    assert set(jobs.told) == set(jobs.taken)
    assert {"accepted", "Unreachable"} == set(jobs.told.values())


def test_a_letter_is_answered_though_its_line_was_never_begun() -> None:
    jobs = Counting(0)

    async def end_at_once(pool: ConnectionPool) -> None:
        jobs.taken.append(7)
        pool._open(outgoing(7))
        await pool.close()

    carried(jobs, relay(), end_at_once)
    assert jobs.told == {7: "ChannelError"}


def test_a_content_that_has_not_left_is_never_taken_for_accepted() -> None:
    jobs = Counting(1)
    carried(jobs, relay(go=b"250 ok\r\n"))
    assert "accepted" not in jobs.told.values()


class Forgetful:
    """A carrier that keeps one of the jobs it takes to itself."""

    def __init__(self, jobs: JobQueue) -> None:
        self._jobs = jobs
        self._kept: Any = None

    def kick(self) -> None:
        while (taken := self._jobs.take()) is not None:
            if self._kept is None:
                self._kept = taken
                continue
            self._jobs.failed(taken[0], Unreachable("not today"), intended=False)

    async def close(self) -> None:
        pass


class Lossy(Scripted):
    """A channel with such a carrier."""

    relays = ("lossy.example:25",)

    def carrier(self, jobs: JobQueue, *, connections: int, patience: Patience) -> Forgetful:
        return Forgetful(jobs)


@pytest.mark.django_db(transaction=True)
def test_what_a_carrier_forgets_is_sent_by_the_next_run() -> None:
    send = scene.running_edition(5, now=now())
    send_some(send.pk, channel=Lossy(), connections=9, seconds=1)
    assert Run.objects.count() == 1
    Delivery.objects.filter(state=Delivery.State.DEFERRED).update(
        next_try_at=now() - timedelta(seconds=1)
    )
    assert send_some(send.pk, channel=Scripted()).sent == 5
    sweep(now=now())
    assert set(Delivery.objects.values_list("state", flat=True)) == {Delivery.State.SENT}
    assert Send.objects.get().state == Send.State.DONE
    assert not Run.objects.exists()
