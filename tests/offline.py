"""Pytest plugin: no test passes that went to the network inside a transaction of ours.

A transaction that waits for a stranger's server keeps its locks for as long as the stranger likes.
Watched is what Python itself reports (PEP 578): connecting, looking a name up, sending a datagram;
and SMTP, which uvloop connects without Python's knowing. What it cannot see are connections that
were open before the transaction began. The transaction in which pytest-django wraps a test does
not count, nor do PostgreSQL and Valkey, which are our own.
"""

import sys
import threading
from collections.abc import Iterator
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

import aiosmtplib
import pytest
from django.db import transaction

_EVENTS = frozenset({"socket.connect", "socket.getaddrinfo", "socket.sendto"})
_on_watch = False
caught: list[str] = []
"""Where the running test went to inside a transaction: raised on the spot, and kept for those
who take every error for one of the other side's."""


class NetworkInTransaction(RuntimeError):
    """Commit first: claim, commit, call the network, record."""


class _Depth(threading.local):
    """How many transactions of ours this thread is in.

    Counted here because Django's own account is not visible in a loop that runs inside one.
    """

    value = 0


_depth = _Depth()


def _count_transactions() -> None:
    """Let Django's atomic blocks count, but for those around a test."""
    enter, leave = transaction.Atomic.__enter__, transaction.Atomic.__exit__

    @wraps(enter)
    def counted_enter(self: Any) -> None:
        enter(self)
        _depth.value += not self._from_testcase

    @wraps(leave)
    def counted_leave(self: Any, *exc: Any) -> None:
        # Whatever is done on commit is done outside.
        _depth.value -= not self._from_testcase
        leave(self, *exc)

    transaction.Atomic.__enter__ = counted_enter
    transaction.Atomic.__exit__ = counted_leave


def check(where: str) -> None:
    """Raise :class:`NetworkInTransaction` when called inside a transaction."""
    if _depth.value:
        caught.append(where)
        raise NetworkInTransaction(f"{where} inside a transaction: commit before that")


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _on_watch or event not in _EVENTS:
        return
    target = arguments[:2] if event == "socket.getaddrinfo" else arguments[1]
    # A path is a socket of this machine.
    if isinstance(target, tuple) and target[1] not in _own_ports():
        check(f"{event} to {target[0]}:{target[1]}")


def _own_ports() -> set[object]:
    from django.conf import settings

    ports = {
        urlsplit(url).port or standard
        for url, standard in ((settings.DATABASE_URL, 5432), (settings.REDIS_URL, 6379))
    }
    return {*ports, *map(str, ports)}


def _watched(connect: Any) -> Any:
    @wraps(connect)
    async def watched(self: aiosmtplib.SMTP, *arguments: Any, **named: Any) -> Any:
        check(f"SMTP to {self.hostname}:{self.port}")
        return await connect(self, *arguments, **named)

    return watched


def pytest_configure() -> None:
    # All three stay for the life of the process.
    _count_transactions()
    sys.addaudithook(_hook)
    aiosmtplib.SMTP.connect = _watched(aiosmtplib.SMTP.connect)


@pytest.fixture(autouse=True)
def offline_in_transactions() -> Iterator[None]:
    """Fail the test that went out inside a transaction, even if somebody swallowed the error."""
    global _on_watch
    caught.clear()
    _on_watch = True
    yield
    _on_watch = False
    assert not caught, f"the network was used inside a transaction: {caught}"
