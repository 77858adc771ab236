"""Signs of life: which queue was served when, and whether beat's ticks arrive."""

import time
from typing import Any

from celery.signals import task_postrun

from digest.kit import heartbeats, valkey
from workers.tick import tick_of

_EVERY = 5.0
# Another process may have seen it fail, and this one that it works again.
_ANEW = 30.0
_last: dict[str, float] = {}
_failing: set[str] = set()


def connect() -> None:
    """Leave a sign after a task, at most every few seconds per process and queue."""
    task_postrun.connect(_note, weak=False)


def _note(task: Any, state: str = "", **kwargs: Any) -> None:
    queue = (getattr(task.request, "delivery_info", None) or {}).get("routing_key")
    if not queue:
        return
    tick = tick_of(task)
    moment = time.monotonic()
    is_due = moment - _last.get(queue, -_EVERY) >= _EVERY
    # A tick that fails is no sign of life of its stage. It is noted at once, and so is its end.
    turned = bool(tick) and (state == "FAILURE") != (tick in _failing)
    try:
        if is_due:
            _last[queue] = moment
            heartbeats.note(valkey.client(), queue, tick=bool(tick))
        if turned or (tick and moment - _last.get(tick, -_ANEW) >= _ANEW):
            _last[tick] = moment
            heartbeats.note_end(valkey.client(), tick, failed=state == "FAILURE")
            (_failing.add if state == "FAILURE" else _failing.discard)(tick)
    except Exception:  # the next one will do
        return
