"""Pytest plugin: garbage is not looked for while tests are imported, and seldom after that.

What is imported stays, and most of what a test leaves goes by itself, as its last reference does.
By Python's own measure a process looks through what it holds thousands of times, in a fourteenth of
its work.
"""

import gc
from collections.abc import Iterator

import pytest

# So many objects more than before; Python's own measure is 700. A page of the desk makes some
# thousands that stay until it is shown.
OBJECTS = 50_000

gc.disable()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Iterator[None]:
    """Whatever was imported until then is left out of all later looks."""
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])
        gc.enable()
