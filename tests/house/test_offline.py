"""Whoever goes to the network inside a transaction is caught, by whatever way they go."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest
import uvloop
from django.db import transaction

from digest.kit import http, valkey
from digest.outbound.channels.email.relay import Relay, dial
from tests import offline
from tests.fakes.smtp import Sink, running

LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


@transaction.atomic
def step_that_looks_up(host: str) -> None:
    socket.getaddrinfo(host, 25)


async def fetch(port: int) -> None:
    async with (
        http.session(user_agent="test", allow_private=True) as session,
        http.get(session, f"http://127.0.0.1:{port}/"),
    ):
        pass


async def post(port: int) -> None:
    await dial(Relay("127.0.0.1", port), "digest.example", 5)


async def connect(port: int) -> None:
    await asyncio.to_thread(socket.getaddrinfo, "127.0.0.1", port)
    loop = asyncio.get_running_loop()
    with socket.socket() as plain:
        plain.setblocking(False)
        await loop.sock_connect(plain, ("127.0.0.1", port))


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("way", [fetch, post, connect])
@pytest.mark.django_db
def test_a_way_out_inside_a_transaction_is_noticed_even_when_the_error_is_swallowed(
    way: Callable[[int], Awaitable[None]], loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    with running(Sink()) as sink, asyncio.Runner(loop_factory=loop) as runner:
        with transaction.atomic():
            with pytest.raises((offline.NetworkInTransaction, http.FetchFailed)):
                runner.run(way(sink.port))  # type: ignore[arg-type]
            assert len(offline.caught) == 1
        offline.caught.clear()


@pytest.mark.django_db(transaction=True)
def test_a_name_is_not_looked_up_inside_a_transaction() -> None:
    with pytest.raises(offline.NetworkInTransaction, match="getaddrinfo to localhost:25"):
        step_that_looks_up("localhost")
    offline.caught.clear()
    assert socket.getaddrinfo("localhost", 25)


@pytest.mark.django_db
def test_the_tests_own_transaction_and_our_own_servers_do_not_count() -> None:
    with running(Sink()) as sink, socket.create_connection(("127.0.0.1", sink.port)):
        pass
    with transaction.atomic():
        pool = valkey.client().connection_pool
        pool.disconnect()
        assert valkey.client().ping()
