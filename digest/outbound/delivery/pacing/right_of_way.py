"""An alert's right of way: digests stand still until its first readers have it.

Who wakes the workers for an alert takes it, for a second each time, and senders of digests look
twenty times a second. A run of an alert that has a use for the machine keeps it for a minute at
most; one that waits for its network's pace leaves it to others. It is a hint, as a wake-up is:
without Redis nobody stands still, and since it ends by itself nobody stands still for long.
"""

import asyncio
from collections.abc import Callable
from time import monotonic, process_time
from typing import TYPE_CHECKING

import redis
import redis.asyncio
from redis.exceptions import RedisError

from digest.kit import background

if TYPE_CHECKING:
    # What wakes workers is imported before Django is set up, and a course leads to its tables.
    from digest.outbound.delivery.sending.course import Course

KEY = "digest:right-of-way"
# An alert's next step takes it anew before that: planned, fanned out, sent.
LASTS = 1.0
_LOOK_EVERY = 0.05
# By one alert nobody is held up for longer than so many seconds.
LONGEST = 60.0
# Of a core. A run whose network sets the pace uses less.
_BUSY = 0.2
_KEEP_EVERY = 0.4
# After an error Redis is left alone for so long.
_REST = 2.0


def take(client: redis.Redis) -> None:
    """From now on digests stand still, for ``LASTS`` seconds. Raises what Redis raises."""
    client.set(KEY, 1, px=int(LASTS * 1000))


def has_use(used: float, passed: float, age: float) -> bool:
    """Whether a run of an alert keeps it: by the CPU seconds that it ``used`` of those that have
    ``passed``, and the ``age`` of its send (pure).
    """
    return age < LONGEST and used >= _BUSY * passed


async def keep(
    age: float, ending: asyncio.Event, connect: Callable[[], "redis.asyncio.Redis"]
) -> None:
    """Take it anew, until ``ending``, for a run whose send is so many seconds old."""
    client = connect()
    began = looked = monotonic()
    used = process_time()
    try:
        pause = _KEEP_EVERY
        while not await background.is_set(ending, pause):
            at, cpu = monotonic(), process_time()
            pause = _KEEP_EVERY
            if has_use(cpu - used, at - looked, age + at - began):
                try:
                    await client.set(KEY, 1, px=int(LASTS * 1000))
                except (TimeoutError, RedisError, OSError):
                    pause = _REST
            looked, used = at, cpu
    finally:
        await client.aclose()


async def respect(
    course: "Course",
    kick: Callable[[], None],
    ending: asyncio.Event,
    connect: Callable[[], "redis.asyncio.Redis"],
) -> None:
    """Let a run's ``course`` stand still while an alert has the right of way, until ``ending``.

    ``connect`` makes the client inside the run's loop; ``kick`` puts its carrier back to work.
    """
    client = connect()
    try:
        pause = _LOOK_EVERY
        while not await background.is_set(ending, pause):
            try:
                taken, pause = bool(await client.exists(KEY)), _LOOK_EVERY
            except (TimeoutError, RedisError, OSError):
                taken, pause = False, _REST
            if course.stands_still and not taken:
                course.go_on()
                kick()
            course.stands_still = taken
    finally:
        course.go_on()
        await client.aclose()
