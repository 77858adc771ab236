"""Postfix's smtp-sink for benches: takes every mail and keeps none."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def relay(address: str) -> Iterator[int | None]:
    """smtp-sink at ``address``; its process id, or None when somebody listens there already."""
    host, _, port = address.rpartition(":")
    if listens(host, int(port)):
        yield None
        return
    binary = tool("smtp-sink")
    if binary is None:
        raise SystemExit(f"Nothing listens on {address}; install postfix for its smtp-sink.")
    process = subprocess.Popen([binary, "-u", "nobody", f"inet:{address}", "1000"])
    try:
        deadline = time.monotonic() + 10
        while not listens(host, int(port)):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"smtp-sink did not start on {address}.")
            time.sleep(0.02)
        yield process.pid
    finally:
        process.kill()
        process.wait()


def tool(name: str) -> str | None:
    """Where one of Postfix's programs is."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")


def listens(host: str, port: int) -> bool:
    """Whether a connection is taken there."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
