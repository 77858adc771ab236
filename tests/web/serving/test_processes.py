"""The web service's processes end together, however the first of them ends."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from digest.kit.supervise import free_port
from digest.management.commands.up import lives
from tests.deadlines import patience, until

pytestmark = pytest.mark.slow


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_no_worker_goes_on_at_its_port_when_the_process_above_it_was_killed() -> None:
    port = free_port(18_300)
    words = [sys.executable, "-m", "digest.web.serving", "--port", str(port), "--workers", "2"]
    process = subprocess.Popen(words, start_new_session=True)
    try:
        until(lambda: lives(f"127.0.0.1:{port}"), "the pages answer", 60)
        process.kill()
        process.wait()
        until(lambda: not listens(port), "nobody listens any more", 30)
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


# The settings, which are read long after a worker first looks at who is above it.
SETTINGS_THAT_WAIT = """
import os, pathlib, time
from digest.settings import *
if os.environ["SERVING_PARENT_PID"] != str(os.getpid()):
    pathlib.Path(os.environ["LOADING"], str(os.getpid())).touch()
    time.sleep(600)
"""


def test_a_worker_ends_whose_parent_was_killed_while_it_loaded(tmp_path: Path) -> None:
    (tmp_path / "settings_that_wait.py").write_text(SETTINGS_THAT_WAIT)
    loading = tmp_path / "loading"
    loading.mkdir()
    paths = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "settings_that_wait",
        "LOADING": str(loading),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }
    port = free_port(18_300)
    words = [sys.executable, "-m", "digest.web.serving", "--port", str(port), "--workers", "2"]
    process = subprocess.Popen(
        words, env=environment, start_new_session=True, stdout=subprocess.PIPE
    )
    try:
        until(lambda: len(list(loading.iterdir())) == 2, "both workers load", 60)
        process.kill()
        # Its output ends with the last process that has it.
        process.communicate(timeout=patience(30))
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
