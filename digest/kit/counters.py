"""Counters that all processes share: added up in memory, written to Redis once a second.

A count that is lost with its process or with Redis is a gap in a curve, never an error: nobody
waits for it and nothing decides by it. Prometheus expects counters to start again from zero.
"""

import os
import threading
import time
from collections import Counter

from digest.kit import valkey

KEY = "digest:counters"
_EVERY = 1.0
_SEPARATOR = "|"

_lock = threading.Lock()
_counts: Counter[str] = Counter()
_writer: tuple[int, threading.Thread] | None = None


def count(name: str, *labels: str, by: int = 1) -> None:
    """Add to a counter. ``labels`` must be few and of our own choosing: each makes a row."""
    global _writer
    key = _SEPARATOR.join((name, *labels))
    with _lock:
        _counts[key] += by
        # A thread does not survive a fork: each process has its own.
        if _writer is None or _writer[0] != os.getpid() or not _writer[1].is_alive():
            thread = threading.Thread(target=_write_until_quiet, name="counters", daemon=True)
            _writer = (os.getpid(), thread)
            thread.start()


def flush() -> None:
    """Write what has gathered. Raises what the client raises; the counts are then lost."""
    with _lock:
        counts = dict(_counts)
        _counts.clear()
    if not counts:
        return
    pipe = valkey.client().pipeline(transaction=False)
    for key, number in counts.items():
        pipe.hincrby(KEY, key, number)
    pipe.execute()


def read() -> dict[tuple[str, ...], int]:
    """Every counter, by name and labels. Raises redis.RedisError when Redis does not answer."""
    found = valkey.client().hgetall(KEY)
    return {tuple(_text(key).split(_SEPARATOR)): int(value) for key, value in found.items()}


def _write_until_quiet() -> None:
    """Write once a second for as long as there is something; the next count starts it again."""
    global _writer
    while True:
        time.sleep(_EVERY)
        with _lock:
            if not _counts:
                _writer = None
                return
        try:
            flush()
        except Exception:  # noqa: S112 - the curve has a gap, see the module's text
            continue


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
