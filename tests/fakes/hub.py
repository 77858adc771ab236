"""A WebSub hub on loopback, as strict as the Recommendation: it verifies before it believes.

Requests must be POSTs of a URL-encoded form with a topic it carries and an http(s) callback; each
is verified by a GET of its own, afterwards and from another thread; what is published goes to
whoever was verified and whose lease has not ended, signed with their secret.
"""

import hashlib
import hmac
import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.deadlines import until

_MODES = {"subscribe", "unsubscribe"}


@dataclass
class Subscription:
    """A callback that has proven that it wants a topic."""

    callback: str
    topic: str
    secret: str
    lease_ends: float


@dataclass
class Hub:
    """Carries ``topics``; grants at most ``longest`` seconds; ``denies`` is its reason to refuse.

    ``trace`` lists what happened in words: "asked subscribe", "verified subscribe", "refused …".
    """

    topics: set[str] = field(default_factory=set)
    longest: int = 86_400
    denies: str = ""
    method: str = "sha256"
    answers: int = 202
    verifies_at_once: bool = False
    held: dict[tuple[str, str], Subscription] = field(default_factory=dict)
    trace: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Where to subscribe."""
        return f"http://127.0.0.1:{self.port}/hub"

    def __enter__(self) -> "Hub":
        self._pool = ThreadPoolExecutor(4)
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                form = parse_qs(self.rfile.read(length).decode(), strict_parsing=True)
                status, words = hub._asked(self.headers.get("Content-Type", ""), form)
                body = words.encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._pool.shutdown()

    def _asked(self, kind: str, form: dict[str, list[str]]) -> tuple[int, str]:
        given = {name: values[0] for name, values in form.items() if len(values) == 1}
        mode, topic = given.get("hub.mode", ""), given.get("hub.topic", "")
        callback, secret = given.get("hub.callback", ""), given.get("hub.secret", "")
        self.trace.append(f"asked {mode}")
        if kind.partition(";")[0].strip() != "application/x-www-form-urlencoded":
            return self._refused("not a form")
        if mode not in _MODES or len(given) != len(form):
            return self._refused("no such mode, or something said twice")
        if urlsplit(callback).scheme not in {"http", "https"} or urlsplit(callback).fragment:
            return self._refused("no callback")
        if topic not in self.topics:
            return self._refused("no such topic")
        if len(secret.encode()) >= 200:
            return self._refused("secret too long")
        if self.answers >= 300:
            return self.answers, "not now"
        lease = min(int(given.get("hub.lease_seconds", self.longest)), self.longest)
        subscription = Subscription(callback, topic, secret, time.time() + lease)
        if self.verifies_at_once:
            self._verify(mode, subscription, lease)
        else:
            self._pool.submit(self._verify, mode, subscription, lease)
        return self.answers, ""

    def _refused(self, why: str) -> tuple[int, str]:
        self.trace.append(f"refused: {why}")
        return 400, why

    def _verify(self, mode: str, wanted: Subscription, lease: int) -> None:
        if self.denies and mode == "subscribe":
            self.deny(wanted.callback, wanted.topic, self.denies)
            return
        challenge = secrets.token_urlsafe(24)
        query = {"hub.mode": mode, "hub.topic": wanted.topic, "hub.challenge": challenge}
        if mode == "subscribe":
            query["hub.lease_seconds"] = str(lease)
        status, body = self._get(wanted.callback, query)
        if not 200 <= status < 300 or body != challenge.encode():
            self.trace.append(f"not verified {mode}")
            return
        key = (wanted.callback, wanted.topic)
        if mode == "subscribe":
            self.held[key] = wanted
        else:
            self.held.pop(key, None)
        self.trace.append(f"verified {mode}")

    def deny(self, callback: str, topic: str, reason: str) -> None:
        """Tell a subscriber that it gets nothing, now or any more."""
        self.held.pop((callback, topic), None)
        self._get(callback, {"hub.mode": "denied", "hub.topic": topic, "hub.reason": reason})
        self.trace.append("denied")

    def publish(self, topic: str, document: bytes, kind: str = "application/rss+xml") -> list[int]:
        """Push to everyone whose lease has not ended; their answers."""
        answers = []
        for each in [held for held in self.held.values() if held.topic == topic]:
            if each.lease_ends <= time.time():
                self.trace.append("lease ended")
                continue
            signature = sign(document, each.secret, self.method)
            answers.append(self.push(each.callback, document, kind, {"X-Hub-Signature": signature}))
        return answers

    def push(self, callback: str, document: bytes, kind: str, headers: dict[str, str]) -> int:
        """One delivery as given, right or wrong; a 410 ends the subscription (7)."""
        links = f'<{self.url}>; rel="hub"'
        request = urllib.request.Request(
            callback, document, {"Content-Type": kind, "Link": links, **headers}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            if error.code == 410:
                self.held = {key: each for key, each in self.held.items() if key[0] != callback}
            return error.code

    def _get(self, callback: str, query: dict[str, str]) -> tuple[int, bytes]:
        mark = "&" if urlsplit(callback).query else "?"
        try:
            with urllib.request.urlopen(
                f"{callback}{mark}{urlencode(query)}", timeout=10
            ) as answer:
                return int(answer.status), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, b""


def sign(document: bytes, secret: str, method: str = "sha256") -> str:
    """The value of X-Hub-Signature."""
    return f"{method}={hmac.new(secret.encode(), document, getattr(hashlib, method)).hexdigest()}"


def said(hub: Hub, words: str, seconds: float = 10) -> None:
    """Wait until the hub's trace has ``words``; raises AssertionError when it never does."""
    wait_for(lambda: words in hub.trace, seconds, hub.trace)


def wait_for(met: "object", seconds: float, seen: Iterable[object]) -> None:
    """Poll a condition until a deadline."""
    until(met, lambda: json.dumps([str(each) for each in seen]), seconds, pause=0.01)  # type: ignore[arg-type]
