"""Waiting for conditions, with deadlines that grow with how slow this machine is at the moment."""

import hashlib
import time
from collections.abc import Callable

# Wall time of the work below on the machine that the tests' seconds were written for, at rest.
_REFERENCE = 0.02
_WORK = b"x" * 1_000_000
_ROUNDS = 24
# Slower than this is no machine to test on; and a test's own limit has to come last. A limit grows
# less than a wait may: what hangs on a slow machine is to be told of before the day is over.
_MOST, _LONGEST, _LIMITS = 8.0, 150.0, 4.0
_KEPT = 20.0

_measured: tuple[float, float] = (float("-inf"), 1.0)


def slowness() -> float:
    """How many times longer a piece of work takes here and now than it should, from 1 to 8.

    Measured by the wall, so that other processes' load counts; kept for twenty seconds.
    """
    global _measured
    began = time.monotonic()
    if began - _measured[0] > _KEPT:
        for _ in range(_ROUNDS):
            hashlib.sha256(_WORK).digest()
        took = time.monotonic() - began
        _measured = (began, min(max(took / _REFERENCE, 1.0), _MOST))
    return _measured[1]


def patience(seconds: float) -> float:
    """``seconds``, longer on a slow or busy machine; never beyond what a test's limit allows."""
    return max(seconds, min(seconds * slowness(), _LONGEST))


def limit(seconds: float) -> float:
    """What a whole test, or a run of processes in it, may take here and now: up to four times
    ``seconds``, as slow as the machine is."""
    return seconds * min(slowness(), _LIMITS)


def until(
    wanted: Callable[[], object],
    what: str | Callable[[], str],
    seconds: float = 30,
    *,
    pause: float = 0.02,
) -> None:
    """Wait for a condition; AssertionError with ``what`` when it does not hold in time."""
    began = time.monotonic()
    while not wanted():
        waited = time.monotonic() - began
        if waited > seconds and waited > patience(seconds):
            words = what() if callable(what) else what
            raise AssertionError(f"in {waited:.0f} s not: {words}")
        time.sleep(pause)
