"""``digest up`` says that it is up when its own web answers, and not before."""

import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from digest.kit.supervise import free_port
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
