"""A test that hangs is ended, with every stack, wherever its main thread sits."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
# A call that does not end, with the interpreter's lock held: no signal handler and no thread of
# Python runs. It waits for a lock that it has itself, which takes no core from other tests.
IN_C = """
import ctypes
def test_before(): pass
def test_that_hangs():
    c, lock = ctypes.PyDLL(None), ctypes.create_string_buffer(256)
    c.pthread_mutex_init(lock, None)
    c.pthread_mutex_lock(lock)
    c.pthread_mutex_lock(lock)
def test_after(): pass
"""
# What the alarm raises is raised inside a callback, and the loop logs it and goes on.
IN_A_LOOP = """
import asyncio, uvloop
async def deaf():
    while True:
        try:
            await asyncio.sleep(0.01)
        except BaseException:
            pass
def test_that_hangs():
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(deaf())
"""

ON_A_SLOW_MACHINE = """
import math, time
import pytest
from tests import deadlines
deadlines._measured = (math.inf, 3.0)
def test_that_is_slow(): time.sleep(1.2)
@pytest.mark.timeout(0.5)
def test_with_a_limit_of_its_own(): time.sleep(0.7)
"""


def ended(folder: Path, test: str, *options: str) -> tuple[int, str]:
    (folder / "test_it.py").write_text(test)
    (folder / "pytest.ini").write_text("[pytest]\ntimeout = 1\nhard_timeout_grace = 2\n")
    plugins = ("tests.time_limit", "pytest_timeout", "xdist.plugin", "no:cacheprovider")
    # Of what is installed only these are asked, and only these are loaded.
    place = {"PYTEST_ADDOPTS": "", "PYTEST_PLUGINS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *(f"-p{each}" for each in plugins), *options],
        cwd=folder,
        env=os.environ | place | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("test", [IN_C, IN_A_LOOP])
def test_a_test_that_hangs_is_ended_and_shows_where(test: str, tmp_path: Path) -> None:
    code, said = ended(tmp_path, test)
    assert code != 0
    assert "most recent call first" in said
    assert "in test_that_hangs" in said


def test_the_tasks_of_a_loop_are_shown(tmp_path: Path) -> None:
    _, said = ended(tmp_path, IN_A_LOOP)
    assert "in deaf" in said


def test_side_by_side_the_others_go_on_and_the_one_is_reported(tmp_path: Path) -> None:
    code, said = ended(tmp_path, IN_C, "-n1")
    assert code != 0
    assert "2 passed" in said
    assert "crashed while running 'test_it.py::test_that_hangs'" in said


def test_on_a_slow_machine_a_test_may_take_longer(tmp_path: Path) -> None:
    code, said = ended(tmp_path, ON_A_SLOW_MACHINE)
    assert code == 0, said
