"""A pool's connection is found sound without asking, and a broken one is never handed out."""

import select
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import InternalError, OperationalError, connection
from django.test import RequestFactory
from psycopg_pool import ConnectionPool

from digest.kit import connection_budget, env
from digest.web.public.errors import broken

pytestmark = pytest.mark.django_db


@pytest.fixture
def pool() -> Iterator[ConnectionPool[psycopg.Connection[Any]]]:
    given = connection.get_connection_params() | {"autocommit": True}
    options = dict(connection_budget.pool("web") or {}) | {"max_size": 1}
    check = ConnectionPool.check_connection
    with ConnectionPool(kwargs=given, open=False, check=check, **options) as made:
        made.wait(20)
        yield made


def test_a_sound_connection_costs_no_round_trip(
    pool: ConnectionPool[psycopg.Connection[Any]],
) -> None:
    def last_asked() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT query_start FROM pg_stat_activity WHERE pid = %s", [pid])
            return cursor.fetchone()

    with pool.connection() as first:
        pid = first.execute("SELECT pg_backend_pid()").fetchone()[0]  # type: ignore[index]
    before = last_asked()
    with pool.connection() as second:
        assert second.info.backend_pid == pid
        assert last_asked() == before


def test_a_connection_that_the_server_ended_is_never_handed_out(
    pool: ConnectionPool[psycopg.Connection[Any]],
) -> None:
    with pool.connection() as first:
        pid = first.info.backend_pid
    with connection.cursor() as cursor:
        # Only returns once it has gone, or after the wait.
        cursor.execute("SELECT pg_terminate_backend(%s, 20000)", [pid])
        assert cursor.fetchone() == (True,)
    with pool.connection() as second:
        assert second.execute("SELECT 1").fetchone() == (1,)
        assert second.info.backend_pid != pid


def test_every_process_with_a_pool_has_such_connections() -> None:
    pools = [connection_budget.pool(each.process) for each in connection_budget.SHARES]
    kinds = {each["connection_class"] for each in pools if each is not None}
    assert kinds == {connection_budget.PooledConnection}


def test_a_page_whose_query_never_ends_is_told_to_come_again(rf: RequestFactory) -> None:
    limits = connection_budget.limits("web") | {"statement_timeout": "100ms"}
    options = env.database("postgresql://x/x", limits=limits)["OPTIONS"]
    given = connection.get_connection_params() | {"options": options["options"]}
    with psycopg.connect(**given) as waiting, pytest.raises(psycopg.errors.QueryCanceled) as ended:
        waiting.execute("SELECT pg_sleep(60)")
    try:
        raise OperationalError from ended.value
    except OperationalError:
        assert broken(rf.get("/")).status_code == 503


def test_a_page_that_keeps_a_transaction_open_loses_it(rf: RequestFactory) -> None:
    limits = connection_budget.limits("web") | {"idle_in_transaction_session_timeout": "100ms"}
    options = env.database("postgresql://x/x", limits=limits)["OPTIONS"]
    given = connection.get_connection_params() | {"options": options["options"]}
    with psycopg.connect(**given) as idle:
        idle.execute("SELECT 1")
        gone = select.poll()
        gone.register(idle.fileno(), select.POLLIN)
        assert gone.poll(20_000), "the server keeps it"
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout) as ended:
            idle.execute("SELECT 1")
    try:
        raise InternalError from ended.value
    except InternalError:
        assert broken(rf.get("/")).status_code == 503


def test_only_pages_are_bounded_and_a_url_may_say_otherwise() -> None:
    bounded = {
        each.process for each in connection_budget.SHARES if connection_budget.limits(each.process)
    }
    assert bounded == {"web"}
    own = env.database(
        "postgresql://x/x?options=-c%20statement_timeout%3D5s",
        limits=connection_budget.limits("web"),
    )
    assert own["OPTIONS"]["options"] == "-c statement_timeout=5s"
    assert (
        "options"
        not in env.database("postgresql://x/x", limits=connection_budget.limits("alerts"))[
            "OPTIONS"
        ]
    )
