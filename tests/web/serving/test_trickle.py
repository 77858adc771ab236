"""Two thousand clients that send a byte now and then keep nobody from the pages."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from digest.kit.supervise import free_port
from digest.management.commands.up import lives
from tests.deadlines import patience, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
CLIENTS = 2_000
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def port(transactional_db: None) -> Iterator[int]:
    """A web process of its own, which believes its proxy who asks."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 3 * CLIENTS:
        pytest.skip(f"{3 * CLIENTS} open files are needed, {hard} are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 3 * CLIENTS), hard))
    port = free_port(18_350)
    words = [sys.executable, "-m", "digest.web.serving", "--port", str(port)]
    database = urlsplit(os.environ["DATABASE_URL"])._replace(
        path=f"/{connection.settings_dict['NAME']}"
    )
    given = {"DIGEST_PROXIES": "1", "DATABASE_URL": urlunsplit(database)}
    process = subprocess.Popen(words, start_new_session=True, env=os.environ | given)
    try:
        until(lambda: lives(f"127.0.0.1:{port}"), "the pages answer", 60)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def look(port: int, path: str) -> tuple[int, float]:
    began = time.monotonic()
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            answer.read()
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    return status, time.monotonic() - began


def test_two_thousand_trickling_clients_keep_nobody_from_the_pages(port: int) -> None:
    alone = max(look(port, path)[1] for path in ("/", "/preferences/nobody") for _ in range(3))
    clients = subprocess.Popen(
        [sys.executable, "-m", "tests.scenes.trickle", str(port), str(CLIENTS)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    seen: list[tuple[int, float]] = []
    try:
        assert clients.stdout and clients.stdout.readline() == "there\n"
        # While all of them are there: kept pages, and one that is made anew.
        while clients.poll() is None:
            seen += [look(port, path) for path in ("/", "/preferences/nobody")]
            time.sleep(0.2)
        ended = json.loads(clients.stdout.read())
    finally:
        clients.kill()
        clients.wait()
    assert sum(ended.values()) == CLIENTS
    assert set(ended) <= {"408", "429", "503", "closed"}, ended
    assert {status for status, _ in seen} == {200, 404}, seen
    # Each of the two, while they were there: how often is the machine's to say.
    assert len(seen) >= 2
    # On a machine that is busy with other things a page alone may take seconds, too.
    assert max(seconds for _, seconds in seen) < patience(2.0) + 20 * alone, (alone, seen)
