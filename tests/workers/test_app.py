"""What a process of the workers, and of the web, is like once it has loaded."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

_LOADED = """
import gc
passes = []
gc.callbacks.append(lambda phase, told: passes.append(told["generation"]))
import {module}
assert gc.isenabled()
print(sum(each == 2 for each in passes), gc.get_freeze_count())
"""


@pytest.mark.parametrize("module", ["workers.app", "digest.asgi"])
def test_nothing_is_looked_through_while_it_loads_and_garbage_goes_afterwards(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED.format(module=module)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    passes, _ = map(int, done.stdout.split())
    assert passes == 0


def test_what_the_workers_have_loaded_is_never_looked_through_again() -> None:
    words = [sys.executable, "-c", _LOADED.format(module="workers.app")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[1]) > 50_000
