"""Passwords are hashed in a thread of its own, one at a time, and whoever waits for it waits no
longer than a deadline.

A hash takes a good part of a second by design. Guessers by the dozen then wait for each other, one
hash at a time, while pages are answered.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from digest.kit.errors import ServiceError

# The least niceness of the thread: that of the pages, see `NICENESS` in web/serving/traffic. Beside
# four processes of niceness 0 on two cores a hash of 0.2 s took 24 s at 15, 6 s at 9, 2 s at 7.
NICENESS = 7
# How long somebody at the door waits for all the hashes that their request needs (seconds): with
# ten busy processes beside it a hash took more than eight, and who has the right password would
# rather wait than type it again; a proxy in front gives up after thirty. And a command, which
# nobody can use to keep others waiting.
PATIENCE, PATIENCE_OF_COMMANDS = 20.0, 300.0
# So many under way or in line in a process; who comes then would wait in vain.
MOST_IN_LINE = 4

_lock = threading.Lock()
_until: ContextVar[float | None] = ContextVar("passwords_until", default=None)


class PasswordsBusy(ServiceError):
    """No hash was worked out in time, so nothing is known of the password: try again soon."""

    def __init__(self) -> None:
        super().__init__("No password can be looked at just now. Try again in a few seconds.")


@contextmanager
def in_time(seconds: float | None = None) -> Iterator[None]:
    """All hashes within take ``seconds`` together at the most (:data:`PATIENCE` unless told), else
    :class:`PasswordsBusy`.
    """
    mark = _until.set(time.monotonic() + (PATIENCE if seconds is None else seconds))
    try:
        yield
    finally:
        _until.reset(mark)


class GivingWayHasher(PBKDF2PasswordHasher):
    """Django's own PBKDF2, with the same marks in the database; only where it runs is different."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """The encoded hash, worked out by the thread; the caller's thread waits.

        Raises :class:`PasswordsBusy` when too many wait already, or it was not done in time.
        """
        until = _until.get()
        work = partial(super().encode, password, salt, iterations)
        hashing = _line().join(work, bounded=until is not None)
        left = PATIENCE_OF_COMMANDS if until is None else until - time.monotonic()
        try:
            return hashing.result(max(left, 0.0))
        except TimeoutError:
            hashing.cancel()  # one under way goes on to its end, and counts as in line until then
            raise PasswordsBusy from None


class _Line:
    """A process's one hashing thread, and how many are under way or wait for it."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passwords", initializer=_give_way)
        self._room = threading.Semaphore(MOST_IN_LINE)

    def join(self, hashed: Callable[[], str], *, bounded: bool) -> "Future[str]":
        """Stand in line; a ``bounded`` one only where there is room."""
        if not bounded:
            return self._thread.submit(hashed)
        if not self._room.acquire(blocking=False):
            raise PasswordsBusy
        hashing = self._thread.submit(hashed)
        hashing.add_done_callback(lambda _: self._room.release())
        return hashing


_made: _Line | None = None


def _line() -> _Line:
    """This process's; a thread does not survive a fork."""
    global _made
    with _lock:
        if _made is None or _made.pid != os.getpid():
            _made = _Line()
        return _made


def _give_way() -> None:
    """On Linux each thread has a niceness of its own (setpriority(2), "C library differences")."""
    try:
        thread = threading.get_native_id()
        if os.getpriority(os.PRIO_PROCESS, thread) < NICENESS:
            os.setpriority(os.PRIO_PROCESS, thread, NICENESS)
    except (AttributeError, OSError):
        pass  # elsewhere it is one thread at most, all the same
