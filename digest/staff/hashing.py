"""Passwords are hashed in a thread of its own that gives way to everything else.

A hash takes a good part of a second by design. Guessers by the dozen then wait for each other, one
hash at a time, while pages are answered.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import PBKDF2PasswordHasher

NICENESS = 15

_lock = threading.Lock()
_hashers: tuple[int, ThreadPoolExecutor] | None = None


class GivingWayHasher(PBKDF2PasswordHasher):
    """Django's own PBKDF2, with the same marks in the database; only where it runs is different."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        """The encoded hash, worked out by the thread; the caller's thread waits."""
        return _thread().submit(super().encode, password, salt, iterations).result()


def _thread() -> ThreadPoolExecutor:
    """This process's hashing thread; a thread does not survive a fork."""
    global _hashers
    with _lock:
        if _hashers is None or _hashers[0] != os.getpid():
            made = ThreadPoolExecutor(1, thread_name_prefix="passwords", initializer=_give_way)
            _hashers = (os.getpid(), made)
        return _hashers[1]


def _give_way() -> None:
    """On Linux each thread has a niceness of its own (setpriority(2), "C library differences")."""
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    except (AttributeError, OSError):
        pass  # elsewhere it is one thread at most, all the same
