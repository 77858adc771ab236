"""Signs of life: which queue was served when, and whether beat's ticks arrive."""

import time
from typing import Any

from celery.signals import task_postrun

from digest.kit import heartbeats, valkey
from workers.tick import tick_of

_EVERY = 5.0
_last: dict[str, float] = {}


def connect() -> None:
    """Leave a sign after a task, at most every few seconds per process and queue."""
    task_postrun.connect(_note, weak=False)


def _note(task: Any, **kwargs: Any) -> None:
    queue = (getattr(task.request, "delivery_info", None) or {}).get("routing_key")
    moment = time.monotonic()
    if not queue or moment - _last.get(queue, -_EVERY) < _EVERY:
        return
    _last[queue] = moment
    try:
        heartbeats.note(valkey.client(), queue, tick=bool(tick_of(task)))
    except Exception:  # the next one will do
        return
