"""Serve the pages: ``python -m digest.web.serving --host 127.0.0.1 --port 8000 --workers 2``.

One place for granian's options; ``digest up``, systemd and the container start this.
"""

import argparse
import os
import resource
import sys

from digest.kit.supervise import PARENT
from digest.web.serving.traffic import HEADER_SECONDS

# Connections that one process holds at once. Far above what it works on: an idle or slow one
# costs a socket alone, and must not keep others out.
CONNECTIONS = 8192
# A worker that was told to end before it could hear it, while it loaded, is not waited for for ever
# (seconds): its supervisor would kill the one above it, and leave it at work on the port.
KILL_SECONDS = 10


def main(arguments: list[str] | None = None) -> int:
    """Become granian, by its options; returns only in the case of an error."""
    parser = argparse.ArgumentParser(prog="python -m digest.web.serving", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args(arguments)
    _allow_sockets()
    os.environ["DIGEST_PROCESS"] = "web"
    # The process keeps its number when it becomes granian, whose workers are its children.
    os.environ[PARENT] = str(os.getpid())
    return os.execv(sys.executable, command(given.host, given.port, given.workers))


def command(host: str, port: int, workers: int) -> list[str]:
    """granian's command line."""
    return [
        sys.executable, "-m", "granian", "--interface", "asginl", "--host", host,
        "--port", str(port), "--workers", str(workers), "--no-ws", "--log-level", "warning",
        "--backlog", "4096", "--backpressure", str(CONNECTIONS),
        "--workers-kill-timeout", str(KILL_SECONDS),
        "--http1-header-read-timeout", str(int(HEADER_SECONDS * 1000)),
        "--http1-buffer-size", "65536", "--http2-max-headers-size", "65536",
        "digest.asgi:application",
    ]  # fmt: skip


def _allow_sockets() -> None:
    """As many open files as the system lets this process have: many start with 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 65_536) if hard != resource.RLIM_INFINITY else 65_536
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    raise SystemExit(main())
