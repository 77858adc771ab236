"""``digest up`` says that it is up when its own web answers, and not before."""

import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from digest.kit import supervise
from digest.kit.supervise import free_port, same_port
from digest.management.commands.up import announcer
from tests.deadlines import until

WEB = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Live(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
HTTPServer(("127.0.0.1", int(sys.argv[1])), Live).serve_forever()
"""


class Foreign(BaseHTTPRequestHandler):
    """Some other program, which has an answer to everything."""

    def do_GET(self) -> None:
        """Say yes."""
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing more."""


def test_a_foreign_program_on_the_port_is_not_taken_for_the_service() -> None:
    port = free_port(18_700)
    told: list[str] = []
    tick = announcer("127.0.0.1", port, lambda: told.append("up"))
    tick()
    foreign = ThreadingHTTPServer(("127.0.0.1", port), Foreign)
    thread = Thread(target=foreign.serve_forever)
    thread.start()
    try:
        tick()
        assert told == []
    finally:
        foreign.shutdown()
        foreign.server_close()
        thread.join()
    own = subprocess.Popen([sys.executable, "-c", WEB, str(port)], stderr=subprocess.DEVNULL)
    try:

        def is_up() -> bool:
            tick()
            return bool(told)

        until(is_up, "it is said that the service is up")
        tick()
        assert told == ["up"]
    finally:
        own.kill()
        own.wait()


# Of this process alone: other tests look for ports, too.
FIRST = 21_000 + os.getpid() % 8_000
CHOOSES = (
    f"from digest.kit.supervise import free_port; print(free_port({FIRST}), flush=True); input()"
)


def chooser() -> "subprocess.Popen[str]":
    """A process that has chosen a port, where nothing listens yet."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", CHOOSES], stdin=pipe, stdout=pipe, text=True)


def told(process: "subprocess.Popen[str]") -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


@pytest.mark.skipif(sys.platform != "linux", reason="names of ports are held on Linux")
def test_two_who_look_for_a_port_at_once_find_two_and_a_dead_one_s_is_free_again() -> None:
    with chooser() as first, chooser() as second:
        ports = {told(first), told(second)}
        assert len(ports) == 2
        first.kill()
        second.kill()
    with chooser() as third:
        assert told(third) in ports
        third.kill()


def test_a_second_start_elsewhere_finds_the_ports_of_the_first(tmp_path: Path) -> None:
    kept = tmp_path / "sample" / "port"
    port = same_port(kept, FIRST + 200)
    forget(port)
    assert same_port(kept, FIRST + 100) == port
    # Held by another program, it gives way for good.
    other = same_port(kept, FIRST + 100)
    assert other != port and kept.read_text() == str(other)
    forget(other)
    kept.write_text("no port")
    forget(same_port(kept, FIRST + 100))


def forget(port: int) -> None:
    """Let a port go, as the end of this process would."""
    supervise._CHOSEN.pop(port).close()
