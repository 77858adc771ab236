"""What is slow to make and good for a while: kept in the process, and made once for all who ask."""

import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from django.http import HttpRequest
from django.template.backends.utils import csrf_input
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

Value = TypeVar("Value")
MOST = 32
_MARK = "<!-- the visitor's own token -->"
_all: "weakref.WeakSet[KeptValues[Any]]" = weakref.WeakSet()


class _Place(Generic[Value]):
    """Where one value stands, when it was made, and who may make it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.at = 0.0
        self.values: list[Value] = []


class KeptValues(Generic[Value]):
    """Values by key, each good for so many seconds.

    One that is being made is waited for by those who want that one, and by nobody else. The
    ``most`` that were wanted last are kept.
    """

    def __init__(self, seconds: float, most: int = MOST) -> None:
        self._seconds, self._most = seconds, most
        self._lock = threading.Lock()
        self._places: OrderedDict[Hashable, _Place[Value]] = OrderedDict()
        _all.add(self)

    def get(
        self,
        key: Hashable,
        make: Callable[[], Value],
        worth: Callable[[Value], bool] = lambda value: True,
    ) -> Value:
        """The value for ``key``; made anew when there is none, or it is too old or not ``worth``
        keeping."""
        place = self._place(key)
        with place.lock:
            at = time.monotonic()
            fresh = bool(place.values) and at - place.at < self._seconds
            if not fresh or not worth(place.values[0]):
                place.values, place.at = [make()], at
            return place.values[0]

    def forget(self) -> None:
        """Make everything anew when next asked."""
        with self._lock:
            self._places.clear()

    def _place(self, key: Hashable) -> _Place[Value]:
        with self._lock:
            place = self._places.get(key)
            if place is None:
                place = self._places[key] = _Place()
                if len(self._places) > self._most:
                    self._places.popitem(last=False)
            self._places.move_to_end(key)
            return place


def shown_alike(
    request: HttpRequest,
    kept: KeptValues[str],
    template: str,
    key: Hashable,
    context: dict[str, Any],
) -> SafeString:
    """A piece of a page, the same for all who ask with ``key``, made once for them.

    A list of sixty stories holds a hundred forms, each with the visitor's own token: the piece is
    kept with a mark in the token's place.
    """

    def made() -> str:
        return render_to_string(template, {**context, "csrf_input": mark_safe(_MARK)})

    return mark_safe(kept.get(key, made).replace(_MARK, str(csrf_input(request))))


def forget() -> None:
    """Make all that this process keeps anew."""
    for each in _all:
        each.forget()
