"""The web service's processes end together, however the first of them ends."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from digest.kit.supervise import free_port
from digest.management.commands.up import lives
from tests.deadlines import until

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
