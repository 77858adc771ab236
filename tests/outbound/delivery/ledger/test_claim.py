"""Claims, leases and answers, on connections of their own."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from psycopg import AsyncConnection

from digest.kit.clock import now
from digest.models import Delivery, Run, Send
from digest.outbound.delivery.ledger.answers import Answer, Answers
from digest.outbound.delivery.ledger.claim import START, claim, release
from digest.outbound.delivery.ledger.connections import connect
from digest.outbound.delivery.ledger.journal import Legacy
from digest.outbound.delivery.ledger.lease import Lease
from digest.outbound.delivery.ledger.recover import Settled, settle
from tests.deadlines import until
from tests.scenes import scene

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State
LEASE = timedelta(seconds=30)
ME, OTHER = uuid.uuid4(), uuid.uuid4()


def ran(work: Callable[[AsyncConnection[Any]], Awaitable[Any]]) -> Any:
    async def go() -> Any:
        async with await connect("test") as connection:
            return await work(connection)

    return asyncio.run(go())


def live(run: uuid.UUID, send: Send, lease: timedelta = LEASE) -> None:
    """Let ``run`` hold a lease."""
    Run.objects.update_or_create(
        id=run, defaults={"send_id": send.pk, "leased_until": now() + lease}
    )


def take(send: Send, *, run: uuid.UUID = ME, limit: int = 100, after: Any = START) -> list[int]:
    live(run, send)
    rows, _ = ran(lambda c: claim(c, send.pk, run=run, limit=limit, after=after))
    return [row.address_id for row in rows]


def test_the_longest_due_are_taken_first() -> None:
    send = scene.running_edition(5, now=now())
    ids = list(Delivery.objects.order_by("address_id").values_list("address_id", flat=True))
    for number, address_id in enumerate(ids):
        Delivery.objects.filter(address_id=address_id).update(
            next_try_at=now() - timedelta(minutes=number)
        )
    assert sorted(take(send, limit=2)) == ids[-2:]


def test_what_one_run_holds_no_other_takes() -> None:
    send = scene.running_edition(5, now=now())
    assert len(take(send, limit=3)) == 3
    assert len(take(send, run=OTHER)) == 2
    assert take(send) == []


def test_what_is_not_due_yet_is_left() -> None:
    send = scene.running_edition(2, now=now())
    Delivery.objects.update(next_try_at=now() + timedelta(minutes=1))
    assert take(send) == []


@pytest.mark.parametrize("state", ["paused", "cancelled", "held", "done"])
def test_a_stopped_send_gives_nothing(state: str) -> None:
    send = scene.running_edition(2, now=now())
    Send.objects.update(state=state)
    assert take(send) == []


def test_rows_locked_by_somebody_are_passed_over() -> None:
    send = scene.running_edition(3, now=now())
    live(ME, send)

    async def go() -> int:
        async with await connect("a") as one, await connect("b") as two:
            async with one.transaction():
                await one.execute(
                    "SELECT 1 FROM digest_delivery WHERE send_id = %s LIMIT 1 FOR UPDATE",
                    (send.pk,),
                )
                rows, _ = await claim(two, send.pk, run=ME, limit=9)
            return len(rows)

    assert asyncio.run(go()) == 2


def test_a_run_without_a_lease_gets_nothing() -> None:
    send = scene.running_edition(2, now=now())
    assert ran(lambda c: claim(c, send.pk, run=ME, limit=9))[0] == ()
    live(ME, send, -LEASE)
    assert ran(lambda c: claim(c, send.pk, run=ME, limit=9))[0] == ()


def test_a_claim_goes_on_where_the_last_one_ended() -> None:
    send = scene.running_edition(5, now=now())
    live(ME, send)
    rows, after = ran(lambda c: claim(c, send.pk, run=ME, limit=2))
    first = [row.address_id for row in rows]
    assert ran(lambda c: release(c, send.pk, first, run=ME)) == 2
    assert len(take(send, after=after, limit=3)) == 3
    assert sorted(take(send)) == sorted(first)


def test_a_claim_from_a_large_send_reads_no_more_than_it_takes() -> None:
    send = scene.running_edition(20_000, now=now())
    with connection.cursor() as cursor:
        for name in ("subscriber", "address", "subscription"):
            cursor.execute(f"VACUUM ANALYZE digest_{name}")
    live(ME, send)
    before = read_in_passing()
    rows, _ = ran(lambda c: claim(c, send.pk, run=ME, limit=100))
    assert len(rows) == 100
    assert read_in_passing() == before


def read_in_passing() -> int:
    """Rows of the big tables that were read without an index so far."""

    async def look(connection: AsyncConnection[Any]) -> int:
        await connection.execute("SELECT pg_stat_force_next_flush()")
        cursor = await connection.execute(
            "SELECT sum(seq_tup_read)::bigint FROM pg_stat_user_tables"
            " WHERE relname ~ '^digest_(delivery|address|subscription)'"
        )
        row = await cursor.fetchone()
        assert row is not None
        return int(row[0])

    return int(ran(look))


def test_what_was_not_begun_can_be_given_back_at_once_or_for_later() -> None:
    send = scene.running_edition(2, now=now())
    first, second = take(send)
    assert ran(lambda c: release(c, send.pk, [first], run=ME)) == 1
    minute = timedelta(minutes=1)
    assert ran(lambda c: release(c, send.pk, [second], run=ME, pause=minute)) == 1
    assert ran(lambda c: release(c, send.pk, [first], run=OTHER)) == 0
    assert take(send, run=OTHER) == [first]


def test_a_lease_is_renewed_until_it_has_run_out() -> None:
    send = scene.running_edition(1, now=now())

    async def work(connection: AsyncConnection[Any]) -> None:
        lease = Lease(ME, send.pk, LEASE)
        assert not lease.stands
        await lease.enter(connection)
        assert lease.stands
        assert await lease.renew(connection)
        await connection.execute("UPDATE digest_run SET leased_until = now() - interval '1s'")
        assert not await lease.renew(connection)
        assert not lease.stands

    ran(work)


def answered(
    send: Send,
    work: Callable[[Answers], Awaitable[Any]],
    run: uuid.UUID = ME,
    told: Callable[[Any], None] | None = None,
) -> Answers:
    async def go() -> Answers:
        answers = Answers(partial(connect, "answers"), send.pk, run, told=told)
        keeper = asyncio.create_task(answers.keep())
        try:
            await work(answers)
        finally:
            answers.close()
            await keeper
        return answers

    return asyncio.run(go())


def test_an_answer_of_a_run_that_lost_its_lease_changes_nothing() -> None:
    send = scene.running_edition(1, now=now())
    (address_id,) = take(send)

    async def work(answers: Answers) -> None:
        answers.record(Answer(address_id, State.FAILED))
        answers.record(Answer(address_id, State.SENT))

    answered(send, work, OTHER)
    assert Delivery.objects.get().state == State.SENDING


def test_many_answers_share_few_commits() -> None:
    send = scene.running_edition(300, now=now())
    ids = take(send, limit=300)

    async def work(answers: Answers) -> None:
        for each in ids:
            answers.record(Answer(each, State.SENT, code=250, reply="ok", provider_id="q"))

    assert answered(send, work).batches <= 2
    rows = Delivery.objects.values_list("state", "code", "reply", "provider_id", "attempts")
    assert set(rows) == {(State.SENT, 250, "ok", "q", 1)}


def test_recording_an_acceptance_writes_no_index() -> None:
    send = scene.running_edition(50, now=now())
    ids = take(send)

    async def work(answers: Answers) -> None:
        for each in ids:
            answers.record(Answer(each, State.SENT, code=250))

    answered(send, work)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM digest_delivery WHERE state = 3")
        assert cursor.fetchone()[0] == 50

    async def hot(look: AsyncConnection[Any]) -> int:
        await look.execute("SELECT pg_stat_force_next_flush()")
        cursor = await look.execute(
            "SELECT sum(n_tup_hot_upd) FROM pg_stat_user_tables WHERE relname LIKE %s",
            ("digest_delivery_%",),
        )
        row = await cursor.fetchone()
        return int(row[0]) if row else 0

    # Each of the connections that wrote has ended, and its server process tells as it does.
    until(lambda: ran(hot) >= 50, lambda: f"{ran(hot)} of 50 rows changed in place")


def test_a_lost_database_connection_costs_no_answer() -> None:
    send = scene.running_edition(2, now=now())
    first, second = take(send)
    committed = asyncio.Event()

    async def work(answers: Answers) -> None:
        answers.record(Answer(first, State.SENT, code=250))
        await committed.wait()
        async with await connect("killer") as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'digest answers' AND datname = current_database()"
            )
        answers.record(Answer(second, State.SENT, code=250))

    answered(send, work, told=lambda batch: committed.set())
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.SENT}


def test_what_the_other_side_says_is_bounded_and_storable() -> None:
    send = scene.running_edition(1, now=now())
    (address_id,) = take(send)

    async def work(answers: Answers) -> None:
        answers.record(Answer(address_id, State.FAILED, code=131050, reply="\x00" + "x" * 9000))

    answered(send, work)
    row = Delivery.objects.get()
    assert (row.code, len(row.reply or "")) == (131050, 500)


def test_a_claim_under_way_at_the_server_is_not_settled_beside() -> None:
    send = scene.running_edition(5, now=now())
    live(ME, send)
    dead = Legacy(ME, send.pk, {}, same_boot=True)

    def settled() -> Settled | None:
        try:
            return settle(dead)
        finally:
            connection.close()

    async def go() -> tuple[int, Settled | None]:
        async with await connect("killed") as claims:
            # The open transaction stands for a statement that the server still works on.
            async with claims.transaction():
                rows, _ = await claim(claims, send.pk, run=ME, limit=3)
                beside = await asyncio.to_thread(settled)
            return len(rows), beside

    assert asyncio.run(go()) == (3, None)
    assert Run.objects.count() == 1
    assert settle(dead) == Settled(released=3)
    assert not Run.objects.exists()
    assert len(take(send, run=OTHER)) == 5
