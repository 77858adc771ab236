"""What is slow to make and good for a while: kept in the process, and made once for all who ask."""

import threading
import time
import weakref
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")
MOST = 32
_all: "weakref.WeakSet[KeptValues[Any]]" = weakref.WeakSet()


class KeptValues(Generic[Value]):
    """Values by key, each good for so many seconds. One that is being made is waited for."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._values: dict[Hashable, tuple[float, Value]] = {}
        _all.add(self)

    def get(
        self,
        key: Hashable,
        make: Callable[[], Value],
        worth: Callable[[Value], bool] = lambda value: True,
    ) -> Value:
        """The value for ``key``; made anew when there is none, or it is too old or not ``worth``
        keeping."""
        with self._lock:
            at = time.monotonic()
            kept = self._values.get(key)
            if kept is None or at - kept[0] >= self._seconds or not worth(kept[1]):
                if len(self._values) >= MOST:
                    self._values.clear()
                kept = self._values[key] = (at, make())
            return kept[1]

    def forget(self) -> None:
        """Make everything anew when next asked."""
        with self._lock:
            self._values.clear()


def forget() -> None:
    """Make all that this process keeps anew."""
    for each in _all:
        each.forget()
