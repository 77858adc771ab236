"""Pytest plugin: no test, and no end of a session, takes for ever, wherever its threads sit.

A limit is what is written, and longer where the machine is slow as the test begins.
pytest-timeout's alarm comes first, and fails the one test. But a signal's handler runs in the main
thread alone, between two instructions of Python: never while the thread sits in C, and what it
raises inside a callback of an event loop is caught and logged by the loop. So :data:`GRACE` seconds
later a watchdog of the C library's kind (faulthandler; it needs no lock of the interpreter) prints
where every thread stands and ends the process. Under xdist the run goes on with a new worker, and
the test is reported as having crashed its own. Shortly before that the tasks of every event loop
are printed too, which only Python can do.
"""

import faulthandler
import gc
import os
import sys
import threading
from asyncio import Task
from collections.abc import Iterator

import pytest

from tests.deadlines import limit

GRACE = 60.0
LAST = 120.0
_BEFORE = 5.0
# While this is loaded pytest has not yet begun to capture what is written to 2.
_stderr = os.fdopen(os.dup(2), "w", buffering=1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("hard_timeout_grace", "seconds after a test's timeout", default=str(GRACE))


def _limit(item: pytest.Item) -> float:
    """A test's timeout as it is written, longer on a slow machine; 0: none."""
    marker = item.get_closest_marker("timeout")
    given = None
    if marker is not None:
        given = marker.args[0] if marker.args else marker.kwargs.get("timeout")
    if given is None:
        given = item.config.getoption("timeout", None)
    if given is None:
        given = item.config.getini("timeout") or 0
    return limit(float(given))


def tasks() -> str:
    """Where every unfinished task of every loop in this process stands."""
    # Asked by type, for a proxy whose object is gone has no class.
    every = (each for each in gc.get_objects() if issubclass(type(each), Task))
    found = [each for each in every if not each.done()]
    parts = []
    for each in found[:200]:
        frames = "".join(
            f"  {frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}\n"
            for frame in each.get_stack()
        )
        parts.append(f"task {each.get_name()}\n{frames}")
    return "".join(parts)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    seconds = _limit(item)
    if not seconds or sys.gettrace() is not None:  # somebody is debugging
        return (yield)
    # pytest-timeout reads the marker that is nearest when its own hook comes, within this one.
    marker = item.get_closest_marker("timeout")
    others = {} if marker is None else marker.kwargs
    item.add_marker(pytest.mark.timeout(**{**others, "timeout": seconds}), append=False)
    seconds += float(item.config.getini("hard_timeout_grace"))

    def tell() -> None:
        print(f"\n{item.nodeid} does not end; its tasks:\n{tasks()}", file=_stderr)

    soon = threading.Timer(max(seconds - _BEFORE, seconds / 2), tell)
    soon.daemon = True
    soon.start()
    faulthandler.dump_traceback_later(seconds, exit=True, file=_stderr)
    try:
        return (yield)
    finally:
        soon.cancel()
        faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Whatever a fixture or a server left behind does not keep the session from ending."""
    if hasattr(session.config, "workerinput") or session.config.getoption("dist", "no") == "no":
        faulthandler.dump_traceback_later(LAST, exit=True, file=_stderr)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    faulthandler.cancel_dump_traceback_later()
