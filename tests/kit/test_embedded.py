"""The embedded servers: real ones, kept between runs, shared by processes, gone when unused."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from digest.kit import embedded, env
from tests.deadlines import patience, until

pytestmark = pytest.mark.slow

HOLD = """
import sys, time, pathlib
from digest.kit import embedded
servers = embedded.start(pathlib.Path(sys.argv[1]))
print(servers.parts.database_url, flush=True)
sys.stdin.read()
servers.release()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    import shutil
    import tempfile

    base = env.home() if os.geteuid() == 0 else Path(tempfile.gettempdir())
    path = Path(tempfile.mkdtemp(prefix="embedded-", dir=base))
    yield path
    embedded.stop(path)
    shutil.rmtree(path, ignore_errors=True)


def test_they_are_the_promised_versions_and_keep_their_data_over_a_restart(home: Path) -> None:
    servers = embedded.start(home)
    with psycopg.connect(servers.parts.database_url, autocommit=True) as connection:
        assert connection.info.server_version // 10000 == 18
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('still here')")
    client = redis.Redis.from_url(servers.parts.redis_url, decode_responses=True)
    assert client.info("server")["valkey_version"].startswith("9.")
    client.set("kept", "still here")
    assert servers.release()
    assert embedded.find(home) is None

    again = embedded.start(home)
    with psycopg.connect(again.parts.database_url) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("still here",)
    assert redis.Redis.from_url(again.parts.redis_url, decode_responses=True).get("kept")
    again.release()


def test_the_last_to_leave_stops_them(home: Path) -> None:
    first, second = embedded.start(home), embedded.start(home)
    assert first.parts == second.parts
    assert not first.release()
    assert embedded.find(home) == second.parts
    assert second.release()
    assert embedded.find(home) is None


def test_two_folders_have_servers_of_their_own(home: Path) -> None:
    other = home / "other"
    first, second = embedded.start(home), embedded.start(other)
    try:
        assert first.parts.database_url != second.parts.database_url
        assert first.parts.redis_url != second.parts.redis_url
    finally:
        second.release()
        first.release()


def test_a_killed_owner_leaves_servers_that_the_next_start_adopts(home: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    url = holder.stdout.readline().decode().strip()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    before = embedded.find(home)
    assert before is not None and before.database_url == url
    adopted = embedded.start(home)
    assert adopted.parts.valkey_pid == before.valkey_pid
    assert adopted.release()


def test_the_command_stops_them_on_sigterm(home: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    script = "import time; print(1, flush=True); time.sleep(100)"
    up = subprocess.Popen(
        [sys.executable, "-m", "digest", "shell", "--no-imports", "-c", script],
        env={**environment, "DIGEST_HOME": str(home)},
        stdout=subprocess.PIPE,
    )
    assert up.stdout is not None
    assert up.stdout.readline().strip() == b"1"
    assert embedded.find(home) is not None
    up.terminate()
    up.wait(patience(30))
    until(lambda: embedded.find(home) is None, "the servers ended with their command", 10)


def test_nothing_embedded_starts_when_both_urls_are_given(home: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "digest", "check"],
        env={**os.environ, "DIGEST_HOME": str(home)},
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert not (home / "run.json").exists()


def test_one_url_alone_is_refused_with_the_remedy(home: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "REDIS_URL"}
    run = subprocess.run(
        [sys.executable, "-m", "digest", "check"],
        env={**environment, "DIGEST_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert "REDIS_URL is not set" in run.stderr
