"""Sentry cron check-ins for the ticks: at most one a minute each.

Sentry's own Celery monitor skips schedules shorter than a minute, and most ticks are. Loaded where
Sentry is told of errors, and nowhere else.
"""

import time
from typing import TYPE_CHECKING, Any

import sentry_sdk
from celery.signals import task_failure, task_postrun, task_prerun
from sentry_sdk.crons import capture_checkin

from digest.kit import valkey
from workers.tick import tick_of

if TYPE_CHECKING:
    from sentry_sdk._types import MonitorConfig

_MONITOR: "MonitorConfig" = {
    "schedule": {"type": "interval", "value": 1, "unit": "minute"},
    "checkin_margin": 3,
    "max_runtime": 5,
    "failure_issue_threshold": 3,
    "recovery_threshold": 1,
}
_started: dict[str, float] = {}
_failed: set[str] = set()
_last: dict[str, float] = {}


def connect() -> None:
    """Listen to Celery's signals; does nothing per task while Sentry is off."""
    task_prerun.connect(_before, weak=False)
    task_failure.connect(_note_failure, weak=False)
    task_postrun.connect(_after, weak=False)


def _before(task_id: str, **kwargs: Any) -> None:
    _started[task_id] = time.monotonic()


def _note_failure(task_id: str, **kwargs: Any) -> None:
    _failed.add(task_id)


def _after(task_id: str, task: Any, **kwargs: Any) -> None:
    took = time.monotonic() - _started.pop(task_id, time.monotonic())
    failed = task_id in _failed
    _failed.discard(task_id)
    tick = tick_of(task)
    if not tick or not sentry_sdk.get_client().is_active():
        return
    if failed or _first_this_minute(tick):
        capture_checkin(
            monitor_slug=f"tick-{tick}",
            status="error" if failed else "ok",
            duration=took,
            monitor_config=_MONITOR,
        )


def _first_this_minute(tick: str) -> bool:
    """Whether nobody has reported this tick in the last minute, over all processes."""
    moment = time.monotonic()
    if moment - _last.get(tick, -60.0) < 55:
        return False
    _last[tick] = moment
    try:
        return bool(valkey.client().set(f"digest:checkin:{tick}", 1, nx=True, ex=55))
    except Exception:  # a check-in too many is better than none
        return True
