"""Claims, leases and the journal, on two connections of their own."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from psycopg import AsyncConnection

from digest.kit.clock import now
from digest.models import Delivery, Send
from digest.outbound.delivery.claim import claim, release, renew
from digest.outbound.delivery.connections import connect
from digest.outbound.delivery.journal import Answer, Journal, LeaseLost
from tests.chaos import scene

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State
LEASE = timedelta(seconds=30)
ME, OTHER = uuid.uuid4(), uuid.uuid4()


def ran(work: Callable[[AsyncConnection[Any]], Awaitable[Any]]) -> Any:
    async def go() -> Any:
        async with await connect("test") as connection:
            return await work(connection)

    return asyncio.run(go())


def take(
    send: Send, *, run: uuid.UUID = ME, limit: int = 100, lease: timedelta = LEASE
) -> list[int]:
    rows = ran(lambda c: claim(c, send.pk, run=run, limit=limit, lease=lease))
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
def test_a_braked_send_gives_nothing(state: str) -> None:
    send = scene.running_edition(2, now=now())
    Send.objects.update(state=state)
    assert take(send) == []


def test_rows_locked_by_somebody_are_passed_over() -> None:
    send = scene.running_edition(3, now=now())

    async def go() -> int:
        async with await connect("a") as one, await connect("b") as two:
            async with one.transaction():
                await one.execute(
                    "SELECT 1 FROM digest_delivery WHERE send_id = %s LIMIT 1 FOR UPDATE",
                    (send.pk,),
                )
                rows = await claim(two, send.pk, run=ME, limit=9, lease=LEASE)
            return len(rows)

    assert asyncio.run(go()) == 2


def test_what_was_not_begun_can_be_given_back_but_an_intent_cannot() -> None:
    send = scene.running_edition(2, now=now())
    first, second = take(send)
    Delivery.objects.filter(address_id=first).update(intent_at=now())
    assert ran(lambda c: release(c, send.pk, [first, second], run=ME)) == 1
    assert Delivery.objects.get(address_id=second).state == State.PENDING
    assert Delivery.objects.get(address_id=first).state == State.SENDING


def test_a_lease_is_renewed_until_it_has_expired() -> None:
    send = scene.running_edition(1, now=now())
    take(send)
    assert ran(lambda c: renew(c, send.pk, run=ME, lease=LEASE)) == 1
    Delivery.objects.update(leased_until=now() - timedelta(seconds=1))
    assert ran(lambda c: renew(c, send.pk, run=ME, lease=LEASE)) == 0


def journalled(
    send: Send, work: Callable[[Journal], Awaitable[Any]], run: uuid.UUID = ME
) -> Journal:
    async def go() -> Journal:
        journal = Journal(partial(connect, "journal"), send.pk, run)
        keeper = asyncio.create_task(journal.keep())
        try:
            await work(journal)
        finally:
            journal.close()
            await keeper
        return journal

    return asyncio.run(go())


def test_an_intent_is_on_record_before_it_is_granted() -> None:
    send = scene.running_edition(1, now=now())
    (address_id,) = take(send)

    async def work(journal: Journal) -> None:
        await journal.intend(address_id)
        async with await connect("look") as connection:
            cursor = await connection.execute("SELECT intent_at FROM digest_delivery")
            assert (await cursor.fetchone())[0] is not None  # type: ignore[index]

    journalled(send, work)


@pytest.mark.parametrize("expired", [True, False])
def test_who_lost_the_lease_may_not_send(expired: bool) -> None:
    send = scene.running_edition(1, now=now())
    (address_id,) = take(send)
    if expired:
        Delivery.objects.update(leased_until=now() - timedelta(seconds=1))

    async def work(journal: Journal) -> None:
        with pytest.raises(LeaseLost):
            await journal.intend(address_id)

    journalled(send, work, ME if expired else OTHER)


def test_an_answer_of_a_run_that_lost_its_lease_changes_nothing() -> None:
    send = scene.running_edition(1, now=now())
    (address_id,) = take(send)

    async def work(journal: Journal) -> None:
        journal.record(Answer(address_id, State.FAILED))

    journalled(send, work, OTHER)
    assert Delivery.objects.get().state == State.SENDING


def test_many_intents_share_few_commits() -> None:
    send = scene.running_edition(300, now=now())
    ids = take(send, limit=300)

    async def work(journal: Journal) -> None:
        await asyncio.gather(*(journal.intend(each) for each in ids))
        for each in ids:
            journal.record(Answer(each, State.SENT, code=250))

    assert journalled(send, work).flushes <= 4
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.SENT}


def test_a_lost_database_connection_costs_no_answer() -> None:
    send = scene.running_edition(1, now=now())
    (address_id,) = take(send)

    async def work(journal: Journal) -> None:
        await journal.intend(address_id)
        async with await connect("killer") as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'digest journal' AND datname = current_database()"
            )
        journal.record(Answer(address_id, State.SENT, code=250))

    journalled(send, work)
    assert Delivery.objects.get().state == State.SENT


def test_what_the_other_side_says_is_bounded_and_storable() -> None:
    send = scene.running_edition(1, now=now())
    (address_id,) = take(send)

    async def work(journal: Journal) -> None:
        journal.record(Answer(address_id, State.FAILED, code=131050, reply="\x00" + "x" * 9000))

    journalled(send, work)
    row = Delivery.objects.get()
    assert (row.code, len(row.reply or "")) == (131050, 500)
